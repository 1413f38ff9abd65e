#!/bin/bash
# A FLUSH on a read-only replica writes a GTID. MySQL: the replica goes on, and the primary counts the GTID as its own. MariaDB cannot
# go on; the node is kept out with the reason, and joins once its log is begun anew.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

two_nodes
sql db2 'FLUSH TABLES'
! same_position db1 db2 || fail 'the FLUSH has left no GTID'
expect 0 db2 start # looks at once; a monitor looks once a minute

if [[ $k_flavor == mariadb ]]; then
  grep -q 'without data' <<<"$(kept_out_of db2)" || fail "kept out: '$(kept_out_of db2)'"
  expect_equal 'score' "$(score_of db2)" -INFINITY
  sql db2 'STOP SLAVE; RESET MASTER'
  expect 0 db2 start
fi
expect_equal 'reason for being kept out' "$(kept_out_of db2)" ''
wait_until 10 'db2 follows db1' follows db2 db1
sql db1 "INSERT INTO app.t (v) VALUES ('after')"
wait_until 10 'db2 has what db1 has' same_data db1 db2
wait_until 10 'both have the same position' same_position db1 db2
