# The sync record through its life: on with both replicas, without one that died, off when nobody is left to acknowledge, and on
# again by itself; writes go on all the while, each waiting for a second or two at most. Several clients write: MariaDB locks its log
# as soon as two commits wait.
begin_under_guarantee
first=${replicas[0]} second=${replicas[1]}
lab hang "$first" mysqld
wait_until 20 "$first is taken out" record_is "on|*|1|$primary|$second:?:*"
promotion() { lab run "$primary" crm_attribute -t crm_config -s mysql_replication -n p_mysql_REPL_INFO -G -q; }
promoted=$(promotion)
wait_until 10 'writes go on' wrote_more_than "$(($(acknowledged) + 20))" # no longer: the first one comes back
lab hang "$second" mysqld
began=$(date +%s%3N)
(
  lab sql "$primary" 'CREATE USER waits@localhost' </dev/null # while it waits nobody can log in to MySQL
  echo $(($(date +%s%3N) - began)) >"$scratch/account"
) &
account=$!
wait_until 20 'the guarantee is off' record_is off
wait "$account" || fail 'a statement about accounts failed'
(($(<"$scratch/account") >= 1000)) || fail "a statement about accounts waited for $(<"$scratch/account") ms only"
[[ $(promotion) == "$promoted" ]] || fail 'a statement about accounts cost the primary'
lab sql "$primary" 'DROP USER waits@localhost'
writes_go_on
lab settle 90 everybody
expect_guarantee_with_both
lab run "$primary" pkill -KILL -f '^/usr/sbin/mysql-prm watch'
wait_until 20 'the watcher runs again' lab run "$primary" pgrep -f '^/usr/sbin/mysql-prm watch'
writes_go_on
end_writing # of all writers
end_crowd
expect_gap_at_most 12000 6000
check_cluster
