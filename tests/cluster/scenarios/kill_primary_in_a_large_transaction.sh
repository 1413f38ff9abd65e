# SIGKILL of the primary's server while it sends a large transaction: its replicas, which have half of it, do not wait for the rest.
begin_writing
old=$(lab primary)
lab sql "$old" 'DROP TABLE IF EXISTS lab.large; CREATE TABLE lab.large (id INT PRIMARY KEY, b LONGBLOB)'
sleep 1
slow_replication "$old"
tell_roles
relay_log_bytes() { replica_status "$1" | awk '$1 == "Relay_Log_Space:" { print $2 }'; }
declare -A before=()
for node in "${replicas[@]}"; do before[$node]=$(relay_log_bytes "$node"); done
received() { echo $(($(relay_log_bytes "$1") - before[$1])); }
all_hold_a_part() {
  local node
  for node in "${replicas[@]}"; do (($(received "$node") > 1000000)) || return 1; done
}
lab sql "$old" "INSERT INTO lab.large WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 80)
  SELECT i, REPEAT('x', 250000) FROM n" >/dev/null 2>&1 </dev/null &
wait_until 15 'each replica holds a part of the transaction' all_hold_a_part
for node in "${replicas[@]}"; do
  say "$node has received $(received "$node") bytes of the transaction"
  [[ -z $(lab sql "$node" 'SELECT id FROM lab.large') ]] || fail "$node holds all of the transaction"
done
lab kill "$old" mysqld KILL
writes_go_on 30
mend_replication "$old"
lab settle 60 everybody
end_writing
[[ $(lab primary) != "$old" ]] || fail "$old is still promoted"
lab sql "$(lab primary)" 'DROP TABLE IF EXISTS lab.large'
for node in "${k_nodes[@]}"; do
  [[ $node == "$(lab primary)" ]] || wait_until 30 "$node follows or says why not" joined_or_explained "$node" "$old"
done
check_after_crash "$old"
