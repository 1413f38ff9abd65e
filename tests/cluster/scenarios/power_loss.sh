# Power loss of the primary's node: the others go on; the node joins again after it is switched on.
begin_writing
old=$(lab primary)
lab off "$old"
writes_go_on 40
lab on "$old"
lab settle 90 everybody
writes_go_on
end_writing
check_after_crash "$old"
