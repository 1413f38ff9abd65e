#!/bin/bash
# MariaDB: a replica whose gtid_slave_pos was set back by hand applies no transaction twice: whoever starts its replication again, the
# agent or a start of the server, it goes on where its own log ends.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

[[ $k_flavor == mariadb ]] || { say 'MySQL has no such position' && exit 0; }

is_set_back() { # POSITION [STATEMENT]
  sql db2 "STOP SLAVE; SET GLOBAL gtid_strict_mode = OFF; SET GLOBAL gtid_slave_pos = '$1'; SET GLOBAL gtid_strict_mode = ON; ${2-}"
  say "gtid_slave_pos = '$1', while the log ends with $(executed db2); ${2-}"
  sql db1 "INSERT INTO app.n VALUES (2); INSERT INTO app.t (v) VALUES ('later')" # app.t is waited for
}

nothing_is_there_twice() { expect_equal rows "$(sql db2 "$k_rows")" "$(sql db1 "$k_rows")"; }
k_rows='SELECT COUNT(*) FROM app.n'

two_nodes
sql db1 'CREATE TABLE app.n (v INT)' # nothing but its GTID keeps a row from being there twice
old_and_none=("$(executed db1)" '')
sql db1 'INSERT INTO app.n VALUES (1)'
wait_until 10 'db2 has the row' same_position db1 db2

for position in "${old_and_none[@]}"; do
  is_set_back "$position" 'RESET SLAVE ALL'
  expect_joined db2 db1
  nothing_is_there_twice
done

for restarted in '' yes; do
  is_set_back "${old_and_none[0]}"
  if [[ -n $restarted ]]; then
    expect 0 db2 stop
    expect 0 db2 start
  fi
  expect_joined db2 db1
  nothing_is_there_twice
done
