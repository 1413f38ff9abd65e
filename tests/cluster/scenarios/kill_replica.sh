# SIGKILL of a replica's server: writing does not notice, the replica comes back.
begin_writing
primary=$(lab primary)
for replica in "${k_nodes[@]}"; do [[ $replica == "$primary" ]] || break; done
lab kill "$replica" mysqld KILL
writes_go_on
lab settle 60 everybody
end_writing
[[ $(lab primary) == "$primary" ]] || fail 'the primary moved'
expect_gap_at_most 2000 500
check_cluster
