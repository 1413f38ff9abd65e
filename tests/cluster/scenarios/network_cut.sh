# The cable of the primary's node is pulled and put back. The side with quorum promotes; the old primary rejoins or says why not.
begin_writing
old=$(lab primary)
lab cut "$old"
writes_go_on 40
lab join "$old"
lab settle 90
writes_go_on
end_writing
check_after_crash "$old"
