#!/bin/bash
# Somebody drops the account that the agent and replication use, on the primary and so everywhere: the servers are not taken for dead, the
# reason is in the log, the primary goes on; and when the account is there again, everything goes on by itself.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

says() { grep -q "$2" "$scratch/$1/agent.log"; }
forget_log() { : >"$scratch/$1/agent.log"; }
end_dumps() { # the replica has to log in again
  local id
  for id in $(sql db1 'SHOW PROCESSLIST' | awk -F '\t' '$5 ~ /^Binlog Dump/ { print $1 }'); do
    sql db1 "KILL $id" || : # one that has been sent away by itself is unknown by now
  done
}
is_refused() { replica_status db2 | grep -qE 'Last_IO_Errno: (1045|1698)'; }
k_make_account="CREATE USER repl@'%' IDENTIFIED BY '$k_repl_password'; GRANT $(privileges) ON *.* TO repl@'%'"

two_nodes
say 'on the primary only'
sql db1 "SET SESSION sql_log_bin = 0; DROP USER repl@'%'"
end_dumps
wait_until 10 'the replica is refused' is_refused
monitor 8 db1
says db1 'lets nobody in' || fail 'the log of the primary says nothing'
make_check_due db2
monitor 0 db2
says db2 "'repl'" || fail 'the log of the replica does not name the account'
say "$(tail -n 1 "$scratch/db2/agent.log")"
sql db1 "INSERT INTO app.t (v) VALUES ('goes on')"
sql db1 "SET SESSION sql_log_bin = 0; $k_make_account"
expect_joined db2 db1

say 'everywhere'
forget_log db1
forget_log db2
sql db1 "DROP USER repl@'%'"
wait_until 10 'it is dropped on the replica' same_position db1 db2
for level in 0 10; do
  monitor 8 db1 OCF_CHECK_LEVEL=$level
  monitor 0 db2 OCF_CHECK_LEVEL=$level
done
for node in db1 db2; do says $node 'lets nobody in' || fail "the log of $node says nothing"; done
sql db1 "INSERT INTO app.t (v) VALUES ('goes on')"
sql db1 "$k_make_account"
wait_until 10 'the account is on the replica' same_position db1 db2
monitor 8 db1
expect_joined db2 db1
is_writable db1 || fail 'the primary takes no writes'
