#!/bin/bash
# A source and its replica that somebody has set up by hand, with data, become nodes without a restart and without a copy.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

by_hand() { # NODE
  (cd / && exec setsid "$k_server" --defaults-file="$scratch/$1/my.cnf" --datadir="$scratch/$1/data" --socket="$scratch/$1/run/socket" \
    --pid-file="$scratch/$1/run/pid" --log-error="$scratch/$1/error.log" </dev/null >/dev/null 2>&1) &
  wait_for_login "$scratch/$1/run/socket"
}
replicate_by_hand() { # REPLICA SOURCE
  local host="'${address_of_node[$2]}'" login="= 'repl'" password="= '$k_repl_password'"
  case $k_flavor in
    mysql) sql "$1" "CHANGE REPLICATION SOURCE TO SOURCE_HOST = $host, SOURCE_PORT = $port, SOURCE_USER $login, SOURCE_PASSWORD $password,
      SOURCE_AUTO_POSITION = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA; SET GLOBAL super_read_only = ON" ;;
    mariadb) sql "$1" "CHANGE MASTER TO MASTER_HOST = $host, MASTER_PORT = $port, MASTER_USER $login, MASTER_PASSWORD $password,
      MASTER_USE_GTID = slave_pos; START SLAVE; SET GLOBAL read_only = ON" ;;
  esac
}

make_node db1
make_node db2
by_hand db1
by_hand db2
replicate_by_hand db2 db1
wait_until 10 'db2 follows db1' follows db2 db1
sql db1 "CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20)); INSERT INTO app.t (v) VALUES ('by hand')"
wait_until 10 'equal data' same_data db1 db2
servers="$(server_pid db1) $(server_pid db2)"

for node in db1 db2; do expect 0 $node start; done
promote_node db1 'db1 db2'
monitor 8 db1
monitor 0 db2
expect_equal 'the servers' "$(server_pid db1) $(server_pid db2)" "$servers"
expect_equal 'recorded primary' "$(recorded_primary)" db1
expect_equal 'kept out' "$(kept_out_of db2)" ''
wait_until 20 'db2 follows db1' follows db2 db1
sql db1 "INSERT INTO app.t (v) VALUES ('by the cluster')"
wait_until 20 'equal data' same_data db1 db2
expect_equal 'rows' "$(sql db2 'SELECT COUNT(*) FROM app.t')" 2
