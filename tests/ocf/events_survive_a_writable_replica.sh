#!/bin/bash
# A node that was the primary once and is made writable by hand, as a replica, does not change what the cluster remembers of the primary's
# events: they run again after the next failover.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_property=$CRM_STAND_IN/property/mysql_replication/${k_resource}_EVENTS
two_nodes
sql db1 'CREATE EVENT app.tick ON SCHEDULE EVERY 1 DAY DO DELETE FROM app.t WHERE id = 0'
make_check_due db1
monitor 8 db1
transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 promote=db2
expect 0 db1 demote "${lists[@]}"
notify pre promote db1 db2
expect 0 db2 promote "${lists[@]}"
notify post promote db1 db2
monitor 8 db2
expect_joined db1 db2
before=$(<"$k_property")
say "remembered: $before"
sql db1 'SET GLOBAL read_only = 0'
make_check_due db1
monitor 8 db1
make_check_due db2
monitor 8 db2
expect_equal 'what the cluster remembers' "$(<"$k_property")" "$before"
