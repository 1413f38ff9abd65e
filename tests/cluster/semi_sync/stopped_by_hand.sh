# In maintenance mode the server of the primary is stopped by hand and started half a minute later: it comes back without semi-synchronous
# replication, and nothing but the watcher looks. The record must not go on saying that the guarantee holds.
maintenance() { lab run "$primary" crm_attribute --type crm_config --name maintenance-mode --update "$1"; }
waits_for_replicas() { # what every commit does on a primary that the record calls guaranteed
  lab sql "$primary" "SHOW GLOBAL VARIABLES LIKE 'rpl_semi_sync_%_enabled'" | grep -E '_(source|master)_' | grep -q 'ON$'
}
is_honest() { record_is off || waits_for_replicas; }

begin_writing
tell_roles
expect_guarantee_with_both
server=$(lab run "$primary" pgrep -x 'mysqld|mariadbd')
mapfile -d '' -t command < <(lab run "$primary" cat "/proc/$server/cmdline")
maintenance true
lab run "$primary" kill -TERM "$server"
wait_until 60 'the server has ended' all_stopped "$primary"
sleep 20
since=$(date +%s%6N)
lab run "$primary" setsid --fork "${command[@]}" </dev/null >/dev/null 2>&1
wait_until 60 'the server serves' lab sql "$primary" 'SELECT 1'
! waits_for_replicas || fail 'the server waits for replicas by itself: nothing is tested here'
[[ $platform != sid ]] || lab sql "$primary" 'SET GLOBAL super_read_only = OFF'
lab sql "$primary" 'SET GLOBAL read_only = OFF'
writes_go_on
wait_until 10 'the record says what is true' is_honest
wait_until 5 'the log says that it did not hold' logged "$primary" "$since" 'semi-synchronous replication does not hold'
expect_guarantee_with_both
waits_for_replicas || fail 'recorded, and no commit waits'
maintenance false
lab settle 60 everybody
writes_go_on
end_writing
check_cluster
