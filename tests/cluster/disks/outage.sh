# All nodes lose power under load and come back one after the other, the last primary last. One that is alone does not lead, nor do two
# that cannot know what the third has acknowledged; nothing acknowledged is lost.
begin_writing
old=$(lab primary)
others=()
for node in "${k_nodes[@]}"; do [[ $node == "$old" ]] || others+=("$node"); done
for node in "$old" "${others[@]}"; do lab off "$node"; done
end_writing
lab on "${others[0]}"
sleep 8
all_stopped "${others[0]}" || fail "${others[0]} runs a server without quorum"
lab on "${others[1]}"
sleep 8
[[ -z $(lab primary 2>/dev/null) ]] || fail "$(lab primary) leads without the last primary"
lab on "$old"
lab settle 120 everybody || fail 'the cluster does not settle'
check_after_crash "$old"
