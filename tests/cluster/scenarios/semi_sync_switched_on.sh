# semi_sync is switched on in maintenance mode, on servers that go on running: none is restarted, and the guarantee holds. And off again in
# the same way: then no commit waits for anybody.
server_of() { lab run "$1" pgrep -x 'mysqld|mariadbd'; }
servers() { for node in "${k_nodes[@]}"; do server_of "$node" || true; done; }
set_semi_sync() { lab run "$primary" crm_resource --resource p_mysql --set-parameter semi_sync --parameter-value "$1"; }
maintenance() { lab run "$primary" crm_attribute --type crm_config --name maintenance-mode --update "$1"; }

switch_to() {
  maintenance true
  set_semi_sync "$1"
  lab run "$primary" crm_resource --refresh --resource ms_mysql
  sleep 2
  maintenance false
}

begin_writing
primary=$(lab primary)
before=$(servers)
[[ $platform != sid ]] || lab sql "$primary" "GRANT INSERT ON mysql.plugin TO repl@'%'"
switch_to available
expect_guarantee_with_both
[[ $(servers) == "$before" ]] || fail 'a server was restarted'
writes_go_on
switch_to off
wait_until 20 'the record says off' record_is off
lab settle 60 everybody
[[ $(servers) == "$before" ]] || fail 'a server was restarted'
for node in "${k_nodes[@]}"; do [[ $node == "$primary" ]] || lab run "$primary" crm_standby --node "$node" --update on; done
wait_until 90 'only the primary serves' eval '[[ $(servers) == "$(server_of "$primary")" ]]'
writes_go_on
for node in "${k_nodes[@]}"; do [[ $node == "$primary" ]] || lab run "$primary" crm_standby --node "$node" --delete; done
lab settle 90 everybody
end_writing
expect_gap_at_most 6000 3000
check_cluster
