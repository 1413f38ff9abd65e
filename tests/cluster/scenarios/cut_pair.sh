# The primary's node and another one do not hear each other, the third hears both. Corosync leaves out one of the two and hears of it again
# at once: it forms a membership every 2 s, and Pacemaker hardly gets to do anything (seen: 17 s from a notification to the promotion
# behind it). Whoever takes writes meanwhile is one; when they hear each other again, all is whole.
begin_writing
old=$(lab primary)
begin_writing_inside "$old"
since=$(date +%s%6N)
lab cut "$old" "db$((${old#db} % 3 + 1))"
sleep 12
lab join "$old"
writes_go_on 60 # 26 s seen: a promotion that fails for another change of the membership costs a restart behind failure-timeout
[[ -n $(first_time "$old" corosync "$since" 'A new membership .* was formed') ]] || fail 'corosync has not noticed the cut'
lab settle 180
writes_go_on
expect_closed_before_opened "$old" 'or nobody opened'
end_writing
lab settle 90 everybody
# Another one may have been primary meanwhile, for a moment, and hold what nobody received.
for node in "${k_nodes[@]}"; do [[ -z $(kept_out_reason "$node") ]] || old=$node; done
check_after_crash "$old"
