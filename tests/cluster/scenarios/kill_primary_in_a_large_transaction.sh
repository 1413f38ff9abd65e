# SIGKILL of the primary's server while it sends a large transaction: its replicas, which have half of it, do not wait for the rest.
begin_writing
old=$(lab primary)
lab sql "$old" 'DROP TABLE IF EXISTS lab.large; CREATE TABLE lab.large (id INT PRIMARY KEY, b LONGBLOB)'
sleep 1
slow_replication "$old"
lab sql "$old" "BEGIN; INSERT INTO lab.large VALUES (1, REPEAT('x', 7000000)), (2, REPEAT('x', 7000000));
  INSERT INTO lab.large VALUES (3, REPEAT('x', 7000000)); COMMIT" >/dev/null 2>&1 </dev/null &
sleep 6 # the rows before the last are there then, a part of an event is nothing to an applier
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
