#!/bin/bash
# After kill -9 of the primary's server the other node takes over with everything it received, and the old one joins it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

two_nodes
kill_server db1
monitor 7 db1

# As Pacemaker does with migration-threshold=1: demote and stop the dead one, promote the other.
transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 stop=db1 promote=db2
notify pre demote db1 db2
expect 0 db1 demote "${lists[@]}"
notify post demote db1 db2
notify pre stop db1 db2
expect 0 db1 stop "${lists[@]}"
notify post stop db2
notify pre promote db2
expect 0 db2 promote "${lists[@]}"
notify post promote db2
monitor 8 db2
is_writable db2 || fail 'the new primary takes no writes'
sql db2 'INSERT INTO app.t (v) VALUES (20)'
expect_equal 'rows' "$(sql db2 'SELECT COUNT(*) FROM app.t')" 4
expect_equal 'recorded primary' "$(recorded_primary)" db2
expect_equal 'score of the dead' "$(score_of db1)" none

expect 7 db1 monitor
expect 0 db1 start
monitor 0 db1
! is_writable db1 || fail 'the old primary is writable'
wait_until 20 'the old primary follows' follows db1 db2
wait_until 20 'equal data' same_data db1 db2
monitor 0 db1
expect_equal 'kept out' "$(kept_out_of db1)" ''
(($(score_of db1) > 0)) || fail "score of the returned: $(score_of db1)"
