#!/bin/bash
# The data of a former primary are those of a backup, older than what it wrote last. A server passes over what carries its own number, in
# silence. With GTID MySQL takes it all the same; MariaDB cannot, is kept out, and joins with a number that is new.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

is_kept_out() { monitor 0 db1 && [[ -n $(kept_out_of db1) ]]; }

two_nodes
say 'a backup of db1: the files of its stopped server'
transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 stop=db1
expect 0 db1 demote "${lists[@]}"
expect 0 db1 stop "${lists[@]}"
cp -a "$scratch/db1/data" "$scratch/db1/backup"
rm -f "$scratch/db1/backup/mysql-prm.state"
expect 0 db1 start
promote_node db1 'db1 db2'
sql db1 "INSERT INTO app.t (v) VALUES ('later')"
wait_until 20 'db2 has it' same_data db1 db2

say 'db1 fails, db2 takes over, and db1 comes back with the data of the backup'
kill_server db1
replace_primary db1 db2
sql db2 "INSERT INTO app.t (v) VALUES ('of db2')"
rm -rf "$scratch/db1/data"
mv "$scratch/db1/backup" "$scratch/db1/data"
expect 0 db1 start
if [[ $k_flavor == mariadb ]]; then
  wait_until 10 'a reason is given' is_kept_out
  say "$(kept_out_of db1)"
  [[ $(kept_out_of db1) == 'lacks what it wrote itself up to '* ]] || fail 'another reason'
  ! follows db1 db2 || fail 'it replicates'
  expect_equal readable "$(readable_of db1)" 0
  expect_equal score "$(score_of db1)" -INFINITY
  expect 0 db1 stop
  sed -i 's/^server_id = .*/server_id = 11/' "$scratch/db1/my.cnf"
  expect 0 db1 start
fi
expect_joined db1 db2
