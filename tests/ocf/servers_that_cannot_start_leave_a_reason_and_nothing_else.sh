#!/bin/bash
# When mysqld itself cannot start, the reason quotes its last error, no process stays, and nothing is written to the cluster.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

make_node db1
say 'an option that the server does not know'
echo 'no_such_option = 1' >>"$scratch/db1/my.cnf"
start_fails 'no_such_option' db1
sed -i '/no_such_option/d' "$scratch/db1/my.cnf"

say 'port taken'
make_node db2
sed -i "s/^bind_address.*/bind_address = ${address_of_node[db1]}/" "$scratch/db2/my.cnf"
expect 0 db1 start
start_fails '([Aa]ddress already in use|another (mysqld|mariadbd) server running|port)' db2
[[ -n $(server_pid db1) ]] || fail 'the other server was ended'
expect 0 db1 stop
