# shellcheck shell=bash
# Raising a cluster and taking it down.

up_options() {
  bare='' no_build=''
  while [[ $# -gt 0 ]]; do
    case $1 in
      --nodes) nodes=${2:?} && shift ;;
      --gtid) gtid=${2:?} && shift ;;
      --semi-sync) semi_sync=${2:?} && shift ;;
      --fencing) fencing=${2:?} && shift ;;
      --disks) disks=${2:?} && shift ;;
      --tool) tool=${2:?} && shift ;;
      --agent) agent=${2:?} && shift ;;
      --bare) bare=yes ;;
      --no-build) no_build=yes ;;
      -*) die "unknown option '$1'" ;;
      *) [[ -z $platform ]] || die "one platform only: '$1'" && platform=$1 ;;
    esac
    shift
  done
  [[ -n $platform ]] || die "usage: lab up PLATFORM [--nodes N] [--gtid on|off] [--semi-sync off|available|strict] \
[--fencing on|off] [--disks on|off] [--tool crmsh|pcs] [--agent AGENT] [--bare]"
  check_platform "$platform"
  [[ $nodes =~ ^[2-7]$ ]] || die "--nodes is a number from 2 to 7"
  [[ $gtid == on || $gtid == off ]] || die "--gtid is on or off"
  [[ $semi_sync =~ ^(off|available|strict)$ ]] || die "--semi-sync is off, available or strict"
  [[ $fencing == on || $fencing == off ]] || die "--fencing is on or off"
  [[ $disks == on || $disks == off ]] || die "--disks is on or off"
  [[ $disks == off ]] || need_command mkfs.ext4 e2fsprogs
  [[ $tool == crmsh || $tool == pcs ]] || die "--tool is crmsh or pcs"
}

# What a cluster needs on disk; each is made only when missing or out of date.
prepare() {
  cmd_root "$platform"
  [[ -n $no_build || $agent != ocf:percona:mysql ]] || cmd_build "$platform"
  with_lock "$k_cache/lock/data.$platform" 300 data_make "$platform"
}

up_state() {
  mkdir -p "$k_run"
  mkdir "$(state)" 2>/dev/null || die "cluster '$name' is up already: 'lab --name $name down' first"
  mkdir -p "$(state)/node" "$(disk)" "$(power_folder)"
  save_settings
  mount -t tmpfs -o mode=755 tmpfs "$(disk)"
  mkdir "$(disk)/layer"
  [[ ! -d $(layer_of "$platform") ]] || cp -a "$(layer_of "$platform")/." "$(disk)/layer/"
}

# The client is a node without a cluster: it lives in the bridge's namespace.
up_client() {
  boot client "$(netns lan)"
  hosts_file | put client /etc/hosts 644 root:root
  printf '%s\n' "$k_app_password" | put client /etc/mysql-prm/app-password 600 root:root
}

up_node() {
  local node=$1
  node_on "$node"
  hosts_file | put "$node" /etc/hosts 644 root:root
  cluster_provision "$node"
  data_provision "$node"
  cluster_start "$node"
}

# in_parallel FUNCTION NODE...: fails if one of them does. `pids` stays known to who takes down what they are still raising.
pids=()
in_parallel() {
  local function=$1 node pid failed=''
  pids=()
  shift
  for node in "$@"; do
    "$function" "$node" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid" || failed=yes; done
  [[ -z $failed ]]
}

# Every node is online in the view of a node with quorum, and that has a coordinator.
all_online() {
  local view node
  view=$(facts) || return 1
  for node in $(node_names); do grep -qx "online $node" <<<"$view" || return 1; done
  idle "$(named dc "$view")"
}

raise() {
  up_state
  lan_up
  [[ $fencing == off ]] || power_up
  say "booting $nodes nodes"
  # shellcheck disable=SC2046 # one word each
  in_parallel up_node $(node_names)
  up_client
  say "waiting for the cluster to form"
  wait_for 60 "all nodes to be online" all_online
  [[ -z $bare ]] || return 0
  say "loading the configuration (examples/$tool)"
  configure
  settle 90 everybody
  say "'$(cmd_primary)' is promoted, the writer address is $k_writer_ip"
}

# What the cluster itself says is wrong, as long as there is somebody to ask.
failed_actions() {
  node_pid db1 >/dev/null || return 0
  run_in db1 timeout 10 crm_mon -1 2>/dev/null | sed -n '/Failed/,$p' >&2 || true
}

up_failed() {
  trap - EXIT INT TERM
  # They ignore the terminal's interrupt and are bounded in time: once they are done, all that they started is recorded.
  ((${#pids[@]} == 0)) || wait "${pids[@]}" || true
  failed_actions
  if [[ -n ${LAB_KEEP_FAILED:-} ]]; then
    say "raising '$name' failed; it is left as it is"
    exit 1
  fi
  say "raising '$name' failed, taking it down"
  down
  exit 1
}

cmd_up() {
  local bare no_build began
  up_options "$@"
  name=${name:-$platform}
  check_name "$name"
  began=$(now_us)
  prepare
  [[ ! -e $(state) ]] || die "cluster '$name' is up already: 'lab --name $name down' first"
  trap up_failed EXIT INT TERM
  raise
  trap - EXIT INT TERM
  say "cluster '$name' is up after $((($(now_us) - began) / 1000000)) s"
}

# Only what was recorded: processes by PID and start time, namespaces by prefix, one mount, one folder.
down() {
  local folder remembering=''
  [[ -d $(state) ]] || { net_down; return 0; }
  power_down
  for folder in "$(state)"/node/*; do [[ ! -e $folder/remembers ]] || remembering+=" ${folder##*/}"; done
  for folder in "$(state)"/node/*; do
    [[ ! -d $folder ]] || node_off "${folder##*/}" &
  done
  wait
  # What goes on running has to stay known.
  for folder in "$(state)"/node/*; do
    ! recorded_pid "$folder/process" >/dev/null 2>&1 || die "the node '${folder##*/}' could not be ended: 'lab --name $name down' again"
  done
  net_down
  ! mountpoint -q "$(disk)" || umount "$(disk)"
  rm -rf --one-file-system "$(state)"
  rmdir "$k_run" 2>/dev/null || true
  [[ -z $remembering ]] || die "the disk of$remembering could not be cut off when its node lost power: what was not synced was still there"
}

cmd_down() {
  if [[ -z $name ]]; then
    compgen -G "$k_run/*/settings" >/dev/null || { say "no cluster is up"; return 0; }
    choose_name
  fi
  check_name "$name"
  down
  say "cluster '$name' is down"
}
