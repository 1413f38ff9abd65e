#!/bin/bash
# What somebody does to a replica by hand - stops it, resets it, sends it to another source, takes GTID away from it - is mended by the
# next monitor, or within a minute; it stays read-only all the while, and its data are the primary's.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_change='CHANGE MASTER TO MASTER'
k_no_gtid='USE_GTID = no'
if [[ $k_flavor == mysql ]]; then
  k_change='CHANGE REPLICATION SOURCE TO SOURCE'
  k_no_gtid='AUTO_POSITION = 0'
fi

mistake() { # STATEMENT [within_a_minute]
  say "$1"
  sql db2 "$1"
  sql db1 "INSERT INTO app.n VALUES (1); INSERT INTO app.t (v) VALUES ('after')" # app.t is waited for
  [[ -z ${2-} ]] || make_check_due db2
  expect_joined db2 db1
  expect_equal rows "$(sql db2 'SELECT COUNT(*) FROM app.n')" "$(sql db1 'SELECT COUNT(*) FROM app.n')"
}

two_nodes
sql db1 'CREATE TABLE app.n (v INT)' # nothing but its GTID keeps a row from being there twice
mistake 'STOP REPLICA'
mistake 'STOP REPLICA IO_THREAD'
mistake 'STOP REPLICA SQL_THREAD'
mistake 'STOP REPLICA; RESET REPLICA'
mistake 'STOP REPLICA; RESET REPLICA ALL'
mistake "STOP REPLICA; ${k_change}_HOST = '127.0.0.9'; START REPLICA"
mistake "STOP REPLICA; ${k_change}_PORT = 1; START REPLICA"
mistake "STOP REPLICA; ${k_change}_$k_no_gtid; START REPLICA" within_a_minute
[[ $k_flavor == mysql ]] || mistake 'RESET MASTER' within_a_minute
monitor 8 db1
expect_equal 'recorded primary' "$(recorded_primary)" db1
