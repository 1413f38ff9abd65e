#!/bin/bash
# With GTID off (MySQL gtid_mode=OFF, MariaDB replication_mode=position) the same moves work by file and position, and a replica that
# received less than the new primary is kept out instead of being repointed over the hole.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_mode=()
[[ $k_flavor == mysql ]] || k_mode=(OCF_RESKEY_replication_mode=position)
old_begin=$(declare -f begin)
eval "${old_begin/begin/begin_any}"
begin() { begin_any "$@" "${k_mode[@]}"; }

without_gtid() { # NODE
  make_node "$1"
  sed -i 's/^gtid_mode.*/gtid_mode = OFF/; s/^enforce_gtid.*/enforce_gtid_consistency = OFF/' "$scratch/$1/my.cnf"
}

receiver() { # NODE stop | start
  local what=SLAVE
  [[ $k_flavor == mariadb ]] || what=REPLICA
  sql "$1" "$2 $what IO_THREAD"
}

for node in db1 db2 db3; do
  without_gtid $node
  expect 0 $node start
done
all='db1 db2 db3'
promote_node db1 "$all"
sql db1 'CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20)); INSERT INTO app.t (v) VALUES (1), (2)'
for node in db2 db3; do wait_until 20 "$node has what db1 has" same_data db1 $node; done
[[ $(replica_status db2) =~ (Auto_Position:\ 0|Using_Gtid:\ No) ]] || fail 'replicates by GTID'

say 'planned move'
transition active="$all" promoted=db1 unpromoted='db2 db3' demote=db1 promote=db2
notify pre demote db1 db2 db3
expect 0 db1 demote "${lists[@]}"
notify pre promote db1 db2 db3
expect 0 db2 promote "${lists[@]}"
notify post promote db1 db2 db3
sql db2 "INSERT INTO app.t (v) VALUES ('moved')"
for node in db1 db3; do
  wait_until 20 "$node follows db2" follows $node db2
  wait_until 20 "$node has what db2 has" same_data db2 $node
  expect_equal "kept out $node" "$(kept_out_of $node)" ''
done

say 'failover: db3 received less than db1'
receiver db3 STOP
sql db2 "INSERT INTO app.t (v) VALUES ('not on db3')"
wait_until 20 'db1 has what db2 has' same_data db2 db1
kill_server db2
transition active="$all" promoted=db2 unpromoted='db1 db3' demote=db2 stop=db2 promote=db1
expect 0 db2 demote "${lists[@]}"
expect 0 db2 stop "${lists[@]}"
notify pre promote db1 db3
expect 0 db1 promote "${lists[@]}"
notify post promote db1 db3
sql db1 "INSERT INTO app.t (v) VALUES ('by db1')"
monitor 0 db3
! follows db3 db1 || fail 'db3 was repointed over the hole'
expect_equal 'score of db3' "$(score_of db3)" -INFINITY
grep -q 'received less than db1' <<<"$(kept_out_of db3)" || fail "reason '$(kept_out_of db3)'"
say "kept out: $(kept_out_of db3)"

say 'the old primary joins'
expect 0 db2 start
monitor 0 db2
wait_until 20 'db2 follows db1' follows db2 db1
wait_until 20 'db2 has what db1 has' same_data db1 db2

say 'what only the old primary holds is saved'
receiver db2 STOP
sql db1 "INSERT INTO app.t (v) VALUES ('nobody received this')"
kill_server db1
transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 stop=db1 promote=db2
expect 0 db1 demote "${lists[@]}"
expect 0 db1 stop "${lists[@]}"
notify pre promote db2
expect 0 db2 promote "${lists[@]}"
notify post promote db2
expect 0 db1 start
monitor 0 db1
reason=$(kept_out_of db1)
[[ $reason == *'was the primary and its log goes on'*'(saved in '* ]] || fail "reason '$reason'"
folder=$(sed -n 's/.*(saved in \([^)]*\)).*/\1/p' <<<"$reason")
read_it=$(sed -n 's/^to read them: *//p' "$folder/transactions.txt")
(cd "$folder" && eval "$read_it") >"$scratch/read"
grep -q 'nobody received this' "$scratch/read" || fail "'$read_it' does not show what nobody received"
! grep -q 'by db1' "$scratch/read" || fail "'$read_it' shows what db2 has"
say "kept out: $reason"
