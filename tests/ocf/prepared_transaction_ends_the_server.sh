#!/bin/bash
# A prepared XA transaction could be committed behind read_only: a demote of its primary does not claim to have closed it, and ends the
# server. It joins as a replica, and the transaction is still there for its coordinator.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

two_nodes
sql db1 "XA START 'order'; INSERT INTO app.t (v) VALUES ('prepared'); XA END 'order'; XA PREPARE 'order'"
transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 promote=db2
notify pre demote db1 db2
began=$SECONDS
expect 1 db1 demote "${lists[@]}"
expect_reason 'prepared XA transactions: 1'
((SECONDS - began <= 10)) || fail "the demote took $((SECONDS - began)) s"
[[ -z $(server_pid db1) ]] || fail 'the server lives'

say 'the other one takes over, and it joins'
replace_primary db1 db2
sql db2 "INSERT INTO app.t (v) VALUES ('by db2')"
expect 0 db1 start
expect_joined db1 db2
expect_equal 'prepared on db1' "$(sql db1 'XA RECOVER' | wc -l)" 1
expect_equal 'on db2' "$(sql db2 "SELECT COUNT(*) FROM app.t WHERE v = 'prepared'")" 0

if [[ $k_flavor == mysql ]]; then
  say 'MySQL replicates the prepared transaction: its coordinator ends it on the primary, and the replica follows'
  expect_equal 'prepared on db2' "$(sql db2 'XA RECOVER' | wc -l)" 1
  sql db2 "XA COMMIT 'order'"
  wait_until 20 'db1 has what db2 has' same_data db2 db1
  expect_equal 'prepared on db1' "$(sql db1 'XA RECOVER' | wc -l)" 0
  expect_joined db1 db2
fi
