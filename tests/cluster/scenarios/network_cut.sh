# The cable of the primary's node is pulled and put back. The side with quorum promotes; the old primary rejoins or says why not.
begin_writing
old=$(lab primary)
lab cut "$old"
writes_go_on 40
# Without fencing the cut-off side stops a little after the other has promoted (it elects a coordinator first). Joined before that,
# both would have the address for a moment.
wait_until 30 "$old has stopped taking writes" is_not_writable "$old"
lab join "$old"
lab settle 90
writes_go_on
end_writing
check_after_crash "$old"
