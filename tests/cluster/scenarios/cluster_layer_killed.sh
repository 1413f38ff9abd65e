# corosync of the primary's node is killed, and with it all of Pacemaker there: nothing is left that could stop the server, nobody
# fences the node, and the network between the servers is whole. The watcher closes the server before another one takes writes.
begin_writing
old=$(lab primary)
begin_writing_inside "$old"
since=$(date +%s%6N)
lab kill "$old" corosync KILL
wait_until 40 'another one is promoted' is_promoted_elsewhere
writes_go_on
expect_closed_before_opened "$old"
sleep 3
is_not_writable "$old" || fail "$old takes writes again"
# Until then nobody is left to take the address away from there.
lab run "$old" corosync # pacemakerd, which has gone on, finds it by itself
lab settle 90
writes_go_on
end_writing
check_after_crash "$old"
