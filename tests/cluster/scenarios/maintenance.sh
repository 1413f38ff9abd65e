# Maintenance mode, and the cluster layer of the primary's node stopped and started, as for its upgrade: the server goes on.
begin_writing
primary=$(lab primary)
server=$(lab run "$primary" pgrep -x 'mysqld|mariadbd')
lab run "$primary" crm_attribute -n maintenance-mode -v true
# What the watcher reads once the cluster layer is gone. A busy disk takes seconds for it.
is_on_disk() { lab run "$primary" grep -qE 'name="maintenance-mode" .*value="true"' /var/lib/pacemaker/cib/cib.xml; }
wait_until 30 'the configuration is on disk' is_on_disk
lab stop "$primary"
sleep 3
is_writable "$primary" || fail "$primary does not take writes while its cluster layer is away"
writes_go_on
lab start "$primary"
wait_until 60 "$primary is back in the cluster" eval "lab run $primary crm_node -l | grep -c ' member\$' | grep -qx 3"
lab settle 60 everybody # the servers that Pacemaker has to look at first
lab run "$primary" crm_attribute -n maintenance-mode -D
lab settle 90 everybody
writes_go_on
end_writing
[[ $(lab primary) == "$primary" ]] || fail "the primary moved to $(lab primary)"
[[ $(lab run "$primary" pgrep -x 'mysqld|mariadbd') == "$server" ]] || fail 'the server was restarted'
expect_gap_at_most 3000 1000
check_cluster
