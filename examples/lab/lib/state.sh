# shellcheck shell=bash
# What a running cluster is: its name, its settings, and the folder under /run that remembers both and every process that
# the lab started. Nothing outside this folder (and the namespaces with the cluster's prefix) belongs to the lab.

# Settings of a cluster, written by `lab up`, read by every other verb.
platform='' nodes=3 gtid=on semi_sync=off fencing=off disks=off tool=crmsh agent=ocf:percona:mysql

k_subnet=10.42.0
k_writer_ip=$k_subnet.100
k_reader_ip=$k_subnet.101
k_gateway_ip=$k_subnet.254

name=${LAB_NAME:-}

state_of() { printf '%s/%s' "$k_run" "$1"; }
state() { state_of "$name"; }
node_state() { printf '%s/node/%s' "$(state)" "$1"; }
disk() { printf '%s/disk' "$(state)"; }

check_name() {
  [[ $1 =~ ^[a-z0-9][a-z0-9-]{0,19}$ ]] || die "a cluster's name has 1 to 20 characters a-z, 0-9 and '-': '$1'"
}

save_settings() {
  local setting
  for setting in platform nodes gtid semi_sync fencing disks tool agent; do printf '%s=%q\n' "$setting" "${!setting}"; done >"$(state)/settings"
}

# Without --name and LAB_NAME, the only cluster that is up is meant.
choose_name() {
  local -a up=()
  local folder
  [[ -z $name ]] || return 0
  for folder in "$k_run"/*/settings; do [[ -f $folder ]] && up+=("$(basename "$(dirname "$folder")")"); done
  ((${#up[@]} > 0)) || die "no cluster is up: start one with 'lab up PLATFORM'"
  ((${#up[@]} == 1)) || die "several clusters are up (${up[*]}): say which with --name or LAB_NAME"
  name=${up[0]}
}

load_settings() {
  choose_name
  check_name "$name"
  [[ -f $(state)/settings ]] || die "cluster '$name' is not up"
  # shellcheck disable=SC1091 # written by save_settings
  source "$(state)/settings"
}

node_names() {
  local index
  for ((index = 1; index <= nodes; index++)); do printf 'db%d\n' "$index"; done
}

node_ip() { printf '%s.%d' "$k_subnet" "${1#db}"; }

check_node() {
  [[ $1 =~ ^db[1-7]$ && ${1#db} -le $nodes ]] || die "unknown node '$1': this cluster has db1 to db$nodes"
}

check_machine() { [[ $1 == client ]] || check_node "$1"; }

# A flag is a fact that the lab itself brought about: off, cut, stopped, hung (corosync), remembers (a disk that did not forget).
flag() { touch "$(node_state "$1")/$2"; }
unflag() { rm -f "$(node_state "$1")/$2"; }
flagged() { [[ -e $(node_state "$1")/$2 ]]; }

# Nodes that ought to take part in the cluster now.
expected_nodes() {
  local node
  for node in $(node_names); do
    flagged "$node" off || flagged "$node" cut || flagged "$node" stopped || flagged "$node" hung || printf '%s\n' "$node"
  done
}
