#!/bin/bash
# A replica that somebody gave another account to replicate with, which the primary refuses, gets its own again by the next monitor.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_change='CHANGE MASTER TO MASTER'
[[ $k_flavor == mariadb ]] || k_change='CHANGE REPLICATION SOURCE TO SOURCE'
is_refused() { replica_status db2 | grep -q 'Last_IO_Errno: 1045'; }

two_nodes
sql db2 "STOP REPLICA; ${k_change}_USER = 'nobody'; START REPLICA"
sql db1 "INSERT INTO app.t (v) VALUES ('after')"
wait_until 10 'the replica is refused' is_refused
expect_joined db2 db1
