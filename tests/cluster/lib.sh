# shellcheck shell=bash
# What scenarios are made of: writing through the address, faults by the laboratory's verbs, and the checks that follow each of them.
# Sourced by `scenario`, which sets platform, scenario, scratch, cluster, gtid, semi_sync, disks.

k_vip=10.42.0.100
k_nodes=(db1 db2 db3)
k_agent=/usr/lib/ocf/resource.d/percona/mysql
k_secrets='lab-(repl|test|app)-secret' # the passwords of the laboratory are recognisable; this expression is none of them
writer_pid=''

# Both tools configure a tested cluster: one platform each.
tool() {
  case $platform in
    sid) echo pcs ;;
    *) echo crmsh ;;
  esac
}

lab() { "$k_lab" --name "$cluster" "$@"; }
say() { printf '%s %s\n' "$(date +%T.%3N)" "$*"; }
fail() {
  say "FAILED: $*" | tee "$scratch/failure" >&2
  exit 1
}

# What was to happen within a time has not happened: a fault of the product, or of a machine or a Pacemaker that was busy. A new cluster
# tells: a scenario may be late once, and tests/run says so at its end. What must never happen is never tried again.
k_late=3
late() {
  say "LATE: $*" | tee "$scratch/failure" >&2
  exit "$k_late"
}

# Whatever happened, the next scenario finds a whole cluster, which is a new one then; what happened is shown.
finish() {
  local status=$1 node
  [[ -z $writer_pid ]] || lab kill client mysql-prm-writer TERM || true
  if ((status != 0)); then
    lab status || true
    for node in "${k_nodes[@]}"; do
      say "--- $node: what the agent said"
      lab logs "$node" pacemaker 2>/dev/null | grep -aE '^[A-Z][a-z]+ [0-9]+ [0-9:.]+ mysql(-watch)?\(p_mysql\)|ocf-exit-reason|Result of' | tail -n 60 || true
      say "--- $node: the end of its server's log"
      lab run "$node" sh -c 'tail -n 15 /var/log/mysql/*.log' 2>/dev/null || true
    done
    [[ $scenario == up ]] || raise >/dev/null || true
    cat "$scratch/failure" 2>/dev/null || true # what is cut short is cut at the front
  fi
  rm -rf "$scratch"
  if ((status == k_late)) && [[ -z ${MYSQL_PRM_TEST_AGAIN-} && $scenario != up ]]; then
    say "once more, on a new cluster: $scenario"
    MYSQL_PRM_TEST_AGAIN=yes exec "$k_cluster_tests/scenario" "$platform" "$scenario"
  fi
  ((status != k_late)) || say "FAILED: $scenario was late twice"
  exit "$status"
}

raise() {
  lab down
  lab up "$platform" --no-build --gtid "$gtid" --semi-sync "$semi_sync" --disks "$disks" --tool "$(tool)"
}

# wait_until SECONDS WHAT COMMAND...: until the command succeeds
wait_until() {
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || late "not within $seconds s: $what"
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
  writer "$k_vip" --interval-ms 2 --seconds 590 >"$scratch/report" 2>&1 </dev/null &
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

# Longest time without an acknowledgement since then, so far.
gap_since_ms() { # WALL-CLOCK-MICROSECONDS
  lab client awk -v since="$1" '
    $1 == "ok" && $3 >= since - 1000000 { if (last && $4 - last > gap) gap = $4 - last; last = $4 }
    END { printf "%d\n", gap / 1000 }' "$k_writer_log"
}

longest_gap_ms() { sed -n 's/^longest_gap_ms \([0-9]*\).*/\1/p' "$scratch/report"; }

expect_gap_at_most() { # MILLISECONDS [BAR]: fails above the first; the second is what is aimed at on an idle machine
  local gap
  gap=$(longest_gap_ms)
  [[ -n $gap ]] || fail 'the writer reported no gap'
  ((gap <= $1)) || late "longest gap $gap ms, at most $1 ms was to be"
  say "longest gap $gap ms (bar ${2:-$1} ms, fails above $1 ms)"
}

# --- what happened when --------------------------------------------------------------------------------------------------------------

k_timestamp='[A-Z][a-z]{2} +[0-9]+ [0-9:]+\.[0-9]+'

# first_time NODE LOG SINCE_US REGEX: when the log says so for the first time since then, in microseconds
first_time() {
  local stamp us
  while read -r stamp; do
    us=$(to_us "$stamp")
    ((us < $3)) || { echo "$us" && return; }
  done < <(lab logs "$1" "$2" | grep -aE "$4" | grep -aoE "^$k_timestamp" | tail -n 200)
}

# logged NODE SINCE_US REGEX: Pacemaker's log, with what the agent says, has it since then
logged() { [[ -n $(first_time "$1" pacemaker "$2" "$3") ]]; }

earliest() { sort -n | head -n 1; }

# From the first survivor's new membership to the end of the promotion. Without semi-synchronous replication Pacemaker may try the one first
# that has received less: it gives way to the other, and its server is restarted meanwhile.
expect_promotion_after_membership_at_most() { # MILLISECONDS BAR; `old` and `since` are set
  local node membership promotion ms limit=$1
  for node in "${k_nodes[@]}"; do
    [[ $node != "$old" ]] || continue
    first_time "$node" corosync "$since" 'A new membership .* was formed' >>"$scratch/memberships"
    first_time "$node" pacemaker "$since" 'Result of promote operation for p_mysql on [^ ]+: [oO][kK]' >>"$scratch/promotions"
    ! logged "$node" "$since" 'gives up this promotion: [^ ]+ received transactions that' || limit=$(($1 + 3000))
  done
  membership=$(earliest <"$scratch/memberships")
  promotion=$(earliest <"$scratch/promotions")
  [[ -n $membership && -n $promotion ]] || fail "no times: membership '$membership', promotion '$promotion'"
  ms=$(((promotion - membership) / 1000))
  ((ms <= limit)) || late "promoted $ms ms after the membership change, at most $limit ms was to be"
  say "promoted $ms ms after the membership change (bar $2 ms, fails above $limit ms), $(((membership - since) / 1000)) ms after the cut"
}

# A client on the primary's own node, which no cut reaches: what it is told there, it must be told before another one takes writes.
# Without fencing and without semi-synchronous replication nothing but its lease keeps the old primary from that.
k_inside_log=/var/log/writer-inside.log
begin_writing_inside() { # NODE
  lab client cat /etc/mysql-prm/app-password | lab run "$1" sh -c 'umask 077; cat >/run/app-password'
  lab run "$1" rm -f "$k_inside_log"
  lab sql "$1" "DROP TABLE IF EXISTS lab.inside"
  lab run "$1" timeout 400 mysql-prm-writer --host 127.0.0.1 --password-file /run/app-password --table inside --log "$k_inside_log" \
    --interval-ms 1 >/dev/null 2>&1 </dev/null &
  wait_until 20 'the client inside writes' eval "(( \$(lab run $1 grep -c '^ok' $k_inside_log) > 100 ))"
}

# Whoever it was, and whoever leads since: until the old one was opened again, if it was.
expect_closed_before_opened() { # OLD-PRIMARY ['or nobody opened']
  local last first again node
  lab kill "$1" mysql-prm-writer TERM || true
  for node in "${k_nodes[@]}"; do # what one of them took it may hold alone
    lab sql "$node" "SELECT CAST(UNIX_TIMESTAMP(MIN(written)) * 1000000 AS UNSIGNED) FROM lab.$scenario
      WHERE server <> ${1#db} AND written > FROM_UNIXTIME($since / 1000000)" | grep -v NULL >>"$scratch/firsts" || true
  done
  first=$(earliest <"$scratch/firsts")
  if [[ -z $first && -n ${2-} ]]; then say 'nobody else took writes' && return; fi
  again=$(first_time "$1" pacemaker "$since" 'takes writes as primary')
  last=$(lab run "$1" awk -v again="${again:-9e18}" '$1 == "ok" && $3 < again { last = $3 } END { print last }' "$k_inside_log")
  [[ $last =~ ^[0-9]+$ && $first =~ ^[0-9]+$ ]] || fail "no times: last '$last', first '$first'"
  ((last < first)) || fail "a client of $1 had a write acknowledged $(((last - first) / 1000)) ms after another one had taken its first"
  say "last write on $1 $(((last - since) / 1000)) ms after the fault, $(((first - last) / 1000)) ms before the first elsewhere"
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
    { [[ $gtid == on ]] || grep -qE 'Using_Gtid: No|Auto_Position: 0' <<<"$status"; } &&
    grep -qE '(Replica|Slave)_IO_Running: Yes' <<<"$status" && grep -qE '(Replica|Slave)_SQL_Running: Yes' <<<"$status"
}

has_address() { [[ $(lab primary) == "$1" ]] && lab run "$1" ip -o address show to "$k_vip" | grep -q .; }

# shellcheck disable=SC2016 # expanded in the node
k_look='for pid in $(pgrep -f "IPaddr2 monitor"); do grep -qzx "OCF_RESKEY_ip=$1" "/proc/$pid/environ" && exit; done; exit 1'
address_is_looked_at() { lab run "$1" timeout 15 sh -c "until ( $k_look ) 2>/dev/null; do sleep 0.01; done" look "$k_vip"; }

no_failed_action() {
  local view
  view=$(lab run "$(lab primary)" crm_mon -1 --output-as=xml) && [[ $view == *'<summary>'* ]] &&
    ! grep -qE '<failure |fail-count="[^0]' <<<"$view"
}

# Seen on Pacemaker 3.0.3 and 2.1.5: a daemon ends, and pacemakerd does not start it again ("Not respawning ... until cluster returns",
# though the cluster was never away): the CIB manager that was killed, or the attribute manager that ended for that. Such a node can tell
# the cluster nothing, for good; nothing but a restart helps.
has_half_a_pacemaker() { # NODE
  local end=$((SECONDS + 8))
  until ((SECONDS >= end)); do
    ! has_all_daemons "$1" || return 1
    sleep 0.5
  done
  lab run "$1" true 2>/dev/null # one that was fenced comes back by itself
}
restart_node() {
  say "by hand: Pacemaker has not started its daemons on $1 again, the node is restarted"
  lab off "$1" && lab on "$1"
}
has_all_daemons() {
  local count
  count=$(lab run "$1" pgrep -cx 'pacemaker-.*' 2>/dev/null) || true # none, or the node is off
  ((${count:-0} >= 6))
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

applied_place() {
  local words='Relay_Master_Log_File|Exec_Master_Log_Pos'
  [[ $platform != sid ]] || words='Relay_Source_Log_File|Exec_Source_Log_Pos'
  replica_status "$1" | awk -v words="^ *($words)\\:$" '$1 ~ words { print $2 }' | xargs
}

log_end() {
  local words='MASTER'
  [[ $platform != sid ]] || words='BINARY LOG'
  lab sql "$1" "SHOW $words STATUS" | cut -f 1,2 | xargs
}

has_caught_up() { # NODE PRIMARY
  if [[ $gtid == on ]]; then
    [[ $(executed "$1") == "$(executed "$2")" ]]
  else
    local place
    place=$(applied_place "$1")
    [[ $place && $place == "$(log_end "$2")" ]]
  fi
}

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

# After the primary died with asynchronous replication its last commits may have reached nobody. Then it is kept out and says so.
# With file and position a replica that received less than the new primary is kept out as well, by design. Whatever of this
# happened: every acknowledged row is on the new primary, or on the node that is kept out because it has more. Nodes that are kept
# out are provisioned again for the scenarios that follow.
check_after_crash() { # OLD-PRIMARY
  local old=$1 primary node
  local -a kept=()
  lab settle 90 everybody || late 'the cluster does not settle'
  primary=$(lab primary)
  for node in "${k_nodes[@]}"; do
    [[ $node != "$primary" ]] || continue
    wait_until 30 "$node follows $primary or says why not" joined_or_explained "$node" "$old"
    [[ -z $(kept_out_reason "$node") ]] || kept+=("$node")
  done
  if ((${#kept[@]} > 0)); then
    check_one_writable
    check_losses "$old" "$primary"
    for node in "${kept[@]}"; do
      say "$node is kept out: $(kept_out_reason "$node")"
      provision_again "$node"
    done
    rm -f "$scratch/report" # what is missing was accounted for
  fi
  check_cluster
}

joined_or_explained() { # NODE OLD-PRIMARY
  local reason
  reason=$(kept_out_reason "$1")
  case $gtid/$reason in
    */) follows "$1" "$(lab primary)" ;;
    on/'holds transactions'* | off/'was the primary and its log goes on'*) [[ $1 == "$2" ]] ;;
    off/'received less than'*) [[ $1 != "$2" ]] ;;
    *) return 1 ;;
  esac
}

ids_on() { lab sql "$1" "SELECT id FROM lab.$scenario" | LC_ALL=C sort; }
logged_ids() { lab client awk "$1 && \$2 != 0 { print \$2 }" "$k_writer_log" | LC_ALL=C sort; }
one_line() { tr '\n' ' ' <<<"$1" | cut -c 1-200; }

# Every acknowledged row is on the new primary or, if the old one is kept out, on that: only the newest of its rows, because
# replication keeps the order. Neither has a row that was never sent.
check_losses() { # OLD-PRIMARY NEW-PRIMARY
  local old=$1 primary=$2 lost gone foreign last hole
  logged_ids '$1 == "ok"' >"$scratch/acknowledged"
  logged_ids 1 >"$scratch/attempted"
  ids_on "$primary" >"$scratch/new"
  : >"$scratch/old"
  [[ -z $(kept_out_reason "$old") ]] || ids_on "$old" >"$scratch/old"
  [[ -s $scratch/acknowledged && -s $scratch/new ]] || fail 'the rows cannot be compared'
  lost=$(LC_ALL=C comm -23 "$scratch/acknowledged" "$scratch/new")
  gone=$(LC_ALL=C comm -23 - "$scratch/old" <<<"$lost" | sed '/^$/d')
  foreign=$(LC_ALL=C sort -u "$scratch/new" "$scratch/old" | LC_ALL=C comm -13 "$scratch/attempted" -)
  last=$(lab sql "$primary" "SELECT COALESCE(MAX(id), 0) FROM lab.$scenario WHERE server = ${old#db}")
  hole=$(awk -v last="$last" '$1 != "" && $1 + 0 < last + 0' <<<"$lost")
  [[ $semi_sync == off || -z $lost ]] || fail "semi-synchronous replication was on, and acknowledged rows are missing on $primary: $(one_line "$lost")"
  [[ -z $gone ]] || fail "acknowledged rows are neither on $primary nor on $old: $(one_line "$gone")"
  [[ -z $hole ]] || fail "acknowledged rows are missing on $primary, which has later ones of $old: $(one_line "$hole")"
  [[ -z $foreign ]] || fail "rows that were never sent: $(one_line "$foreign")"
  say "acknowledged: $(wc -l <"$scratch/acknowledged"), of them on $old alone: $(sed '/^$/d' <<<"$lost" | wc -l)"
}

# One writable server with the address, everybody else replicates from it, equal data, nothing acknowledged is lost.
check_cluster() {
  lab settle 60 everybody || late 'the cluster does not settle'
  check_one_writable
  check_equal_data
  check_acknowledged
  check_no_passwords
}

# --- semi-synchronous replication ------------------------------------------------------------------------------------------------------

record() { lab run "$1" crm_attribute -t crm_config -s mysql_replication -n p_mysql_SYNC -G -q; }
record_is() { [[ $(record "$primary") == $1 ]]; } # a pattern; `primary` is set
expect_guarantee_with_both() { wait_until 60 'the guarantee holds with both replicas' record_is "on|*|1|$primary|db?:?:*,db?:?:*"; }

# What the primary sends to its replicas on the connections that they have is lost, or what is more than a megabyte per second: nobody
# receives or acknowledges anything, and nobody knows. New connections work.
cut_replication() { # NODE [WHAT]
  local ports port rules=''
  ports=$(lab sql "$1" "SELECT SUBSTRING_INDEX(host, ':', -1) FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")
  for port in $ports; do rules+="tcp sport 3306 tcp dport $port ${2-} drop; "; done # each its own limit
  lab run "$1" nft -f - <<<"table inet unheard { chain out { type filter hook output priority 0; $rules }; }"
}
slow_replication() { cut_replication "$1" 'limit rate over 1 mbytes/second'; }
mend_replication() { lab run "$1" nft delete table inet unheard; }

# Somebody's SELECT SLEEP runs there, behind what came before it in the same session.
sleeps_in() { # NODE
  (($(lab sql "$1" "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(%' AND id <> CONNECTION_ID()") > 0))
}

# `old` is set; asked once, since it may be nobody for a moment.
is_promoted_elsewhere() {
  local node
  node=$(lab primary) && [[ $node == db* && $node != "$old" ]]
}

# Sets primary and replicas.
tell_roles() {
  local node
  primary=$(lab primary)
  replicas=()
  for node in "${k_nodes[@]}"; do [[ $node == "$primary" ]] || replicas+=("$node"); done
}

# Sets primary and replicas.
begin_under_guarantee() {
  begin_writing
  begin_crowd
  tell_roles
  expect_guarantee_with_both
}

# A server in the client's machine, which is no node of the cluster.
k_foreign=/tmp/foreign
# shellcheck disable=SC2016 # expanded there
end_foreign() { lab client sh -c '[ ! -e "$1/pid" ] || kill -9 "$(cat "$1/pid")"; rm -rf "$1"' end "$k_foreign"; }

waiting_sessions() { # NODE
  lab sql "$1" "SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync_%_wait_sessions'" | cut -f 2
}

crowd=() k_crowd_log=/var/log/writer-crowd
begin_crowd() {
  local i
  crowd=()
  for i in 1 2 3 4; do
    lab client rm -f "$k_crowd_log-$i.log"
    lab client timeout 120 mysql-prm-writer --host "$k_vip" --password-file /etc/mysql-prm/app-password --table "crowd_$i" \
      --log "$k_crowd_log-$i.log" --interval-ms 5 >/dev/null 2>&1 </dev/null &
    crowd+=($!)
  done
}
end_crowd() {
  local i
  wait "${crowd[@]}" || true
  for i in 1 2 3 4; do
    lab client mysql-prm-writer --host "$(node_address "$(lab primary)")" --password-file /etc/mysql-prm/app-password \
      --table "crowd_$i" --log "$k_crowd_log-$i.log" --verify >"$scratch/crowd" || fail "writes of client $i are missing: $(cat "$scratch/crowd")"
  done
}

# --- passwords ---------------------------------------------------------------------------------------------------------------------

# shellcheck disable=SC2016 # expanded in the node
k_find_secrets='
  for try in 1 2 3; do # a file that goes away meanwhile is an error to grep
    grep -rlaE "$1" /var/log /var/lib/pacemaker /run/resource-agents 2>/dev/null; status=$?
    [ $status -eq 2 ] || break
    sleep 0.2
  done
  cibadmin --query >/run/cib.xml || exit
  ! grep -laE "$1" /run/cib.xml || exit # with the exit reasons, which are in no file
  [ $status -ne 1 ] || echo none'

# Nothing that a person or a program can read may hold a password. What could not be looked at is no proof.
check_no_passwords() {
  local node found
  for node in "${k_nodes[@]}"; do
    found=$(lab run "$node" sh -c "$k_find_secrets" find "$k_secrets" 2>&1) || true
    [[ $found == none ]] || fail "passwords are to be found nowhere on $node, but: ${found:-nothing was said}"
  done
}

# Command lines and environments: every process of every node, many times a second, from begin_watching to end_watching.
k_watching=/run/watching
# shellcheck disable=SC2016 # expanded in the node
k_watch='
  : >"$2"; : >"$2.seen"; looks=0
  while [ -e "$2" ] && [ $looks -lt 3000 ]; do
    grep -laE "$1" /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | while read -r file; do
      echo "${file##*/} of $(cat "${file%/*}/comm")"
    done >>"$2.seen"
    looks=$((looks + 1))
    sleep 0.1
  done
  echo $looks >"$2.looks"'
watchers=()

begin_watching() {
  local node
  for node in "${k_nodes[@]}"; do
    lab run "$node" rm -f "$k_watching.looks"
    lab run "$node" sh -c "$k_watch" watch "$k_secrets" "$k_watching" </dev/null &
    watchers+=($!)
  done
  for node in "${k_nodes[@]}"; do wait_until 10 "$node is watched" lab run "$node" test -e "$k_watching"; done
}

end_watching() {
  local node looks seen
  for node in "${k_nodes[@]}"; do lab run "$node" rm "$k_watching"; done
  wait "${watchers[@]}"
  watchers=()
  for node in "${k_nodes[@]}"; do
    looks=$(lab run "$node" cat "$k_watching.looks")
    seen=$(lab run "$node" sort -u "$k_watching.seen")
    ((looks >= 50)) || fail "the processes of $node were looked at only $looks times"
    [[ -z $seen ]] || fail "a password on $node in $(one_line "$seen")"
    say "$node: no password in any command line or environment, $looks looks"
  done
}

# --- repair ------------------------------------------------------------------------------------------------------------------------

# provision_again NODE: gives a node that is kept out the data and the place of another.
provision_again() {
  if [[ $gtid == on ]]; then provision_from_replica "$1"; else provision_from_primary "$1"; fi
  lab settle 90 everybody
}

# With file and position: a dump of the primary that knows its place in the log, as docs/operations.md says.
provision_from_primary() {
  local node=$1 primary
  primary=$(lab primary)
  if [[ $platform == sid ]]; then
    # super_read_only keeps everybody out, and the monitor switches it on again.
    lab run "$primary" crm_attribute --node "$node" --name maintenance --update true
    wait_until 20 "nothing watches $node" is_unwatched "$node"
    {
      echo "SET GLOBAL super_read_only = OFF; STOP REPLICA; RESET REPLICA ALL; RESET BINARY LOGS AND GTIDS; SET SESSION sql_log_bin = 0;
        CHANGE REPLICATION SOURCE TO SOURCE_HOST = '$primary', SOURCE_USER = 'repl', SOURCE_PASSWORD = 'lab-repl-secret',
          SOURCE_AUTO_POSITION = 0, SOURCE_CONNECT_RETRY = 1, SOURCE_RETRY_COUNT = 4294967295, GET_SOURCE_PUBLIC_KEY = 1;"
      lab run "$primary" mysqldump --databases lab mysql_prm --source-data=1 --single-transaction
      echo 'START REPLICA;'
    } | lab run "$node" mysql
    lab run "$primary" crm_attribute --node "$node" --name maintenance --delete
  else
    {
      echo "STOP SLAVE; RESET SLAVE ALL; RESET MASTER; SET SESSION sql_log_bin = 0;
        CHANGE MASTER TO MASTER_HOST = '$primary', MASTER_USER = 'repl', MASTER_PASSWORD = 'lab-repl-secret',
          MASTER_USE_GTID = no, MASTER_CONNECT_RETRY = 1;"
      lab run "$primary" mariadb-dump --databases lab mysql_prm --master-data=1 --single-transaction
      echo 'START SLAVE;'
    } | lab run "$node" mariadb
  fi
  lab run "$primary" crm_standby --node "$node" --update on
  wait_until 90 "the server of $node has ended" all_stopped "$node"
  lab run "$primary" crm_standby --node "$node" --delete
}

# What was begun before may still run for a moment.
is_unwatched() {
  local view
  view=$(lab run "$1" crm_mon -1 --output-as=xml) && grep -q "<node name=\"$1\".* maintenance=\"true\"" <<<"$view" && sleep 3
}

# With GTID: the files of a replica that is halted meanwhile, for some tenths of a second. What it has in memory only is missing, as after
# its death; the server that gets the copy recovers.
provision_from_replica() {
  local node=$1 other donor status=0
  donor=$(lab primary)
  for other in "${k_nodes[@]}"; do
    [[ $other == "$node" || $other == "$(lab primary)" || -n $(kept_out_reason "$other") ]] || donor=$other
  done
  lab run "$donor" crm_standby --node "$node" --update on
  # 9.7.4 waits at its end for up to a minute for the rest of a transaction that it received half, and will not get.
  wait_until 90 "the server of $node has ended" all_stopped "$node"
  lab run "$node" sh -c 'rm -rf /var/lib/mysql/*'
  lab hang "$donor" pacemaker-execd # no monitor finds the server hung
  lab hang "$donor" mysql-prm || true # its watcher, which would have it ended
  lab hang "$donor" mysqld
  sleep 0.05 # writes that are under way end
  lab run "$donor" sh -c 'rm -rf /tmp/copy && cp -a --sparse=always /var/lib/mysql /tmp/copy' || status=$?
  lab resume "$donor" mysqld
  lab resume "$donor" mysql-prm || true
  lab resume "$donor" pacemaker-execd
  ((status == 0)) || fail "the files of $donor cannot be copied"
  lab run "$donor" tar -C /tmp/copy -cSf - . | lab run "$node" tar -C /var/lib/mysql -xf -
  lab run "$donor" rm -rf /tmp/copy
  lab run "$node" rm -f /var/lib/mysql/auto.cnf
  lab run "$node" sync --file-system /var/lib/mysql
  lab run "$donor" crm_standby --node "$node" --delete
}

all_stopped() {
  local node
  for node in "$@"; do ! lab run "$node" pgrep -x 'mysqld|mariadbd' || return 1; done
}
