#!/bin/bash
# An old primary that committed something the new one lacks is kept out: read-only, not replicating, never promoted, with the
# transaction in the reason, and its logs are saved so that the server's own tool shows what was lost.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

two_nodes
# What the replica never receives.
sql db2 "$([[ $k_flavor == mysql ]] && echo 'STOP REPLICA IO_THREAD' || echo 'STOP SLAVE IO_THREAD')"
sql db1 "INSERT INTO app.t (v) VALUES ('lost')"
extra=$(executed db1)
case $k_flavor in
  mysql) extra=$(sql db1 "SELECT GTID_SUBTRACT('${extra//$'\n'/}', '$(executed db2 | tr -d '\n')')") ;;
esac
say "db2 lacks $extra"
kill_server db1
monitor 7 db1
transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 stop=db1 promote=db2
expect 0 db1 demote "${lists[@]}"
expect 0 db1 stop "${lists[@]}"
notify pre promote db2
expect 0 db2 promote "${lists[@]}"
notify post promote db2
sql db2 "INSERT INTO app.t (v) VALUES ('new')"

expect 0 db1 start
monitor 0 db1
monitor 0 db1
expect_equal 'score' "$(score_of db1)" -INFINITY
expect_equal 'readable' "$(readable_of db1)" 0
grep -qF -- "$extra" <<<"$(kept_out_of db1)" || fail "reason '$(kept_out_of db1)' does not name '$extra'"
say "kept out: $(kept_out_of db1)"
folder=$(sed -n 's/.*(saved in \([^)]*\)).*/\1/p' <<<"$(kept_out_of db1)")
[[ $folder == "$scratch/db1/extra/$k_resource"/* ]] || fail "the reason '$(kept_out_of db1)' names no copy"
grep -qF -- "$extra" "$folder/transactions.txt" || fail "the note does not name '$extra'"
tool=$(command -v mariadb-binlog || command -v mysqlbinlog) || fail 'no program reads binary logs here'
"$tool" --verbose "$folder"/*.[0-9]* >"$scratch/shown"
grep -q "'lost'" "$scratch/shown" || fail 'the copy does not show what was lost'
saved=$(find "$scratch/db1/extra" | sort)
monitor 0 db1
expect_equal 'copies after one more monitor' "$(find "$scratch/db1/extra" | sort)" "$saved"
! is_writable db1 || fail 'a node that is kept out is writable'
! follows db1 db2 || fail 'a node that is kept out replicates'

say 'it is not promoted, whoever asks'
transition active='db1 db2' promoted=db2 unpromoted=db1 demote=db2 promote=db1
expect 1 db1 promote "${lists[@]}"
expect_reason 'db1 cannot lead'
! is_writable db1 || fail 'a node that is kept out became writable'
expect_equal 'score' "$(score_of db1)" -INFINITY
expect_equal 'recorded primary' "$(recorded_primary)" db2
