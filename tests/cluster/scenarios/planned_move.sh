# A planned move: short gap, nothing lost, and the constraint that makes it can be taken away again.
begin_writing
old=$(lab primary)
for new in "${k_nodes[@]}"; do [[ $new == "$old" ]] || break; done
lab run "$old" crm_resource --move --resource ms_mysql --promoted --node "$new"
sleep 2 # asking a cluster of one machine costs the time that is measured
wait_until 30 "$new is promoted" eval "[[ \$(lab primary) == $new ]]"
writes_go_on
lab run "$old" crm_resource --clear --resource ms_mysql
lab settle 60 everybody
writes_go_on
end_writing
[[ $(lab primary) == "$new" ]] || fail "the primary moved back to $(lab primary)"
expect_gap_at_most 8000 350 # the rest is for a slow and busy machine
check_cluster
