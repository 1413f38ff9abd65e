# A replica is stopped while it receives a large transaction: it does not wait for the rest, and has all of it once it is back.
begin_writing
tell_roles
lab sql "$primary" 'DROP TABLE IF EXISTS lab.large; CREATE TABLE lab.large (id INT PRIMARY KEY, b LONGBLOB)'
lab settle 30 everybody
old=${replicas[0]}
relay_log_bytes() { replica_status "$old" | awk '$1 == "Relay_Log_Space:" { print $2 }'; }
before=$(relay_log_bytes)
holds_a_part() { (($(relay_log_bytes) - before > 1000000)); }
slow_replication "$primary"
lab sql "$primary" "INSERT INTO lab.large WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
  SELECT i, REPEAT('x', 250000) FROM n" >/dev/null 2>&1 </dev/null &
wait_until 15 "$old holds a part of the transaction" holds_a_part
[[ -z $(lab sql "$old" 'SELECT id FROM lab.large') ]] || fail "$old holds all of the transaction"
since=$(date +%s%3N)
lab run "$primary" crm_standby --node "$old" --update on
wait_until 30 "the server of $old has ended" all_stopped "$old"
say "$old was stopped within $(($(date +%s%3N) - since)) ms"
mend_replication "$primary"
lab run "$primary" crm_standby --node "$old" --delete
lab settle 60 everybody
writes_go_on
end_writing
expect_gap_at_most 6000 1000
check_cluster
lab sql "$primary" 'DROP TABLE lab.large'
