#!/bin/bash
# A replica that was stopped, whose server upgrades its data and its dictionary when it is back, joins by itself; what the upgrade writes is
# not taken for transactions of its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

two_nodes
expect 0 db2 stop
sql db1 "INSERT INTO app.t (v) VALUES ('meanwhile')"
before=$(executed db2 2>/dev/null || true)
[[ -z $before ]] || fail 'the server runs still'
case $k_flavor in
  mysql) # as a server of a later version does at its first start
    expect 0 db2 start 'OCF_RESKEY_additional_parameters=--upgrade=FORCE'
    grep -q 'upgrade' "$scratch/db2/error.log" || fail 'nothing was upgraded'
    ;;
  mariadb) # what the package runs behind the first start
    expect 0 db2 start
    mariadb-upgrade --no-defaults --force -uroot -S "$scratch/db2/run/socket" >"$scratch/upgrade.log" 2>&1 || fail "$(cat "$scratch/upgrade.log")"
    ;;
esac
expect_joined db2 db1
make_check_due db2
monitor 0 db2
[[ -z $(kept_out_of db2) ]] || fail "kept out: $(kept_out_of db2)"
sql db1 "INSERT INTO app.t (v) VALUES ('afterwards')"
wait_until 10 'it receives' same_position db2 db1
wait_until 10 'its data are the same' same_data db2 db1 # MariaDB counts a transaction a moment before it can be read
