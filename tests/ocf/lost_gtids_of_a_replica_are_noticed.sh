#!/bin/bash
# MySQL: RESET BINARY LOGS AND GTIDS on a replica takes away what says which transactions its data hold. Within a minute it is repaired, or
# not promotable, with the reason: it cannot be promoted any more, for what it received counts as not applied.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

[[ $k_flavor == mysql ]] || { say 'RESET MASTER leaves gtid_slave_pos alone' && exit 0; }

is_settled() { follows db2 db1 || grep -qE '(Replica|Slave)_SQL_Running: No' <<<"$(replica_status db2)"; }

two_nodes
sql db2 'STOP REPLICA; RESET BINARY LOGS AND GTIDS; START REPLICA'
wait_until 20 'db2 is connected, or cannot apply' is_settled
make_check_due db2
monitor 0 db2
say "score $(score_of db2), kept out: '$(kept_out_of db2)', executed '$(executed db2)'"
same_position db1 db2 || expect_equal 'score' "$(score_of db2)" -INFINITY
