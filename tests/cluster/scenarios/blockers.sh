# A planned move and a standby of the primary, each against everything that can keep a server from being closed: clients that connect
# and write all the while, a transaction that holds locks, a global read lock, an administrator who writes, a long ALTER TABLE,
# two thousand sessions. Whatever was acknowledged is on the next primary; a server that cannot be closed is ended. The address goes
# before the primary is demoted: so these clients go to its node.
k_sessions=2000
k_admin_log=/var/log/writer-$scenario-admin.log
blocker_pids=()

in_background() {
  "$@" >/dev/null 2>&1 </dev/null &
  blocker_pids+=($!)
}
session() { in_background lab sql "$old" "$1"; }
second_writer() {
  lab client rm -f "$k_admin_log"
  # shellcheck disable=SC2016 # expanded there
  in_background lab client sh -c 'echo $$ >/run/second-writer; exec timeout 240 mysql-prm-writer "$@"' writer \
    --host "$second_host" --table "${scenario}_other" --log "$k_admin_log" --interval-ms 2 "$@"
  wait_until 120 'the second writer writes' eval "(( \$(lab client grep -c '^ok' $k_admin_log) > 50 ))"
}

begin_blocker() {
  second_host=$(node_address "$old")
  # MariaDB's read_only stops no administrator. One who comes to a server that has been closed and proved still writes: `mistakes`.
  [[ $1 != administrator || $platform != bookworm ]] || second_host=$k_vip
  case $1 in
    clients) second_writer --password-file /etc/mysql-prm/app-password --reconnect ;;
    administrator) second_writer --password-file /etc/mysql-prm/app-password --user admin ;;
    transaction) session "BEGIN; UPDATE lab.blocked SET b = b + 1; SELECT SLEEP(60)" ;;
    global_lock) session 'FLUSH TABLES WITH READ LOCK; SELECT SLEEP(60)' ;;
    alter) session 'ALTER TABLE lab.blocked FORCE, ALGORITHM = COPY' ;;
    sessions)
      lab sql "$old" "SET GLOBAL max_connections = $((k_sessions + 200))" # a restart forgets it
      second_writer --password-file /etc/mysql-prm/app-password --idle "$k_sessions"
      ;;
  esac
  case $1 in
    transaction | global_lock) wait_until 60 "$1 is there" has_session 'BEGIN%SLEEP%' 'FLUSH%SLEEP%' 'SELECT SLEEP(60)' ;;
    alter) wait_until 30 "$1 is there" has_session 'ALTER TABLE lab.blocked FORCE%' ;;
  esac
}

has_session() { # STATEMENT...: a pattern; one of them runs
  local pattern
  for pattern in "$@"; do
    [[ $(lab sql "$old" "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '$pattern' AND id <> CONNECTION_ID()") == 0 ]] ||
      return 0
  done
  return 1
}

end_blocker() {
  # shellcheck disable=SC2016 # expanded there
  lab client sh -c '[ ! -e /run/second-writer ] || kill "$(cat /run/second-writer)"; rm -f /run/second-writer' || true
  wait "${blocker_pids[@]}" 2>/dev/null || true
  blocker_pids=()
}

# close_primary move|standby BLOCKER
close_primary() {
  local since new
  old=$(lab primary)
  for new in "${k_nodes[@]}"; do [[ $new == "$old" ]] || break; done
  begin_blocker "$2"
  since=$(date +%s%6N)
  case $1 in
    move) lab run "$old" crm_resource --move --resource ms_mysql --promoted --node "$new" ;;
    standby) lab run "$old" crm_standby --node "$old" --update on ;;
  esac
  wait_until 60 "another one is promoted ($1, $2)" is_promoted_elsewhere
  writes_go_on
  logged "$old" "$since" 'Result of demote operation for p_mysql on ' || fail "the demote is not in the log ($1, $2)"
  ! logged "$old" "$since" 'Result of (demote|stop) operation for p_mysql on [^ ]+: [tT]imed [oO]ut' ||
    fail "neither proof nor end in time ($1, $2)"
  case $1 in
    move) lab run "$old" crm_resource --clear --resource ms_mysql ;;
    standby) lab run "$old" crm_standby --node "$old" --delete ;;
  esac
  end_blocker "$2"
  lab settle 90 everybody || late "the cluster does not settle ($1, $2)"
  if [[ $2 == clients || $2 == administrator || $2 == sessions ]]; then
    lab client mysql-prm-writer --host "$(node_address "$(lab primary)")" --password-file /etc/mysql-prm/app-password \
      --table "${scenario}_other" --log "$k_admin_log" --verify >"$scratch/other" || fail "acknowledged writes are missing ($1, $2): $(cat "$scratch/other")"
  fi
  writes_go_on
  say "$1 against $2: gap $(gap_since_ms "$since") ms"
}

lab sql "$(lab primary)" "DROP TABLE IF EXISTS lab.${scenario}_other; DROP TABLE IF EXISTS lab.blocked;
  CREATE TABLE lab.blocked (a INT AUTO_INCREMENT PRIMARY KEY, b INT, pad CHAR(200) DEFAULT '');
  INSERT INTO lab.blocked (b) VALUES (1);
  CREATE USER IF NOT EXISTS admin@'%' IDENTIFIED BY '$(lab client cat /etc/mysql-prm/app-password)'; GRANT ALL PRIVILEGES ON *.* TO admin@'%'"
# As many rows as an ALTER copies for seconds.
for ((i = 0; i < 19; ++i)); do lab sql "$(lab primary)" 'INSERT INTO lab.blocked (b) SELECT b FROM lab.blocked'; done
lab settle 60 everybody
tell_roles
for node in "${replicas[@]}"; do wait_until 120 "$node has the rows" has_caught_up "$node" "$primary"; done
check_equal_data
begin_writing
for blocker in clients administrator transaction global_lock alter sessions; do
  close_primary move "$blocker"
  close_primary standby "$blocker"
done
end_writing
lab sql "$(lab primary)" "DROP TABLE lab.blocked; DROP TABLE lab.${scenario}_other; DROP USER admin@'%'"
check_cluster
