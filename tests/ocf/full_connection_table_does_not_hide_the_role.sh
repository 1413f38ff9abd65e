#!/bin/bash
# With every connection taken, the monitor still tells the role, and demote and stop still work.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

make_node db1
echo 'max_connections = 12' >>"$scratch/db1/my.cnf"
expect 0 db1 start
promote_node db1 db1
monitor 8 db1

refused() { [[ $("$k_client" --no-defaults "$@" -e 'SELECT 1' 2>&1) == *'Too many connections'* ]]; }
take() { "$k_client" --no-defaults "$@" -e 'SELECT SLEEP(200)' >/dev/null 2>&1 & }
take_all() { # LOGIN...
  for _ in {1..40}; do
    refused "$@" && return
    take "$@"
    sleep 0.1
  done
  fail "not all connections could be taken with $*"
}
take_all -uapp -h "${address_of_node[db1]}" -P "$port"
# The place that is kept for an administrator, too.
take_all -uroot -S "$scratch/db1/run/socket"
say 'all connections are taken'

monitor 8 db1
monitor 8 db1 OCF_CHECK_LEVEL=10
transition active=db1 promoted=db1 demote=db1
agent db1 demote "${lists[@]}"
say "demote ended with $rc"
((rc == 0 || rc == 1)) || fail "demote ended with $rc"
((rc == 0)) || [[ -z $(server_pid db1) ]] || fail 'a demote that failed left the server running'
expect 0 db1 stop
[[ -z $(server_pid db1) ]] || fail 'the server is still there'
