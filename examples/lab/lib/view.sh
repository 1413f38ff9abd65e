# shellcheck shell=bash
# What the cluster says of itself, and whether it is settled.

# Facts, one a line, from crm_mon's XML: "quorum", "dc NODE", "online NODE", "promoted NODE", "unpromoted NODE", "writer NODE".
k_facts='
  function value(key,   part) {
    if (!match($0, " " key "=\"[^\"]*\"")) return ""
    part = substr($0, RSTART, RLENGTH); sub(/^[^"]*"/, "", part); sub(/"$/, "", part)
    return part
  }
  /<current_dc / { if (value("with_quorum") == "true") print "quorum"; if (value("name") != "") print "dc " value("name") }
  /<nodes>/ { nodes = 1 }
  /<\/nodes>/ { nodes = 0 }
  nodes && /<node / && value("online") == "true" { print "online " value("name") }
  /<resources>/ { resources = 1 }
  /<\/resources>/ { resources = 0 }
  resources && /<resource / {
    fact = ""
    if (value("id") ~ /^p_mysql(:|$)/ && value("failed") != "true") {
      role = value("role")
      if (role == "Promoted" || role == "Master") fact = "promoted"
      if (role == "Unpromoted" || role == "Slave") fact = "unpromoted"
    }
    if (value("id") == "vip_writer" && value("role") == "Started") fact = "writer"
  }
  resources && /<node / && fact != "" { print fact " " value("name") }'

facts_of() {
  timeout 10 nsenter -t "$(node_pid "$1")" -n -m -u -i -p -r -w crm_mon -1 --output-as=xml 2>/dev/null | awk "$k_facts"
}

# The facts as a node of the partition with quorum sees them.
facts() {
  local node found
  for node in $(expected_nodes); do
    found=$(facts_of "$node") || continue
    [[ $found == *quorum* ]] || continue
    printf '%s\n' "$found"
    return 0
  done
  return 1
}

# named FACT FACTS: the nodes of which FACT is said.
named() { sed -n "s/^$1 //p" <<<"$2"; }

has_address() { run_in "$1" ip -o address show to "$2" 2>/dev/null | grep -q .; }

idle() {
  [[ $(timeout 10 nsenter -t "$(node_pid "$1")" -n -m -u -i -p -r -w crmadmin -S "$1" 2>&1) == *S_IDLE* ]]
}

# The coordinator as the controllers know it. What crm_mon says comes from the CIB, which keeps the name of the cut-off node's
# coordinator when two partitions join (Pacemaker 3.0.3).
coordinator() {
  local node found
  for node in $(expected_nodes); do
    found=$(timeout 10 nsenter -t "$(node_pid "$node")" -n -m -u -i -p -r -w crmadmin -D 2>/dev/null) || continue
    found=${found##*is: }
    printf '%s' "${found%% *}"
    return 0
  done
  return 1
}

# Only agents that run a server can be asked for more than a role.
runs_server() { [[ $agent == *:mysql || $agent == *:mariadb ]]; }

sql_in() {
  timeout 5 nsenter -t "$(node_pid "$1")" -n -m -u -i -p -r -w "$(platform_client "$platform")" --no-defaults -N -B -uroot \
    -S /run/mysqld/mysqld.sock --connect-timeout=2 -e "$2" 2>/dev/null
}

takes_writes() { ! runs_server || [[ $(sql_in "$1" 'SELECT @@GLOBAL.read_only') == 0 ]]; }
answers() { ! runs_server || [[ $(sql_in "$1" 'SELECT 1') == 1 ]]; }

# Says what the roles lack: a promoted node that writes, replicas that serve if everybody has to.
unsettled_roles() {
  local everybody=$1 view=$2 promoted node
  promoted=$(named promoted "$view")
  [[ -n $promoted ]] || { echo "no node is promoted"; return; }
  [[ $(wc -l <<<"$promoted") -eq 1 ]] || { echo "several nodes are promoted: ${promoted//$'\n'/ }"; return; }
  has_address "$promoted" "$k_writer_ip" || { echo "'$promoted' is promoted, but has no writer address"; return; }
  takes_writes "$promoted" || { echo "'$promoted' is promoted, but its server takes no writes"; return; }
  for node in $(expected_nodes); do
    [[ $node != "$promoted" ]] || continue
    ! has_address "$node" "$k_writer_ip" || { echo "'$node' has the writer address too"; return; }
    [[ $everybody == everybody ]] || continue
    named unpromoted "$view" | grep -qx "$node" && answers "$node" || { echo "'$node' does not serve as a replica"; return; }
  done
}

# Says what membership lacks: nodes that ought to be there, in each node's own view, and nobody who ought not to be.
unsettled_members() {
  local view=$1 expected node own
  expected=$(expected_nodes)
  for node in $expected; do
    own=$(facts_of "$node") || { echo "the cluster layer of '$node' does not answer"; return; }
    [[ $own == *quorum* ]] || { echo "'$node' has no quorum"; return; }
    grep -qx "online $node" <<<"$view" || { echo "node '$node' is not online"; return; }
  done
  for node in $(named online "$view"); do
    grep -qx "$node" <<<"$expected" || { echo "the cluster has not noticed yet that '$node' is gone"; return; }
  done
}

# Says what is still missing; prints nothing when the cluster is settled.
unsettled() {
  local everybody=$1 view missing dc
  view=$(facts) || { echo "no node sees a cluster with quorum"; return; }
  missing=$(unsettled_members "$view")
  [[ -n $missing ]] || missing=$(unsettled_roles "$everybody" "$view")
  [[ -z $missing ]] || { echo "$missing"; return; }
  dc=$(coordinator)
  idle "$dc" || echo "a transition is going on (coordinator '$dc')"
}

# settle SECONDS [everybody]: see `lab help`.
settle() {
  local seconds=$1 everybody=${2:-} deadline missing said=''
  deadline=$(($(now_us) + seconds * 1000000))
  while missing=$(unsettled "$everybody") && [[ -n $missing ]]; do
    [[ $missing == "$said" ]] || say "waiting: $missing"
    said=$missing
    if (($(now_us) > deadline)); then
      say "not settled after $seconds s: $missing"
      return 1
    fi
    sleep 0.3
  done
}

cmd_settle() { settle "${1:-60}" "${2:-}"; }

cmd_primary() {
  local view promoted
  view=$(facts) || die "no node sees a cluster with quorum"
  promoted=$(named promoted "$view")
  [[ -n $promoted ]] || die "no node is promoted"
  printf '%s\n' "$promoted"
}

node_condition() {
  local condition='' word
  for word in off cut stopped hung; do ! flagged "$1" "$word" || condition+="$word "; done
  printf '%s' "${condition:-on }"
}

cmd_status() {
  local node
  printf 'cluster %s: platform %s, %s nodes, gtid %s, semi-sync %s, fencing %s, %s, %s\n' "$name" "$platform" "$nodes" "$gtid" \
    "$semi_sync" "$fencing" "$tool" "$agent"
  for node in $(node_names); do printf '  %s %s %s\n' "$node" "$(node_ip "$node")" "$(node_condition "$node")"; done
  for node in $(expected_nodes); do
    run_in "$node" crm_mon -1 --group-by-node --inactive --show-node-attributes --failcounts --operations=last 2>/dev/null ||
      run_in "$node" crm_mon -1 --group-by-node --inactive --show-node-attributes --failcounts || continue
    return 0
  done
  say "no node of '$name' takes part in a cluster"
}

cmd_logs() {
  check_node "$1"
  case ${2:-pacemaker} in
    corosync) run_in "$1" cat /var/log/corosync/corosync.log ;;
    pacemaker) run_in "$1" cat /var/log/pacemaker/pacemaker.log ;;
    mysql) run_in "$1" cat /var/log/mysql/error.log ;;
    *) die "unknown log '$2': choose corosync, pacemaker or mysql" ;;
  esac
}
