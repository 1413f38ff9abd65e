# The sync record through its life: on with both replicas, without one that died, off when nobody is left to acknowledge, and on
# again by itself; writes go on all the while, each waiting for a second or two at most. Several clients write: MariaDB locks its log
# as soon as two commits wait.
record() { lab run "$1" crm_attribute -t crm_config -s mysql_replication -n p_mysql_SYNC -G -q; }
record_is() { [[ $(record "$primary") == $1 ]]; } # a pattern
crowd=() k_crowd_log=/var/log/writer-crowd
begin_crowd() {
  local i
  for i in 1 2 3 4; do
    lab client rm -f "$k_crowd_log-$i.log"
    lab client timeout 120 mysql-prm-writer --host "$k_vip" --password-file /etc/mysql-prm/app-password --table "crowd_$i" \
      --log "$k_crowd_log-$i.log" --interval-ms 5 >/dev/null 2>&1 </dev/null &
    crowd+=($!)
  done
}
end_crowd() {
  local i
  wait "${crowd[@]}" || true
  for i in 1 2 3 4; do
    lab client mysql-prm-writer --host "$(node_address "$(lab primary)")" --password-file /etc/mysql-prm/app-password \
      --table "crowd_$i" --log "$k_crowd_log-$i.log" --verify >"$scratch/crowd" || fail "writes of client $i are missing: $(cat "$scratch/crowd")"
  done
}

begin_writing
begin_crowd
primary=$(lab primary)
replicas=()
for node in "${k_nodes[@]}"; do [[ $node == "$primary" ]] || replicas+=("$node"); done
wait_until 30 'the guarantee holds with both replicas' record_is "on|*|1|$primary|db?:?:*,db?:?:*"
first=${replicas[0]} second=${replicas[1]}
lab hang "$first" mysqld
wait_until 20 "$first is taken out" record_is "on|*|1|$primary|$second:?:*"
writes_go_on
lab hang "$second" mysqld
wait_until 20 'the guarantee is off' record_is off
writes_go_on
lab settle 90 everybody
wait_until 60 'the guarantee holds again with both' record_is "on|*|1|$primary|db?:?:*,db?:?:*"
lab kill "$primary" mysql-prm KILL # the watcher
wait_until 20 'the watcher runs again' lab run "$primary" pgrep -f '^/usr/sbin/mysql-prm watch'
writes_go_on
end_writing # of all writers
end_crowd
expect_gap_at_most 6000
check_cluster
