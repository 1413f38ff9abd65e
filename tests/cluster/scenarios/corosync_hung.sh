# corosync of the primary's node hangs: the others promote without it, Pacemaker there has not noticed anything, nobody fences the node,
# and the network between the servers is whole. The watcher closes the server before another one takes writes, and what corosync tells
# when it goes on does not open it again.
begin_writing
old=$(lab primary)
begin_writing_inside "$old"
since=$(date +%s%6N)
lab hang "$old" corosync
wait_until 40 'another one is promoted' is_promoted_elsewhere
writes_go_on
sleep 3
is_not_writable "$old" || fail "$old takes writes beside its successor"
lab resume "$old" corosync
writes_go_on
# What was to be done on that node, and was lost, is waited for (seen on 2.1.5 and 3.0.3): its timeout and cluster-delay.
lab settle 180
writes_go_on
expect_closed_before_opened "$old"
end_writing
check_after_crash "$old"
