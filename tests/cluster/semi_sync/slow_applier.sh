# The primary's node dies while both replicas have a long way to apply. Nobody is promoted before it has applied what it received, and no
# promote fails of it: Pacemaker would restart that server, and MariaDB keeps nothing of its relay logs then.
k_behind_seconds=35
begin_writing
tell_roles
expect_guarantee_with_both
for node in "${replicas[@]}"; do
  lab sql "$node" "LOCK TABLES lab.$scenario READ; SELECT SLEEP($k_behind_seconds)" >/dev/null 2>&1 </dev/null &
done
sleep 2
writes_go_on # they are received, which is what the guarantee is about
since=$(date +%s%6N)
lab off "$primary"
waits_for_its_applier() {
  local node
  for node in "${replicas[@]}"; do
    ! logged "$node" "$since" 'gives up this promotion: is tried again until it has applied' || return 0
  done
  return 1
}
wait_until 40 'a candidate gives up until it has applied' waits_for_its_applier
writes_go_on 90
no_failed_action || fail "an action has failed: $(lab run "$(lab primary)" crm_mon -1)"
lab on "$primary"
lab settle 90 everybody
writes_go_on
end_writing
expect_gap_at_most 80000
check_after_crash "$primary"
