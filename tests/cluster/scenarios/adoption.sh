# Servers that somebody has set up by hand become the cluster's while clients write: no restart, no copy. The cluster knows nobody's
# score yet: it may give the role to another one, as in a planned move.
servers() {
  local node
  for node in "${k_nodes[@]}"; do lab run "$node" pgrep -x 'mysqld|mariadbd'; done
}

forget() { # NODE: whatever the agent keeps there
  lab kill "$1" mysql-prm KILL || true # its watcher
  lab run "$1" sh -c 'rm -rf /var/lib/mysql-prm/* /run/resource-agents/*p_mysql*'
  lab run "$1" crm_attribute -l reboot -n master-p_mysql -D
  lab run "$1" attrd_updater -n p_mysql_ballot -p -D
}

begin_writing
primary=$(lab primary)
before=$(servers)
lab run "$primary" crm_attribute -n maintenance-mode -v true
sleep 2
for property in REPL_INFO SYNC; do lab run "$primary" crm_attribute -t crm_config -s mysql_replication -n "p_mysql_$property" -D; done
for node in "${k_nodes[@]}"; do forget "$node"; done
lab run "$primary" crm_resource --refresh --resource ms_mysql
sleep 3
since=$(date +%s%6N)
lab run "$primary" crm_attribute -n maintenance-mode -D
lab settle 90 everybody
writes_go_on
end_writing
[[ $(servers) == "$before" ]] || fail 'a server was restarted'
[[ $(lab run "$primary" crm_attribute -t crm_config -s mysql_replication -n p_mysql_REPL_INFO -G -q) == *"|$(lab primary)|"* ]] ||
  fail 'the primary is not recorded'
say "the primary was $primary and is $(lab primary); gap $(gap_since_ms "$since") ms"
check_cluster
