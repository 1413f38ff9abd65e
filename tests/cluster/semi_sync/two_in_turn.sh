# Two nodes lose power one after the other, and the first is back before the second: it is an older copy and does not lead. The
# third does: Pacemaker has stopped its server, which was without quorum, and that stop has told how far it had come.
begin_under_guarantee
first=$primary
lab off "$first"
writes_go_on 60
tell_roles
second=$primary third=
for node in "${k_nodes[@]}"; do [[ $node == "$first" || $node == "$second" ]] || third=$node; done
wait_until 30 "the guarantee holds with $third" record_is "on|*|1|$second|$third:?:*"
writes_go_on
lab off "$second"
nobody_leads() { [[ -z $(lab primary 2>/dev/null) ]]; }
wait_until 20 'the quorum is lost' nobody_leads
sleep 3
nobody_leads || fail "$(lab primary) leads without quorum"
is_not_writable "$third" || fail "$third takes writes without quorum"
lab on "$first"
writes_go_on 150 # 9.7.4 may take a minute to stop in the middle of a transaction that it received
leader=$(lab primary)
[[ $leader == "$third" ]] || fail "$leader leads, which is an older copy, and not $third"
lab on "$second"
lab settle 90
end_writing
for node in "$first" "$second" "$third"; do # with what nobody had acknowledged when it lost its power
  [[ $node != "$leader" ]] || continue
  wait_until 60 "$node follows $leader or says why not" joined_or_explained "$node" "$node"
  [[ -z $(kept_out_reason "$node") ]] || provision_again "$node"
done
end_crowd
check_cluster
