# Standby of the primary's node and back: a clean stop with a handover.
begin_writing
old=$(lab primary)
lab run "$old" crm_standby --node "$old" --update on
writes_go_on
[[ $(lab primary) != "$old" ]] || fail "$old is still promoted"
lab run "$old" crm_standby --node "$old" --delete
lab settle 60 everybody
writes_go_on
end_writing
check_cluster
