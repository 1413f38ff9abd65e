# pacemakerd of the primary's node is killed and started again: writing goes on, or moves, and nothing is left behind.
begin_writing
old=$(lab primary)
lab kill "$old" pacemakerd KILL
writes_go_on 40
lab start "$old"
lab settle 90 everybody
writes_go_on
end_writing
check_cluster
