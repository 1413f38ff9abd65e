#!/bin/bash
# Transactions of a second domain (MariaDB) or with a tag (MySQL) survive a failover, do not keep the old primary out, and do so where
# only it holds one of them.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

elsewhere() { # NODE STATEMENT
  case $k_flavor in
    mysql) sql "$1" "SET gtid_next = 'AUTOMATIC:shop'; $2" ;;
    mariadb) sql "$1" "SET SESSION gtid_domain_id = 5; $2" ;;
  esac
}

two_nodes
elsewhere db1 "INSERT INTO app.t (v) VALUES ('elsewhere')"
sql db1 "INSERT INTO app.t (v) VALUES ('as usual')"
wait_until 10 'equal data' same_data db1 db2
say "primary: $(executed db1)"
grep -qE ':shop:|(^|,)5-1-' <<<"$(executed db1)" || fail 'no second domain or tag'

say 'nothing of its own: the old primary joins'
kill_server db1
replace_primary db1 db2
elsewhere db2 "INSERT INTO app.t (v) VALUES ('elsewhere, by db2')"
expect 0 db1 start
expect_joined db1 db2

say 'one of its own'
case $k_flavor in
  mysql) sql db1 'STOP REPLICA IO_THREAD' ;;
  mariadb) sql db1 'STOP SLAVE IO_THREAD' ;;
esac
elsewhere db2 "INSERT INTO app.t (v) VALUES ('nobody received this')"
kill_server db2
replace_primary db2 db1
elsewhere db1 "INSERT INTO app.t (v) VALUES ('by db1')"
elsewhere db1 "INSERT INTO app.t (v) VALUES ('by db1 again')"
expect 0 db2 start
monitor 0 db2
reason=$(kept_out_of db2)
[[ $reason == 'holds transactions that the primary on db1 lacks (saved in '* ]] || fail "reason '$reason'"
grep -qE ':shop:|5-2-' <<<"$reason" || fail "reason '$reason' does not name it"
say "kept out: $reason"
say "primary: $(executed db1)"
[[ $k_flavor == mysql || $(executed db1) =~ 5-1-20000000 ]] || fail 'numbers of the second domain may be used twice'
