#!/bin/bash
# start and validate-all say in one line under which settings what is committed may not be on disk, and in one what filters leave out; a
# monitor does not.
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

# A source that the administrator runs by himself, and a replica that acknowledges what it has not synced.
expect 0 db1 stop
sed -i '/^sync_binlog = 0$/d; /^innodb_flush_log_at_trx_commit = 2$/d' "$scratch/db1/my.cnf"
case $k_flavor in
  mysql)
    printf 'plugin_load_add = semisync_source.so\nrpl_semi_sync_source_enabled = ON\nrpl_semi_sync_source_wait_point = AFTER_COMMIT\n'
    wait_point='rpl_semi_sync_source_wait_point = AFTER_COMMIT'
    ;;
  mariadb)
    printf 'rpl_semi_sync_master_enabled = ON\nrpl_semi_sync_master_wait_point = AFTER_COMMIT\n'
    wait_point='rpl_semi_sync_master_wait_point = AFTER_COMMIT'
    ;;
esac >>"$scratch/db1/my.cnf"
echo 'sync_relay_log = 10000' >>"$scratch/db1/my.cnf"
expect 0 db1 start
expect_equal 'lines of the next start' "$(named)" 3
grep -q "may not be on disk: sync_relay_log = 10000, $wait_point\$" "$scratch/db1/agent.log" || fail 'not both named'

say 'filters of what is logged, and of what is taken from a source'
printf 'binlog_ignore_db = scratch\nreplicate_ignore_table = app.skipped\n' >>"$scratch/db1/my.cnf"
expect 0 db1 stop
expect 0 db1 start
sql db1 "$([[ $k_flavor == mysql ]] && echo "CHANGE REPLICATION SOURCE TO SOURCE_HOST" || echo "CHANGE MASTER TO MASTER_HOST") = '127.0.0.2'"
expect 0 db1 validate-all OCF_CHECK_LEVEL=10
grep -q 'leave out: replicate_ignore_table = app.skipped, binlog_ignore_db = scratch$' "$scratch/db1/agent.log" || fail 'not both named'
(($(grep -c 'these filters leave out' "$scratch/db1/agent.log") == 2)) || fail 'not said by start and validate-all'
