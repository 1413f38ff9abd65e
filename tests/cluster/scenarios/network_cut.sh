# The cable of the primary's node is pulled and put back. The side with quorum promotes; the old primary rejoins or says why not.
# The address is looked at while the cable is out: newer IPaddr2 calls that an error that bans the address from the node, and it has
# to be over by itself. It may be shown for longer: where two partitions become one again, Pacemaker can lose when the failure was (seen
# on 3.0.3: a fail count without its time) and looks again only with the next thing that happens, which is the move.
begin_writing
old=$(lab primary)
[[ $semi_sync != off ]] || begin_writing_inside "$old"
wait_until 20 'the address was looked at' address_is_looked_at "$old"
sleep 7 # its next look comes 3 s after the cut, before the node has noticed that it is alone
since=$(date +%s%6N)
lab cut "$old"
writes_go_on 40
# Pacemaker's coordinator sleeps for a second, up to twice, when the changes of one loss reach it one by one.
# With semi-synchronous replication MariaDB takes a second longer to stop receiving from a source that is away.
expect_promotion_after_membership_at_most "$([[ $semi_sync == off ]] && echo 7000 || echo 8000)" 1000
[[ $semi_sync != off ]] || expect_closed_before_opened "$old"
sleep 5 # the cut lasts longer than the interval of the address's monitor
# The cut-off side stops its resources a little after the other has promoted (it elects a coordinator first). Joined before that,
# both would have the address for a moment.
wait_until 30 "$old has stopped taking writes" is_not_writable "$old"
lab join "$old"
lab settle 90
writes_go_on
end_writing
banned=$(first_time "$old" pacemaker "$since" 'Result of monitor operation for vip_writer on [^ ]+: [nN]ot installed')
[[ $platform != sid || -n $banned ]] || late "the address on $old was not looked at while the cable was out"
check_after_crash "$old"
ban_is_over() { (($(date +%s%6N) > ${banned:-0} + 31000000)); } # failure-timeout of the address
wait_until 40 'the ban of the address is over' ban_is_over
lab run "$old" crm_resource --move --resource ms_mysql --promoted --node "$old"
wait_until 30 "$old is promoted and has the address again" has_address "$old"
lab run "$old" crm_resource --clear --resource ms_mysql
wait_until 20 'no failed action is left' no_failed_action
check_cluster
