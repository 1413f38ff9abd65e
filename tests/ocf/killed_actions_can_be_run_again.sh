#!/bin/bash
# Every action may be killed by SIGKILL at any instant, as a timeout of Pacemaker does, and be run again: it then does its work, with one
# server, one writable node, and equal data. The seed of the instants is printed; OCF_TEST_SEED repeats it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

seed=${OCF_TEST_SEED:-$$}
RANDOM=$seed
say "OCF_TEST_SEED=$seed"
rounds=${OCF_TEST_ROUNDS:-4}

# interrupted LONGEST_MS NODE ACTION...: starts the action and kills its process group after a random time
interrupted() {
  local instant=$((RANDOM % $1))
  shift
  begin "$@"
  sleep "$((instant / 1000)).$(printf %03d $((instant % 1000)))"
  { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null || true
}

one_server() { # NODE
  (($(server_pid "$1" | wc -l) <= 1)) || fail "two servers on $1"
}

not_both_writable() {
  ! { is_writable db1 2>/dev/null && is_writable db2 2>/dev/null; } || fail 'two writable servers'
}

repl_of() { # PRIMARY: the other one
  [[ $1 == db1 ]] && echo db2 || echo db1
}

two_nodes
primary=db1
for ((round = 1; round <= rounds; ++round)); do
  replica=$(repl_of "$primary")
  sql "$primary" "INSERT INTO app.t (v) VALUES ('round $round')"

  interrupted 60 "$primary" monitor "${k_recurring[@]}"
  interrupted 60 "$replica" monitor "${k_recurring[@]}"
  monitor 8 "$primary"
  monitor 0 "$replica"

  transition active='db1 db2' promoted="$primary" unpromoted="$replica" demote="$primary" promote="$replica"
  interrupted 150 "$primary" demote "${lists[@]}"
  not_both_writable
  expect 0 "$primary" demote "${lists[@]}"
  ! is_writable "$primary" || fail "$primary is writable after its demote"
  for node in db1 db2; do
    interrupted 150 $node notify "${lists[@]}" OCF_RESKEY_CRM_meta_notify_type=pre OCF_RESKEY_CRM_meta_notify_operation=promote
  done
  notify pre promote db1 db2
  interrupted 300 "$replica" promote "${lists[@]}"
  not_both_writable
  expect 0 "$replica" promote "${lists[@]}"
  is_writable "$replica" || fail "$replica is not writable after its promote"
  interrupted 300 "$primary" notify "${lists[@]}" OCF_RESKEY_CRM_meta_notify_type=post OCF_RESKEY_CRM_meta_notify_operation=promote
  notify post promote db1 db2
  monitor 8 "$replica"
  monitor 0 "$primary"
  not_both_writable
  primary=$replica
  replica=$(repl_of "$primary")
  wait_until 20 "$replica follows $primary" follows "$replica" "$primary"

  interrupted 1500 "$replica" stop
  one_server "$replica"
  expect 0 "$replica" stop
  [[ -z $(server_pid "$replica") ]] || fail "a server is left on $replica"
  expect 7 "$replica" monitor
  interrupted 1500 "$replica" start
  one_server "$replica"
  expect 0 "$replica" start
  one_server "$replica"
  monitor 0 "$replica"
  wait_until 20 "$replica follows $primary again" follows "$replica" "$primary"
  wait_until 20 'equal data' same_data db1 db2
  expect_equal 'kept out' "$(kept_out_of db1)$(kept_out_of db2)" ''
  say "round $round: $primary is primary"
done
expect_equal 'rows' "$(sql "$primary" 'SELECT COUNT(*) FROM app.t')" $((3 + rounds))
