# shellcheck shell=bash
# Faults: power, network, processes.

# pids_in NODE PROCESS: PIDs, as the node counts them, whose program or command name is exactly PROCESS.
# `mysqld` stands for the platform's server, whatever its binary is called.
pids_in() {
  local node=$1 process=$2 binary
  binary=$(platform_binary "$platform")
  [[ $process != mysqld ]] || process=${binary##*/}
  # shellcheck disable=SC2016 # expanded in the node
  run_in "$node" bash -c '
    for dir in /proc/[0-9]*; do
      exe=$(readlink "$dir/exe") || continue
      exe=${exe% (deleted)}
      { comm=$(<"$dir/comm"); } 2>/dev/null || continue
      [[ ${exe##*/} == "$1" || $comm == "${1:0:15}" ]] && echo "${dir##*/}"
    done
    exit 0' pids_in "$process"
}

node_has() { [[ -n $(pids_in "$1" "$2") ]]; }
node_lacks() { ! node_has "$1" "$2"; }

signal_in() {
  local node=$1 process=$2 signal=$3
  local -a pids
  mapfile -t pids < <(pids_in "$node" "$process")
  ((${#pids[@]} > 0)) || die "no process '$process' runs on '$node'"
  # One may have ended since; each is sent its own.
  # shellcheck disable=SC2016 # expanded in the node
  run_in "$node" sh -c 'signal=$1; shift; for pid; do kill -s "$signal" "$pid" && hit=yes; done; [ "$hit" ]' signal "${signal#SIG}" "${pids[@]}" ||
    die "'$process' has ended on '$node'"
}

# Every packet from and to PEER is dropped in the node's own namespace, silently, as a broken switch would.
cut_peer() {
  local node=$1 peer=$2
  run_in "$node" nft -f - <<RULES
table inet lab {
  chain from { type filter hook input priority -10; ip saddr $(node_ip "$peer") drop; }
  chain to { type filter hook output priority -10; ip daddr $(node_ip "$peer") drop; }
}
RULES
}

cmd_cut() {
  check_node "$1"
  if [[ $# -eq 2 ]]; then
    check_node "$2"
    cut_peer "$1" "$2"
    return
  fi
  link_set "$1" down
  flag "$1" cut
}

cmd_join() {
  check_node "$1"
  link_set "$1" up
  ! run_in "$1" nft list table inet lab >/dev/null 2>&1 || run_in "$1" nft delete table inet lab
  unflag "$1" cut
}

cmd_off() {
  check_node "$1"
  with_power "$1" pull_plug "$1"
}

pull_plug() { flag "$1" off && node_off "$1"; }

cmd_on() {
  check_node "$1"
  flagged "$1" off || ! node_pid "$1" >/dev/null || die "node '$1' is on"
  with_power "$1" switch_on "$1"
}

switch_on() { node_on "$1" && cluster_start "$1"; }

cmd_kill() {
  check_machine "$1"
  signal_in "$1" "$2" "${3:-KILL}"
}

# A node whose corosync hangs goes on believing what it knew.
cmd_hang() {
  check_machine "$1"
  signal_in "$1" "$2" STOP
  [[ $2 != corosync ]] || flag "$1" hung
}

cmd_resume() {
  check_machine "$1"
  signal_in "$1" "$2" CONT
  [[ $2 != corosync ]] || unflag "$1" hung
}

cmd_start() {
  check_node "$1"
  cluster_start "$1"
}

cmd_stop() {
  check_node "$1"
  cluster_stop "$1"
}
