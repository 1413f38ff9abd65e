# A planned move to a replica that cannot keep up: given up before anything is demoted, so that writes go on, and made once it can.
begin_writing
old=$(lab primary)
for new in "${k_nodes[@]}"; do [[ $new == "$old" ]] || break; done
# Its applier waits behind somebody's global lock; nothing else is wrong with it.
lab sql "$new" 'FLUSH TABLES WITH READ LOCK; SELECT SLEEP(20)' >/dev/null 2>&1 </dev/null &
wait_until 10 'the lock is held' sleeps_in "$new"
since=$(date +%s%6N)
lab run "$old" crm_resource --move --resource ms_mysql --promoted --node "$new"
wait_until 15 "$new gives up the move" logged "$new" "$since" 'gives up this promotion: the move cannot be made'
is_writable "$old" || fail "$old does not take writes any more"
writes_go_on
wait_until 90 "$new is promoted once it can follow" eval "[[ \$(lab primary) == $new ]]"
lab run "$old" crm_resource --clear --resource ms_mysql
lab settle 60 everybody
writes_go_on
end_writing
expect_gap_at_most 8000 5000
check_cluster
