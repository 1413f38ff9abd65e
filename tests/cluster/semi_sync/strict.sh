# semi_sync=strict: without any replica writes wait and the sync record does not give up; they go on by themselves once a replica is back.
# Then SIGKILL of the primary: nothing that was acknowledged is lost.
begin_watching_record() {
  # shellcheck disable=SC2016 # expanded in the node
  lab run "$primary" timeout 240 sh -c ': >/run/records; while [ -e /run/records ]; do
    crm_attribute -t crm_config -s mysql_replication -n p_mysql_SYNC -G -q; sleep 0.1; done' >"$scratch/records" 2>/dev/null </dev/null &
  record_watcher=$!
}
end_watching_record() {
  lab run "$primary" rm /run/records
  wait "$record_watcher" || true
}

begin_under_guarantee
begin_watching_record
for node in "${replicas[@]}"; do lab run "$primary" crm_standby --node "$node" --update on; done
wait_until 90 'no replica runs' all_stopped "${replicas[@]}"
before=$(acknowledged)
sleep 4
[[ $(acknowledged) == "$before" ]] || fail "$(($(acknowledged) - before)) writes were acknowledged without a replica"
lab run "$primary" crm_standby --node "${replicas[0]}" --delete
writes_go_on 90
wait_until 20 "the guarantee holds with ${replicas[0]}" record_is "on|*|1|$primary|*${replicas[0]}:?:*"
end_watching_record
[[ -s $scratch/records ]] || fail 'the record was not looked at'
! grep -qx off "$scratch/records" || fail "the record said off $(grep -cx off "$scratch/records") times of $(wc -l <"$scratch/records")"
lab run "$primary" crm_standby --node "${replicas[1]}" --delete
lab settle 60 everybody
expect_guarantee_with_both
say "no write without a replica for 4 s; the record, looked at $(wc -l <"$scratch/records") times, never said off"
old=$primary
lab kill "$old" mysqld KILL
writes_go_on
end_writing
end_crowd
check_after_crash "$old"
