#!/bin/bash
# enable_creation makes a whole node from nothing: data directory, replication account, and two such nodes replicate. It is made once.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

something_in() { [[ -n $(ls -A "$1") ]]; }

made() { # NODE
  expect 7 "$1" monitor OCF_RESKEY_enable_creation=1
  expect 0 "$1" start OCF_RESKEY_enable_creation=1
  [[ ! -e $scratch/$1/data/mysql-prm.created ]] || fail 'the mark of a new data directory is left'
  monitor 0 "$1"
  ! is_writable "$1" || fail 'a started instance is writable'
  expect_equal 'accounts' "$(sql "$1" "SELECT COUNT(*) FROM mysql.user WHERE user = 'repl'")" 1
  expect_equal 'transactions of a new server' "$(executed "$1")" ''
}

make_node db1 empty
make_node db2 empty
rmdir "$scratch/db2/data"
no_test=(OCF_RESKEY_test_table=)
sed -i '/^\[test\]/,$d' "$scratch/db1/credentials" "$scratch/db2/credentials"
made db1
made db2
promote_node db1 'db1 db2'
monitor 8 db1 "${no_test[@]}"
monitor 0 db2 "${no_test[@]}"
sql db1 'CREATE DATABASE app; CREATE TABLE app.t (id INT PRIMARY KEY); INSERT INTO app.t VALUES (1)'
wait_until 20 'db2 has what db1 has' same_data db1 db2

say 'a second start makes nothing anew'
transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 stop=db1
expect 0 db1 demote "${lists[@]}"
expect 0 db1 stop "${lists[@]}"
expect 0 db1 start OCF_RESKEY_enable_creation=1
expect_equal 'rows' "$(sql db1 'SELECT COUNT(*) FROM app.t')" 1

say 'one that is killed while it makes the data directory is repeated'
make_node db3 empty
begin db3 start OCF_RESKEY_enable_creation=1
wait_until 30 'the creation is under way' something_in "$scratch/db3/data"
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
expect 7 db3 monitor
expect 0 db3 stop
expect 0 db3 start OCF_RESKEY_enable_creation=1
monitor 0 db3
