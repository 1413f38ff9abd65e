#!/bin/bash
# MariaDB keeps what it replicates from in two files that it does not synchronise. A replica that finds one of them empty after a power loss
# joins all the same, for its GTID position is in a table; or it is no full replica until it does.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

[[ $k_flavor == mariadb ]] || { say 'MySQL keeps that in tables' && exit 0; }
two_nodes
for file in relay-log.info master.info; do
  kill_server db2
  : >"$scratch/db2/data/$file"
  sql db1 "INSERT INTO app.t (v) VALUES ('away')"
  expect 0 db2 start
  monitor 0 db2
  say "$file: score $(score_of db2), readable $(readable_of db2): $(tail -n 1 "$scratch/db2/agent.log")"
  expect_joined db2 db1
done
