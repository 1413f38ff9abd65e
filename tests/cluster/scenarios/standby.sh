# Standby of the primary's node and back: a clean stop with a handover.
begin_writing
old=$(lab primary)
lab run "$old" crm_standby --node "$old" --update on
wait_until 60 'another one is promoted' is_promoted_elsewhere
writes_go_on
lab run "$old" crm_standby --node "$old" --delete
lab settle 60 everybody
writes_go_on
end_writing
check_cluster
