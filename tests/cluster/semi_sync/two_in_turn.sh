# Two nodes lose power one after the other, and the first is back before the second: it is an older copy and does not lead. The
# third may not either: Pacemaker has stopped its server, which was without quorum, and a restart may lose what was received and not
# applied. Once the second is back writes go on, and nothing acknowledged is lost.
begin_under_guarantee
first=$primary
lab off "$first"
writes_go_on
tell_roles
second=$primary third=
for node in "${k_nodes[@]}"; do [[ $node == "$first" || $node == "$second" ]] || third=$node; done
wait_until 30 "the guarantee holds with $third" record_is "on|*|1|$second|$third:?:*"
writes_go_on
lab off "$second"
sleep 3
[[ -z $(lab primary 2>/dev/null) ]] || fail "$(lab primary) leads without quorum"
lab on "$first"
for ((looks = 0; looks < 10; ++looks)); do
  sleep 1
  [[ $(lab primary 2>/dev/null) != "$first" ]] || fail "$first leads, an older copy"
done
lab on "$second"
writes_go_on 90
leader=$(lab primary)
lab settle 90
end_writing
for node in "$first" "$second" "$third"; do # with what nobody had acknowledged when it lost its power
  [[ $node != "$leader" ]] || continue
  wait_until 60 "$node follows $leader or says why not" joined_or_explained "$node" "$node"
  [[ -z $(kept_out_reason "$node") ]] || provision_again "$node"
done
end_crowd
check_cluster
