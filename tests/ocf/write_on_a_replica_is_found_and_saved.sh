#!/bin/bash
# What an administrator wrote on a replica by mistake is found by the next monitor (MySQL: where super_read_only was on again before
# that, within a minute): the replica is not promotable; it is kept out with the GTID, and its log is saved, beside no more than
# extra_transactions_keep says. The primary goes on and never sees it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

writes() { # NODE VALUES: with rights that pass read-only
  local open='' close=''
  [[ $k_flavor == mariadb ]] || { open='SET GLOBAL super_read_only = 0;' close='SET GLOBAL super_read_only = 1;'; }
  sql "$1" "$open INSERT INTO app.t (id, v) VALUES $2; $close"
}
applier_stopped() { replica_status "$1" | grep -qE '(Replica|Slave)_SQL_Running: No'; }

two_nodes
make_node db3
expect 0 db3 start
expect_joined db3 db1

say 'the primary has not written since'
for name in 20200101T000000Z 20210101T000000Z 20220101T000000Z by_hand; do
  install -D -m 600 /dev/null "$scratch/db2/extra/$k_resource/$name/binlog.000001"
done
keep=OCF_RESKEY_extra_transactions_keep=2
writes db2 "(1000, 'by mistake')"
extra=$(gtids_only_on db2 db1)
monitor 0 db2 "$keep"
if [[ $k_flavor == mysql ]]; then
  make_check_due db2
  monitor 0 db2 "$keep"
fi
expect_kept_out db2 "$extra"
mapfile -t left < <(ls "$scratch/db2/extra/$k_resource")
expect_equal "the newest before, the new one, and what is not the agent's" "${#left[@]} ${left[0]} ${left[2]}" '3 20220101T000000Z by_hand'
saved=$(find "$scratch/db2/extra" | sort)
make_check_due db2
monitor 0 db2
expect_kept_out db2 "$extra"
expect_equal 'copies' "$(find "$scratch/db2/extra" | sort)" "$saved"

say 'the primary has used the same key'
writes db3 "(2000, 'by mistake')"
extra=$(gtids_only_on db3 db1)
sql db1 "INSERT INTO app.t (id, v) VALUES (2000, 'meant')"
wait_until 10 'the applier of db3 has stopped' applier_stopped db3
monitor 0 db3
expect_equal 'score and readable of db3' "$(score_of db3) $(readable_of db3)" '-INFINITY 0'
make_check_due db3
monitor 0 db3
expect_kept_out db3 "$extra"

monitor 8 db1
expect_equal 'rows on the primary' "$(sql db1 "SELECT COUNT(*) FROM app.t WHERE v = 'by mistake'")" 0
