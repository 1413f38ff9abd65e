# A replica's node is off while the primary fails over, and finds the new primary when it is back.
begin_writing
old=$(lab primary)
for replica in "${k_nodes[@]}"; do [[ $replica == "$old" ]] || break; done
lab off "$replica"
lab settle 60
lab kill "$old" mysqld KILL
writes_go_on 40
lab on "$replica"
lab settle 90 everybody
writes_go_on
end_writing
check_after_crash "$old"
