#!/bin/bash
# start and validate-all say in one line under which settings what is committed may not be on disk; a monitor does not.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

named() { grep -c 'may not be on disk' "$scratch/db1/agent.log" || true; }

make_node db1
expect 0 db1 start
expect_equal 'lines about settings that lose nothing' "$(named)" 0
expect 0 db1 stop

printf 'sync_binlog = 0\ninnodb_flush_log_at_trx_commit = 2\n' >>"$scratch/db1/my.cnf"
expect 0 db1 validate-all OCF_CHECK_LEVEL=10 # nobody to ask
expect_equal 'lines without a server' "$(named)" 0
expect 0 db1 start
expect_equal 'lines of a start' "$(named)" 1
grep -q 'may not be on disk: sync_binlog = 0, innodb_flush_log_at_trx_commit = 2$' "$scratch/db1/agent.log" || fail 'not both named'
monitor 0 db1
monitor 0 db1
expect_equal 'lines after two monitors' "$(named)" 1
expect 0 db1 validate-all OCF_CHECK_LEVEL=10
expect_equal 'lines after validate-all' "$(named)" 2
