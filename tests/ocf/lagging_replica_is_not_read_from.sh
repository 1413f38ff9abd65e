#!/bin/bash
# A replica whose applier waits for a lock falls behind: the next monitors say so to readers and in its score, and take it back.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

two_nodes
monitor 0 db2 OCF_RESKEY_max_slave_lag=2
expect_equal 'readable' "$(readable_of db2)" 1
good=$(score_of db2)

sql db2 'LOCK TABLES app.t READ; DO SLEEP(300)' &
lock=$!
is_locked() { sql db2 'SHOW PROCESSLIST' | grep -q SLEEP; }
wait_until 10 'the lock is held' is_locked
sql db1 "INSERT INTO app.t (v) VALUES ('late')"
wait_until 10 'db2 has received it' has_received db2 db1
# The server tells its lag in whole seconds, and takes from it what its clock seems to differ by.
is_left_alone() { monitor 0 db2 OCF_RESKEY_max_slave_lag=2 && [[ $(readable_of db2) == 0 ]]; }
wait_until 15 'it is not read from' is_left_alone
(($(score_of db2) > 0 && $(score_of db2) < good)) || fail "score $(score_of db2), and $good before"
say "score $(score_of db2), and $good before"
monitor 0 db2
expect_equal 'readable with the default of an hour' "$(readable_of db2)" 1

for id in $(sql db2 "SELECT id FROM information_schema.processlist WHERE info LIKE '%SLEEP%' AND id <> CONNECTION_ID()"); do
  sql db2 "KILL $id" || : # one that has ended by itself is unknown by now
done
wait "$lock" || true
wait_until 10 'equal data' same_data db1 db2
is_taken_back() { monitor 0 db2 OCF_RESKEY_max_slave_lag=2 && [[ $(readable_of db2) == 1 && $(score_of db2) == "$good" ]]; }
wait_until 10 'it is read from again' is_taken_back
