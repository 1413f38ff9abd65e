# shellcheck shell=bash
# What scenarios are made of: writing through the address, faults by the laboratory's verbs, and the checks that follow each of them.
# Sourced by `scenario`, which sets platform, scenario, scratch.

k_vip=10.42.0.100
k_nodes=(db1 db2 db3)
writer_pid=''

lab() { "$k_lab" --name "test-$platform" "$@"; }
say() { printf '%s %s\n' "$(date +%T.%3N)" "$*"; }
fail() {
  say "FAILED: $*" >&2
  exit 1
}

# Whatever happened, the next scenario finds a whole cluster; what happened is shown.
finish() {
  local status=$1 node
  [[ -z $writer_pid ]] || lab kill client mysql-prm-writer TERM || true
  if ((status != 0)); then
    lab status || true
    for node in "${k_nodes[@]}"; do
      say "--- $node: what the agent said"
      lab logs "$node" pacemaker 2>/dev/null | grep -aE '^[A-Z][a-z]+ [0-9]+ [0-9:.]+ mysql\(p_mysql\)|ocf-exit-reason|Result of' | tail -n 60 || true
    done
    heal || true
  fi
  rm -rf "$scratch"
  exit "$status"
}

heal() {
  local node
  for node in "${k_nodes[@]}"; do
    lab join "$node" >/dev/null 2>&1 || true
    lab resume "$node" mysqld >/dev/null 2>&1 || true
    lab on "$node" >/dev/null 2>&1 || true
    lab run "$node" crm_resource --cleanup >/dev/null 2>&1 || true
  done
  lab settle 60 everybody || true
  for node in "${k_nodes[@]}"; do
    [[ $(kept_out_reason "$node") != 'holds transactions'* ]] || provision_again "$node" || true
  done
}

# wait_until SECONDS WHAT COMMAND...: until the command succeeds
wait_until() {
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || fail "not within $seconds s: $what"
    sleep 0.2
  done
}

# --- writing -----------------------------------------------------------------------------------------------------------------------

k_writer_log=/var/log/writer-$scenario.log

writer() { # writer ADDRESS ARGUMENT...
  local host=$1
  shift
  lab client mysql-prm-writer --host "$host" --password-file /etc/mysql-prm/app-password --table "$scenario" --log "$k_writer_log" "$@"
}

acknowledged() { lab client grep -c '^ok' "$k_writer_log" 2>/dev/null || true; }
wrote_more_than() { (($(acknowledged) > $1)); }

begin_writing() {
  lab client rm -f "$k_writer_log"
  lab sql "$(lab primary)" "DROP TABLE IF EXISTS lab.$scenario"
  writer "$k_vip" --interval-ms 2 --seconds 240 >"$scratch/report" 2>&1 </dev/null &
  writer_pid=$!
  wait_until 20 'first acknowledged writes' wrote_more_than 200
}

writes_go_on() { wait_until "${1:-30}" 'writes go on' wrote_more_than "$(($(acknowledged) + 200))"; }

end_writing() {
  lab kill client mysql-prm-writer TERM
  wait "$writer_pid" || true
  writer_pid=''
  sed 's/^/  writer: /' "$scratch/report"
}

longest_gap_ms() { sed -n 's/^longest_gap_ms \([0-9]*\).*/\1/p' "$scratch/report"; }

expect_gap_at_most() { # milliseconds
  local gap
  gap=$(longest_gap_ms)
  [[ -n $gap ]] || fail 'the writer reported no gap'
  ((gap <= $1)) || fail "longest gap $gap ms, at most $1 ms was to be"
  say "longest gap $gap ms (at most $1 ms)"
}

# --- checks ------------------------------------------------------------------------------------------------------------------------

is_writable() { [[ $(lab sql "$1" 'SELECT @@global.read_only') == 0 ]]; }

is_not_writable() { ! is_writable "$1" 2>/dev/null; }

check_one_writable() {
  local node writable=()
  for node in "${k_nodes[@]}"; do
    ! is_writable "$node" || writable+=("$node")
  done
  [[ ${writable[*]} == "$(lab primary)" ]] || fail "writable: '${writable[*]}', promoted: '$(lab primary)'"
}

replica_status() {
  case $platform in
    sid) lab run "$1" mysql -E -e 'SHOW REPLICA STATUS' ;;
    *) lab run "$1" mariadb -E -e 'SHOW SLAVE STATUS' ;;
  esac
}

follows() { # NODE PRIMARY
  local status
  status=$(replica_status "$1")
  grep -qE "(Source|Master)_Host: ($2|$(node_address "$2"))\$" <<<"$status" &&
    grep -qE '(Replica|Slave)_IO_Running: Yes' <<<"$status" && grep -qE '(Replica|Slave)_SQL_Running: Yes' <<<"$status"
}

node_address() { echo "10.42.0.${1#db}"; }

# Row count and checksum of every table of the test database.
content() {
  local tables
  tables=$(lab sql "$1" "SELECT GROUP_CONCAT('lab.', table_name ORDER BY table_name SEPARATOR ',') FROM information_schema.tables WHERE table_schema='lab'")
  [[ $tables == NULL ]] || lab sql "$1" "CHECKSUM TABLE $tables"
}

executed() {
  case $platform in
    sid) lab sql "$1" 'SELECT @@global.gtid_executed' ;;
    *) lab sql "$1" 'SELECT @@global.gtid_binlog_pos' ;;
  esac
}

has_caught_up() { [[ $(executed "$1") == "$(executed "$2")" ]]; }

check_equal_data() {
  local primary node
  primary=$(lab primary)
  for node in "${k_nodes[@]}"; do
    [[ $node != "$primary" ]] || continue
    wait_until 20 "$node follows $primary" follows "$node" "$primary"
    wait_until 20 "$node has what $primary has" has_caught_up "$node" "$primary"
    [[ $(content "$node") == "$(content "$primary")" ]] || fail "data of $node and $primary differ"
  done
}

# No acknowledged row is missing, none is there that was never sent.
check_acknowledged() {
  [[ -f $scratch/report ]] || return 0
  writer "$(node_address "$(lab primary)")" --verify || fail 'acknowledged writes are missing'
}

kept_out_reason() { lab run "$1" crm_attribute -N "$1" -l reboot -n p_mysql_kept_out -G -q 2>/dev/null || true; }

# After the primary died with asynchronous replication: its last commit may have reached nobody. Then it is kept out and says so, only
# such a commit may be missing elsewhere, and it is provisioned again for the scenarios that follow.
check_after_crash() { # OLD-PRIMARY
  local old=$1 reason
  lab settle 90 everybody || fail 'the cluster does not settle'
  wait_until 30 "$old follows or says why not" joined_or_explained "$old"
  reason=$(kept_out_reason "$old")
  if [[ $reason != 'holds transactions'* ]]; then
    check_cluster
    return
  fi
  say "$old is kept out: $reason"
  check_one_writable
  writer "$(node_address "$(lab primary)")" --verify || say 'acknowledged by the old primary alone, see above'
  provision_again "$old"
  rm -f "$scratch/report"
  check_cluster
}

joined_or_explained() { follows "$1" "$(lab primary)" || [[ $(kept_out_reason "$1") == 'holds transactions'* ]]; }

# One writable server with the address, everybody else replicates from it, equal data, nothing acknowledged is lost.
check_cluster() {
  lab settle 60 everybody || fail 'the cluster does not settle'
  check_one_writable
  check_equal_data
  check_acknowledged
  check_no_passwords
}

# The passwords of the laboratory are recognisable; nothing that a person or a program can read may hold them.
check_no_passwords() {
  local node
  for node in "${k_nodes[@]}"; do
    ! lab run "$node" grep -rlaE 'lab-(repl|test|app)-secret' /var/log /var/lib/pacemaker /run/resource-agents 2>/dev/null ||
      fail "a password is in a file of $node"
  done
}

# --- repair ------------------------------------------------------------------------------------------------------------------------

# provision_again NODE: gives a node that is kept out the data of a replica; both are stopped meanwhile.
provision_again() {
  local node=$1 donor
  for donor in "${k_nodes[@]}"; do [[ $donor == "$node" || $donor == "$(lab primary)" ]] || break; done
  lab run "$donor" crm_standby --node "$node" --update on
  lab run "$donor" crm_standby --node "$donor" --update on
  wait_until 30 "servers of $node and $donor have ended" both_stopped "$node" "$donor"
  lab run "$node" sh -c 'rm -rf /var/lib/mysql/*'
  lab run "$donor" tar -C /var/lib/mysql -cf - . | lab run "$node" tar -C /var/lib/mysql -xf -
  lab run "$node" rm -f /var/lib/mysql/auto.cnf
  lab run "$donor" crm_standby --node "$donor" --delete
  lab run "$donor" crm_standby --node "$node" --delete
  lab settle 90 everybody
}

both_stopped() {
  local node
  for node in "$@"; do ! lab run "$node" pgrep -x 'mysqld|mariadbd' || return 1; done
}
