# shellcheck shell=bash
# What the tests of the built agent are made of: nodes in folders, stand-in cluster tools first in PATH, real servers, and checks.
# A test is called as TEST AGENT [BARE_CLIENT], sources this, and is green when it ends with 0.
#
# A node is a folder below $scratch with a server of its own: address 127.0.0.N, one port for all, as in a real cluster.

k_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
k_resource=p_mysql
k_repl_password='repl-Secret-1'
k_test_password='test-Secret-2'
k_action_timeout_ms=60000

agent_program=$(readlink -f "${1:?the agent that is tested}")
scratch=$(mktemp -d "${TMPDIR:-/tmp}/mysql-prm-ocf.XXXXXX")
export CRM_STAND_IN=$scratch/cluster
out=$scratch/out
err=$scratch/err
rc=0
pid=0
declare -A address_of_node=()

say() { printf '%s %s\n' "$(date +%T.%3N)" "$*"; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# --- beginning and end -------------------------------------------------------------------------------------------------------------

# Processes with this text in their command line; the scratch folder is in that of everything a test starts.
pids_of() {
  local file line
  local -a words
  for file in /proc/[0-9]*/cmdline; do
    { mapfile -d '' -t words <"$file"; } 2>/dev/null || continue
    line="${words[*]} "
    [[ $line != *"$1"* ]] || echo "${file//[!0-9]/}"
  done
}

show_evidence() {
  local log
  printf -- '--- last action: exit code %s\n' "$rc" >&2
  tail -n 20 "$err" >&2 2>/dev/null || true
  for log in "$scratch"/*/agent.log; do
    [[ -f $log ]] || continue
    printf -- '--- %s\n' "$log" >&2
    tail -n 12 "$log" >&2
  done
  for log in "$scratch"/*/error.log; do
    [[ -f $log ]] || continue
    printf -- '--- %s\n' "$log" >&2
    grep -iE 'error|warn' "$log" | tail -n 3 >&2 || true
  done
  printf -- '--- cluster calls\n' >&2
  tail -n 15 "$CRM_STAND_IN/calls" >&2 2>/dev/null || true
}

finish() {
  local status=$? left
  trap - EXIT TERM INT
  ((status == 0)) || show_evidence
  for left in $(jobs -p) $(pids_of "$scratch"); do
    kill -KILL "$left" 2>/dev/null || true
  done
  wait 2>/dev/null || true
  while read -r left; do umount "$left" || true; done < <(awk -v below="$scratch/" 'index($2, below) == 1 { print $2 }' /proc/mounts)
  rm -rf --one-file-system "$scratch" || true
  exit "$status"
}
trap finish EXIT
trap 'exit 143' TERM INT

needs_root() { [[ $EUID -eq 0 ]] || fail 'needs root: servers run under an account of their own'; }

# The agent under the name that Pacemaker runs, and the stand-ins under theirs.
install_agent() {
  local tool
  mkdir -p "$scratch/ocf/resource.d/percona" "$scratch/bin" "$CRM_STAND_IN"
  chmod 755 "$scratch"
  ln -s "$agent_program" "$scratch/ocf/resource.d/percona/mysql"
  for tool in crm_attribute attrd_updater crm_node crm_resource corosync-quorumtool; do
    ln -s "$k_here/tools/crm_stand_in" "$scratch/bin/$tool"
  done
  : >"$CRM_STAND_IN/calls"
  : >"$CRM_STAND_IN/nodes"
}

# --- servers -----------------------------------------------------------------------------------------------------------------------

find_server_program() {
  local path
  for path in /usr/sbin/mariadbd /usr/sbin/mysqld; do
    [[ ! -x $path ]] || { echo "$path" && return; }
  done
  fail 'no server is installed here'
}

find_client_program() { command -v mariadb || command -v mysql || fail 'no client is installed here'; }

k_server=$(find_server_program)
k_client=$(find_client_program)
k_flavor=mysql
! "$k_server" --no-defaults --version 2>/dev/null | grep -qi mariadb || k_flavor=mariadb

# One data directory with the accounts and without any GTID is made for all tests of this machine and copied.
k_template=${TMPDIR:-/tmp}/mysql-prm-ocf-template-$(printf '%s' "$k_server" | cksum | cut -d' ' -f1)

privileges() {
  case $k_flavor in
    mysql) echo 'SELECT, PROCESS, RELOAD, SHUTDOWN, EVENT, SUPER, REPLICATION SLAVE, REPLICATION CLIENT, REPLICATION_SLAVE_ADMIN,
      CONNECTION_ADMIN, SYSTEM_VARIABLES_ADMIN, SESSION_VARIABLES_ADMIN, BINLOG_ADMIN, XA_RECOVER_ADMIN, SERVICE_CONNECTION_ADMIN,
      SYSTEM_USER' ;;
    mariadb) echo 'SELECT, PROCESS, RELOAD, SHUTDOWN, EVENT, SUPER, REPLICATION SLAVE, REPLICATION SLAVE ADMIN, REPLICATION MASTER
      ADMIN, BINLOG MONITOR, BINLOG ADMIN, BINLOG REPLAY, SLAVE MONITOR, READ_ONLY ADMIN, CONNECTION ADMIN' ;;
  esac
}

# What a server needs to be small, on top of any other options.
small_options() {
  case $k_flavor in
    mysql) printf '%s\n' --mysqlx=OFF --innodb-redo-log-capacity=8388608 --innodb-buffer-pool-size=32M ;;
    mariadb) printf '%s\n' --innodb-log-file-size=8388608 --innodb-buffer-pool-size=32M ;;
  esac
}

wait_for_login() { # SOCKET
  local round
  for ((round = 0; round < 600; ++round)); do
    ! "$k_client" --no-defaults -uroot -S "$1" -e 'SELECT 1' >/dev/null 2>&1 || return 0
    sleep 0.1
  done
  fail "no server answers on $1"
}

fill_template() {
  local data=$1 socket=$scratch/template.sock
  install -d -o mysql -g mysql "$data"
  case $k_flavor in
    mysql) "$k_server" --no-defaults --initialize-insecure --user=mysql --datadir="$data" --innodb-redo-log-capacity=8388608 ;;
    mariadb) mariadb-install-db --no-defaults --user=mysql --datadir="$data" --auth-root-authentication-method=socket \
      --skip-test-db --innodb-log-file-size=8388608 ;;
  esac >"$scratch/template.log" 2>&1 || { cat "$scratch/template.log" && fail 'no data directory could be made'; }
  install -d -o mysql -g mysql "$scratch/template"
  socket=$scratch/template/socket
  # shellcheck disable=SC2046 # options without blanks
  "$k_server" --no-defaults --user=mysql --datadir="$data" --socket="$socket" --pid-file="$scratch/template/pid" --skip-networking \
    --skip-log-bin $(small_options) >"$scratch/template.log" 2>&1 &
  local server=$!
  wait_for_login "$socket"
  "$k_client" --no-defaults -uroot -S "$socket" <<SQL
CREATE USER repl@'%' IDENTIFIED BY '$k_repl_password';
GRANT $(privileges) ON *.* TO repl@'%';
CREATE USER test@localhost IDENTIFIED BY '$k_test_password';
GRANT SELECT ON *.* TO test@localhost;
CREATE USER app@'%' IDENTIFIED BY '';
CREATE DATABASE app;
GRANT ALL PRIVILEGES ON app.* TO app@'%';
SQL
  kill -TERM "$server"
  wait "$server"
  rm -f "$data/auto.cnf" "$data"/*bin.* "$data"/*.pid "$data"/*.err
}

copy_template() {
  (
    flock 9
    [[ -d $k_template ]] || { fill_template "$k_template.partial" && mv "$k_template.partial" "$k_template"; }
  ) 9>"$k_template.lock"
  cp -a --sparse=always "$k_template/." "$1"
}

free_port() { # below the ports that the kernel gives to clients: one of those could have it while the server is down
  local candidate
  for ((candidate = 10000 + $$ % 20000; ; ++candidate)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || { echo "$candidate" && return; }
  done
}

server_options() { # NODE
  local dir=$scratch/$1
  cat <<CONFIG
[mysqld]
user = mysql
bind_address = ${address_of_node[$1]}
port = $port
skip_name_resolve = ON
server_id = ${1//[!0-9]/}
report_host = $1
log_bin = binlog
relay_log = relay
relay_log_recovery = ON
sync_binlog = 1
sync_relay_log = 1
innodb_flush_log_at_trx_commit = 1
tmpdir = $dir/tmp
secure_file_priv = $dir/tmp
general_log = OFF
general_log_file = $dir/general.log
CONFIG
  small_options | sed 's/^--//; s/=/ = /; s/^innodb-/loose-innodb-/'
  case $k_flavor in
    mysql) printf 'gtid_mode = ON\nenforce_gtid_consistency = ON\nlog_replica_updates = ON\n' ;;
    mariadb) printf 'gtid_strict_mode = ON\nlog_slave_updates = ON\nbinlog_format = ROW\nrpl_semi_sync_master_wait_point = AFTER_SYNC\n' ;;
  esac
}

# make_node NODE [empty]: a node named like db1 with a server that is configured and not running, with data unless `empty`.
make_node() {
  local node=$1 dir=$scratch/$1
  address_of_node[$node]=127.0.0.${node//[!0-9]/}
  install -d -o mysql -g mysql "$dir" "$dir/data" "$dir/tmp" "$dir/run"
  install -d "$dir/rsctmp"
  server_options "$node" >"$dir/my.cnf"
  printf '[replication]\nuser=repl\npassword=%s\n\n[test]\nuser=test\npassword=%s\n' "$k_repl_password" "$k_test_password" \
    >"$dir/credentials"
  chmod 600 "$dir/credentials"
  [[ ${2-} == empty ]] || copy_template "$dir/data"
  echo "$node" >>"$CRM_STAND_IN/nodes"
  mkdir -p "$CRM_STAND_IN/attribute/forever/$node"
  printf '%s' "${address_of_node[$node]}" >"$CRM_STAND_IN/attribute/forever/$node/${k_resource}_mysql_master_IP"
}

sql() { # NODE STATEMENT
  "$k_client" --no-defaults -N -B -uroot -S "$scratch/$1/run/socket" -e "$2"
}

is_writable() { [[ $(sql "$1" 'SELECT @@global.read_only') == 0 ]]; }

executed() {
  case $k_flavor in
    mysql) sql "$1" 'SELECT @@global.gtid_executed' ;;
    mariadb) sql "$1" 'SELECT @@global.gtid_binlog_pos' ;;
  esac
}

replica_status() { # with the names of the columns, which sql leaves out
  local statement='SHOW REPLICA STATUS'
  [[ $k_flavor == mysql ]] || statement='SHOW SLAVE STATUS'
  "$k_client" --no-defaults -E -uroot -S "$scratch/$1/run/socket" -e "$statement"
}

follows() { # REPLICA PRIMARY
  local status
  status=$(replica_status "$1") || return 1
  grep -qE "(Source|Master)_Host: ${address_of_node[$2]}\$" <<<"$status" && grep -qE '(Replica|Slave)_IO_Running: Yes' <<<"$status" &&
    grep -qE '(Replica|Slave)_SQL_Running: Yes' <<<"$status"
}

is_closed() { # as a replica has to be
  case $k_flavor in
    mysql) [[ $(sql "$1" 'SELECT @@global.super_read_only') == 1 ]] ;;
    mariadb) ! is_writable "$1" ;;
  esac
}

has_received() { # REPLICA PRIMARY: everything, applied or not
  local file size status
  read -r file size _ < <(sql "$2" 'SHOW BINARY LOGS' | tail -n 1)
  status=$(replica_status "$1")
  grep -qE " (Source|Master)_Log_File: $file\$" <<<"$status" && grep -qE "Read_(Source|Master)_Log_Pos: $size\$" <<<"$status"
}

same_data() { [[ $(sql "$1" 'CHECKSUM TABLE app.t') == "$(sql "$2" 'CHECKSUM TABLE app.t')" ]]; }

same_position() { [[ $(executed "$1") == "$(executed "$2")" ]]; }

# Everything that a change of a folder's files would change.
picture_of() {
  find "$1" -mindepth 1 \( -name agent.log -o -name rsctmp -o -name '*.state*' \) -prune -o -printf '%P %y %m %u:%g %s %T@ %l\n' | LC_ALL=C sort
}

# A killed process may answer for a moment yet.
kill_server() {
  local process
  process=$(server_pid "$1")
  kill -KILL "$process"
  wait_until 10 "process $process is gone" is_gone "$process"
}
is_gone() { # a zombie whose other threads still run is not
  local -a threads=("/proc/$1/task"/*)
  [[ ! -e /proc/$1 ]] || { ((${#threads[@]} == 1)) && [[ $(<"/proc/$1/stat") == *') Z '* ]]; }
}

server_pid() { pids_of "--datadir=$scratch/$1/data "; }

# --- the agent ---------------------------------------------------------------------------------------------------------------------

# The environment that Pacemaker gives the instance on a node, as NAME=VALUE lines in the array `environment`.
# Later lines win, so callers append theirs; NAME= alone sets a variable to nothing, -NAME takes it away.
environment=()
set_environment() {
  local node=$1 dir=$scratch/$1
  environment=(
    PATH="$scratch/bin:/usr/sbin:/usr/bin:/sbin:/bin" LC_ALL=C CRM_STAND_IN="$CRM_STAND_IN"
    OCF_ROOT="$scratch/ocf" OCF_RA_VERSION_MAJOR=1 OCF_RA_VERSION_MINOR=1 OCF_RESOURCE_INSTANCE="$k_resource"
    OCF_RESOURCE_TYPE=mysql OCF_RESOURCE_PROVIDER=percona OCF_EXIT_REASON_PREFIX=ocf-exit-reason:
    HA_RSCTMP="$dir/rsctmp" HA_LOGFACILITY=none HA_LOGFILE="$dir/agent.log"
    OCF_RESKEY_binary="$k_server" OCF_RESKEY_config="$dir/my.cnf" OCF_RESKEY_datadir="$dir/data" OCF_RESKEY_log="$dir/error.log"
    OCF_RESKEY_pid="$dir/run/pid" OCF_RESKEY_socket="$dir/run/socket" OCF_RESKEY_replication_port="$port"
    OCF_RESKEY_credentials_file="$dir/credentials" OCF_RESKEY_extra_transactions_dir="$dir/extra"
    OCF_RESKEY_crm_feature_set=3.16.1 OCF_RESKEY_CRM_meta_timeout="$k_action_timeout_ms" OCF_RESKEY_CRM_meta_on_node="$node"
    OCF_RESKEY_CRM_meta_on_node_uuid="${node//[!0-9]/}" OCF_RESKEY_CRM_meta_clone=0 OCF_RESKEY_CRM_meta_clone_max=2
    OCF_RESKEY_CRM_meta_clone_node_max=1 OCF_RESKEY_CRM_meta_globally_unique=false OCF_RESKEY_CRM_meta_notify=true
    OCF_RESKEY_CRM_meta_promoted_max=1 OCF_RESKEY_CRM_meta_promoted_node_max=1
    OCF_RESKEY_CRM_meta_master_max=1 OCF_RESKEY_CRM_meta_master_node_max=1
  )
}

# shellcheck disable=SC2034 # for tests
k_plain=(-OCF_RESKEY_CRM_meta_clone -OCF_RESKEY_CRM_meta_clone_max -OCF_RESKEY_CRM_meta_clone_node_max
  -OCF_RESKEY_CRM_meta_globally_unique -OCF_RESKEY_CRM_meta_notify -OCF_RESKEY_CRM_meta_promoted_max
  -OCF_RESKEY_CRM_meta_promoted_node_max -OCF_RESKEY_CRM_meta_master_max -OCF_RESKEY_CRM_meta_master_node_max)
k_recurring=(OCF_RESKEY_CRM_meta_interval=2000)

# begin NODE ACTION [NAME=VALUE | -NAME]...: starts the action and goes on; $pid is its process. The agent is this shell's own child,
# as it is pacemaker-execd's: it takes its parent for the running Pacemaker.
begin() {
  local node=$1 action=$2 change
  shift 2
  local -A variables=()
  set_environment "$node"
  for change in "${environment[@]}" "$@"; do
    case $change in
      -*) unset "variables[${change#-}]" ;;
      *) variables[${change%%=*}]=${change#*=} ;;
    esac
  done
  local -a assignments=()
  for change in "${!variables[@]}"; do assignments+=("$change=${variables[$change]}"); done
  env -i "${assignments[@]}" "${k_wrap[@]}" "$scratch/ocf/resource.d/percona/mysql" "$action" </dev/null >"$out" 2>"$err" &
  pid=$!
}
k_wrap=() # a program to run the agent under, such as strace

# end SECONDS: waits for what `begin` started and sets $rc; an action that outlives its bound fails the test.
end() {
  local dog first=''
  sleep "$1" &
  dog=$!
  rc=0
  wait -n -p first "$pid" "$dog" || rc=$?
  if [[ $first == "$dog" ]]; then
    kill -KILL "$pid"
    fail "the action was still running after $1 s"
  fi
  { kill -KILL "$dog" && wait "$dog"; } 2>/dev/null || true
}

# agent NODE ACTION [NAME=VALUE | -NAME]...: runs it, sets $rc, leaves $out and $err
agent() {
  begin "$@"
  end $((k_action_timeout_ms / 1000 + 5))
}

# expect CODE NODE ACTION [NAME=VALUE | -NAME]...
expect() {
  local wanted=$1
  shift
  agent "$@"
  ((rc == wanted)) || fail "$1: $2 ended with $rc, expected $wanted"
}

monitor() { expect "$1" "$2" monitor "${k_recurring[@]}" "${@:3}"; }

# What a monitor looks at once a minute is looked at by the next one.
make_check_due() { sed -i 's/^verified=.*/verified=0/' "$scratch/$1"/rsctmp/*.state; }

reason() { sed -n 's/^ocf-exit-reason://p' "$err"; }

# expect_reason PATTERN: exactly one exit reason, at most 128 characters, that matches.
expect_reason() {
  [[ $(grep -c '^ocf-exit-reason:' "$err") == 1 ]] || fail "not exactly one exit reason: $(<"$err")"
  local text
  text=$(reason)
  ((${#text} <= 128)) || fail "an exit reason of ${#text} characters: $text"
  grep -qE -- "$1" <<<"$text" || fail "exit reason '$text' does not match '$1'"
  say "reason: $text"
}

# --- notifications -----------------------------------------------------------------------------------------------------------------

# The lists of one transition: transition active=... promoted=... unpromoted=... promote=... demote=... start=... stop=... ; those not
# given are empty, which Pacemaker writes as one blank. Sets the array `lists`; both spellings, as Pacemaker 2.1 and 3.0 do.
lists=()
transition() {
  local -A nodes=([active]='' [promoted]='' [unpromoted]='' [promote]='' [demote]='' [start]='' [stop]='')
  local list node resources prefix=OCF_RESKEY_CRM_meta_notify
  for list in "$@"; do nodes[${list%%=*}]=${list#*=}; done
  nodes[master]=${nodes[promoted]}
  nodes[slave]=${nodes[unpromoted]}
  lists=("${prefix}_inactive_resource= " "${prefix}_available_uname=$(paste -sd' ' "$CRM_STAND_IN/nodes")")
  for list in "${!nodes[@]}"; do
    resources=''
    for node in ${nodes[$list]}; do resources+="${resources:+ }$k_resource:$((${node//[!0-9]/} - 1))"; done
    lists+=("${prefix}_${list}_uname=${nodes[$list]:- }" "${prefix}_${list}_resource=${resources:- }")
  done
}

# notify TYPE OPERATION NODE...: the notification of the transition on these nodes. A server that stands still for a second makes it
# end with 1, which Pacemaker ignores: what comes of that is repeated once.
k_out_of_time='in time|answer|timed out|\(110\)|error: 110'
notify() {
  local -a event=("${lists[@]}" "OCF_RESKEY_CRM_meta_notify_type=$1" "OCF_RESKEY_CRM_meta_notify_operation=$2")
  local node
  for node in "${@:3}"; do
    agent "$node" notify "${event[@]}"
    ((rc != 0)) || continue
    [[ $rc == 1 && $(reason) =~ $k_out_of_time ]] || fail "$node: notify ended with $rc, expected 0: $(reason)"
    say "$node: notify of $1 $2 is repeated, for it ended with 1: $(reason)"
    expect 0 "$node" notify "${event[@]}"
  done
}

# --- the cluster -------------------------------------------------------------------------------------------------------------------

calls() { cat "$CRM_STAND_IN/calls"; }
forget_calls() { : >"$CRM_STAND_IN/calls"; }
cluster_is() { printf '%s' "$1" >"$CRM_STAND_IN/mode"; }
score_of() { cat "$CRM_STAND_IN/attribute/reboot/$1/master-$k_resource" 2>/dev/null || echo none; }
readable_of() { cat "$CRM_STAND_IN/attribute/reboot/$1/readable" 2>/dev/null || echo none; }
kept_out_of() { cat "$CRM_STAND_IN/attribute/reboot/$1/${k_resource}_kept_out" 2>/dev/null || true; }
record() { cat "$CRM_STAND_IN/property/mysql_replication/${k_resource}_REPL_INFO" 2>/dev/null || true; }
recorded_primary() { record | cut -d'|' -f5; }

# expect_calls LINE...: exactly these calls, in this order; a line is a bash pattern.
expect_calls() {
  local -a made=()
  local i
  mapfile -t made <"$CRM_STAND_IN/calls"
  for ((i = 0; i < $# || i < ${#made[@]}; ++i)); do
    # shellcheck disable=SC2053 # a pattern is meant
    [[ ${made[i]-nothing} == ${*:i+1:1} ]] || fail "cluster call $((i + 1)): '${made[i]-nothing}', expected '${*:i+1:1}'"
  done
}

# The watcher of a new primary asks once whether a guarantee is left that nobody keeps: after the elections, whenever it looks first.
wait_for_guarantee_asked() { # TIMES since calls were forgotten
  wait_until 10 'the watcher has asked for the guarantee' guarantee_asked "$1"
}
guarantee_asked() { (($(grep -cxF -- "crm_attribute -t crm_config -s mysql_replication -n ${k_resource}_SYNC -G -q" "$CRM_STAND_IN/calls") >= $1)); }

expect_no_calls() { [[ ! -s $CRM_STAND_IN/calls ]] || fail "the cluster was called: $(calls)"; }

# Without those that a machine causes that stands still for a moment.
warnings_in() { grep -h WARNING "$@" | grep -vE 'a session does not end|has not answered for'; } # LOG...

expect_equal() { # WHAT FOUND WANTED
  [[ $2 == "$3" ]] || fail "$1: '$2', expected '$3'"
}

wait_until() { # SECONDS WHAT COMMAND...
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || fail "not in time: $what"
    sleep 0.1
  done
}

# --- whole moves -------------------------------------------------------------------------------------------------------------------

# What Pacemaker does to make NODE primary while the others of ACTIVE are up; promoted is who was it before.
promote_node() { # NODE ACTIVE [PROMOTED]
  transition active="$2" promoted="${3-}" unpromoted="$2" promote="$1" ${3:+demote="$3"}
  local active
  read -ra active <<<"$2"
  notify pre promote "${active[@]}"
  expect 0 "$1" promote "${lists[@]}"
  notify post promote "${active[@]}"
}

# Of two nodes, when the server of the first has died.
replace_primary() { # OLD NEW
  transition active='db1 db2' promoted="$1" unpromoted="$2" demote="$1" stop="$1" promote="$2"
  expect 0 "$1" demote "${lists[@]}"
  expect 0 "$1" stop "${lists[@]}"
  notify pre promote "$2"
  expect 0 "$2" promote "${lists[@]}"
  notify post promote "$2"
}

# expect_joined REPLICA PRIMARY: the next monitors see to it that it replicates, and nothing is held against it.
expect_joined() {
  local end=$((SECONDS + 20)) next
  monitor 0 "$1"
  next=$((SECONDS + 3))
  until follows "$1" "$2" 2>/dev/null; do
    ((SECONDS < end)) || fail "not in time: $1 follows $2"
    sleep 0.1
    ((SECONDS >= next)) || continue
    monitor 0 "$1"
    next=$((SECONDS + 3))
  done
  wait_until 20 "$1 has what $2 has" same_data "$2" "$1"
  is_closed "$1" || fail "$1 is open to writes"
  monitor 0 "$1"
  expect_equal "why $1 is kept out" "$(kept_out_of "$1")" ''
  expect_equal "score and readable of $1" "$(score_of "$1") $(readable_of "$1")" '100 1'
}

# expect_kept_out NODE GTID: read-only, not replicating, not promotable, and what it holds alone is named and saved.
expect_kept_out() {
  local reason folder
  reason=$(kept_out_of "$1")
  say "$1 is kept out: $reason"
  grep -qF -- "$2" <<<"$reason" || fail "the reason '$reason' does not name $2"
  folder=$(sed -n 's/.*(saved in \([^)]*\)).*/\1/p' <<<"$reason")
  [[ -n $folder ]] || fail "the reason '$reason' names no copy"
  grep -qF -- "$2" "$folder/transactions.txt" || fail "the note of the copy does not name $2"
  expect_equal "score and readable of $1" "$(score_of "$1") $(readable_of "$1")" '-INFINITY 0'
  is_closed "$1" || fail "$1 is open to writes"
  ! grep -qE '(Replica|Slave)_IO_Running: (Yes|Connecting)' <<<"$(replica_status "$1")" || fail "$1 receives"
}

# gtids_only_on NODE OTHER: MariaDB: the last of them
gtids_only_on() {
  case $k_flavor in
    mysql) sql "$1" "SELECT GTID_SUBTRACT('$(executed "$1" | tr -d '\n')', '$(executed "$2" | tr -d '\n')')" ;;
    mariadb) executed "$1" ;;
  esac
}

# Two nodes, db1 primary with a table, db2 its replica.
two_nodes() {
  make_node db1
  make_node db2
  expect 0 db1 start
  expect 0 db2 start
  promote_node db1 'db1 db2'
  monitor 8 db1
  monitor 0 db2
  sql db1 'CREATE TABLE app.t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20)); INSERT INTO app.t (v) VALUES (1), (2), (3)'
  wait_until 20 'db2 has what db1 has' same_data db1 db2
}

needs_root
install_agent
port=$(free_port)

# start_fails PATTERN NODE [NAME=VALUE]...: with such a reason, and nothing is left or changed.
start_fails() {
  local pattern=$1 node=$2
  shift 2
  forget_calls
  expect 1 "$node" start "$@"
  expect_reason "$pattern"
  [[ -z $(server_pid "$node") ]] || fail 'a server is left'
  ! grep -q -- --update "$CRM_STAND_IN/calls" || fail "the cluster was changed: $(calls)"
  expect 7 "$node" monitor
}
