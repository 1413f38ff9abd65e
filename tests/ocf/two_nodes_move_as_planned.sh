#!/bin/bash
# An empty cluster finds its first primary without help, the other node follows it after post-promote, and a planned move to and fro
# loses nothing. The steady monitors of both roles ask the cluster nothing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

two_nodes
is_writable db1 || fail 'the primary is not writable'
! is_writable db2 || fail 'the replica is writable'
expect_equal 'recorded primary' "$(recorded_primary)" db1
expect_equal 'score of the primary' "$(score_of db1)" 1000
(($(score_of db2) < 1000 && $(score_of db2) > 0)) || fail "score of the replica: $(score_of db2)"
expect_equal 'readable' "$(readable_of db1) $(readable_of db2)" '1 1'

monitor 0 db2
wait_for_guarantee_asked 3
# What is looked at once a minute is not due among the monitors below.
make_check_due db1
make_check_due db2
monitor 8 db1
monitor 0 db2
forget_calls
for level in 0 1 10; do
  monitor 8 db1 OCF_CHECK_LEVEL=$level
  monitor 0 db2 OCF_CHECK_LEVEL=$level
done
expect_no_calls
say 'a steady monitor of either role makes no call'

move() { # FROM TO
  local lines
  sql "$1" 'INSERT INTO app.t (v) VALUES (10)'
  transition active='db1 db2' promoted="$1" unpromoted="$2" demote="$1" promote="$2"
  notify pre demote db1 db2
  expect 0 "$1" demote "${lists[@]}"
  ! is_writable "$1" || fail "$1 is writable after its demote"
  notify post demote db1 db2
  notify pre promote db1 db2
  expect 0 "$2" promote "${lists[@]}"
  is_writable "$2" || fail "$2 is not writable after its promote"
  notify post promote db1 db2
  monitor 8 "$2"
  monitor 0 "$1"
  expect_equal 'recorded primary' "$(recorded_primary)" "$2"
  wait_until 20 "$1 follows $2" follows "$1" "$2"
  lines=$(sql "$2" 'SELECT COUNT(*) FROM app.t')
  sql "$2" 'INSERT INTO app.t (v) VALUES (11)'
  wait_until 20 'equal data' same_data db1 db2
  say "moved from $1 to $2 with $lines rows"
}

move db1 db2
move db2 db1
expect_equal 'rows' "$(sql db1 'SELECT COUNT(*) FROM app.t')" 7

expect 0 db2 stop
expect 0 db1 stop
[[ -z $(pids_of "$scratch") ]] || fail 'a server is left'
