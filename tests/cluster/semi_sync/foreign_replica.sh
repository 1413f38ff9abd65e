# A replica that is no node of the cluster acknowledges: what it alone holds the cluster does not. The guarantee ends for as long as it is
# there, or its acknowledgements are not counted; writes go on, and the guarantee is back when it has gone.
k_server_id=77
begin_writing
tell_roles
expect_guarantee_with_both
case $platform in
  sid)
    k_start='mysqld --no-defaults --initialize-insecure --user=mysql --datadir="$1/data" && exec mysqld --no-defaults --user=mysql
      --datadir="$1/data" --socket="$1/socket" --pid-file="$1/pid" --port=3377 --mysqlx=OFF --server-id='$k_server_id'
      --gtid-mode=ON --enforce-gtid-consistency=ON --skip-replica-start'
    k_follow="INSTALL PLUGIN rpl_semi_sync_replica SONAME 'semisync_replica.so'; SET GLOBAL rpl_semi_sync_replica_enabled = 1;
      CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$(node_address "$primary")', SOURCE_USER = 'repl', SOURCE_PASSWORD = 'lab-repl-secret',
      SOURCE_AUTO_POSITION = 1, SOURCE_CONNECT_RETRY = 1, GET_SOURCE_PUBLIC_KEY = 1; START REPLICA IO_THREAD"
    k_sql=mysql
    ;;
  *)
    k_start='mariadb-install-db --no-defaults --user=mysql --datadir="$1/data" --auth-root-authentication-method=normal --skip-test-db &&
      exec mariadbd --no-defaults --user=mysql --datadir="$1/data" --socket="$1/socket" --pid-file="$1/pid" --port=3377
      --server-id='$k_server_id
    k_follow="SET GLOBAL rpl_semi_sync_slave_enabled = 1; CHANGE MASTER TO MASTER_HOST = '$(node_address "$primary")', MASTER_USER = 'repl',
      MASTER_PASSWORD = 'lab-repl-secret', MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1; START SLAVE IO_THREAD"
    k_sql=mariadb
    ;;
esac
foreign() { lab client "$k_sql" --no-defaults -uroot -S "$k_foreign/socket" -N -e "$1"; }

# shellcheck disable=SC2016 # expanded there
lab client sh -c 'rm -rf "$1"; install -d -o mysql -g mysql "$1" "$1/data"; '"$(tr '\n' ' ' <<<"$k_start")" foreign "$k_foreign" \
  >"$scratch/foreign" 2>&1 </dev/null &
wait_until 60 'the foreign server serves' foreign 'SELECT 1'
since=$(date +%s%6N)
foreign "$k_follow"
wait_until 30 'the guarantee ends' record_is off
# The log says it when the record has been written.
wait_until 5 'the log says why' logged "$primary" "$since" 'servers that are no nodes of the cluster acknowledge'
writes_go_on
sleep 5
record_is off || fail "the guarantee is back while the foreign replica is there: $(record "$primary")"
writes_go_on
end_foreign
expect_guarantee_with_both
writes_go_on
[[ $(lab primary) == "$primary" ]] || fail "the primary is $(lab primary), not $primary"
end_writing
expect_gap_at_most 6000
check_cluster
