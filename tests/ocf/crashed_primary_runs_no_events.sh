#!/bin/bash
# A primary that is killed has its events enabled when it comes back as a replica. Whether read-only stops them or the agent disables
# them, they write nothing there, and they run again where and when a primary is promoted.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

rows() { sql "$1" 'SELECT COUNT(*) FROM app.ticks'; }
has_ticked() { (($(rows "$1") > $2)); }

two_nodes
sql db1 'SET GLOBAL event_scheduler=ON; CREATE TABLE app.ticks (id INT AUTO_INCREMENT PRIMARY KEY);
  CREATE EVENT app.`tick, tock` ON SCHEDULE EVERY 1 SECOND DO INSERT INTO app.ticks VALUES (NULL)'
wait_until 10 'the event runs on the primary' has_ticked db1 1
monitor 8 db1
rm "$scratch/db1/rsctmp"/*.state # as after a minute: what is enabled is remembered again
monitor 8 db1
kill_server db1

transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 stop=db1 promote=db2
notify pre promote db2
expect 0 db2 promote "${lists[@]}"
sql db2 'SET GLOBAL event_scheduler=ON'
count=$(rows db2)
wait_until 10 'the event runs on the new primary' has_ticked db2 "$count"

expect 0 db1 start
sql db1 'SET GLOBAL event_scheduler=ON'
sql db1 'STOP REPLICA' 2>/dev/null || sql db1 'STOP SLAVE' # nothing but an event could write now
before=$(executed db1) count=$(rows db1)
sleep 3
expect_equal 'executed on the former primary' "$(executed db1)" "$before"
expect_equal 'rows on the former primary' "$(rows db1)" "$count"
say 'the event is quiet on the former primary'

expect 0 db1 stop
expect 0 db2 stop
