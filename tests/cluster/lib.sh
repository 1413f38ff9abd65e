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
  [[ -z $writer_pid ]] || kill "$writer_pid" 2>/dev/null || true
  if ((status != 0)); then
    lab status || true
    for node in "${k_nodes[@]}"; do
      say "--- $node: what the agent said"
      lab logs "$node" pacemaker 2>/dev/null | grep -E 'mysql\(p_mysql\)|ocf-exit-reason|Result of' | tail -n 60 || true
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

writer() { # writer ADDRESS ARGUMENT...
  local host=$1
  shift
  lab client mysql-prm-writer --host "$host" --user app --password-file /etc/mysql-prm/app-password --database lab --table "$scenario" "$@"
}

acknowledged() { grep -c . "$scratch/acknowledged" 2>/dev/null || true; }
wrote_more_than() { (($(acknowledged) > $1)); }

begin_writing() {
  lab sql "$(lab primary)" "DROP TABLE IF EXISTS lab.$scenario"
  writer "$k_vip" --seconds 240 --log "$scratch/acknowledged" >"$scratch/report" 2>&1 &
  writer_pid=$!
  wait_until 20 'first acknowledged writes' wrote_more_than 200
}

writes_go_on() { wait_until "${1:-30}" 'writes go on' wrote_more_than "$(($(acknowledged) + 200))"; }

end_writing() {
  kill "$writer_pid"
  wait "$writer_pid" || true
  writer_pid=''
  sed 's/^/  writer: /' "$scratch/report"
}

longest_gap_ms() { sed -n 's/^longest gap: *\([0-9]*\) ms.*/\1/p' "$scratch/report"; }

expect_gap_at_most() { # milliseconds
  local gap
  gap=$(longest_gap_ms)
  [[ -n $gap ]] || fail 'the writer reported no gap'
  ((gap <= $1)) || fail "longest gap $gap ms, at most $1 ms was to be"
  say "longest gap $gap ms (at most $1 ms)"
}

# --- checks ------------------------------------------------------------------------------------------------------------------------

is_writable() { [[ $(lab sql "$1" 'SELECT @@global.read_only') == 0 ]]; }

check_one_writable() {
  local node writable=()
  for node in "${k_nodes[@]}"; do
    ! is_writable "$node" || writable+=("$node")
  done
  [[ ${writable[*]} == "$(lab primary)" ]] || fail "writable: '${writable[*]}', promoted: '$(lab primary)'"
}

replica_status() {
  case $platform in
    sid) lab sql "$1" 'SHOW REPLICA STATUS\G' ;;
    *) lab sql "$1" 'SHOW SLAVE STATUS\G' ;;
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

check_acknowledged() {
  [[ -f $scratch/acknowledged ]] || return 0
  writer "$(node_address "$(lab primary)")" --verify --log "$scratch/acknowledged" || fail 'acknowledged writes are missing'
}

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
    ! lab run "$node" grep -rlE 'secret-(repl|test|root)' /var/log /var/lib/pacemaker /run/resource-agents 2>/dev/null ||
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
