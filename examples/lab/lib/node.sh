# shellcheck shell=bash
# A node: mount, UTS, IPC and PID namespaces around an overlay of the platform's root, the built program, and a folder of
# the node's own on a tmpfs. Its PID 1 sleeps; when that is killed the kernel ends everything else, which is a power loss.

node_pid() { recorded_pid "$(node_state "$1")/process"; }

# run_in NODE COMMAND...: as root inside the node, with an environment of its own.
run_in() {
  local node=$1 pid
  shift
  pid=$(node_pid "$node") || die "node '$node' is off"
  nsenter -t "$pid" -n -m -u -i -p -r -w -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LC_ALL=C.UTF-8 TERM="${TERM:-dumb}" "$@"
}

# put NODE PATH MODE OWNER: standard input becomes a file in the node.
put() { run_in "$1" install -D -m "$3" -o "${4%:*}" -g "${4#*:}" /dev/stdin "$2"; }

node_booted() {
  [[ -s $(node_state "$1")/pid ]] || return 1
  record_process "$(node_state "$1")/process" "$(<"$(node_state "$1")/pid")" || return 1
  run_in "$1" test -e /run/booted
}

# boot NODE NAMESPACE: the node's own folder survives from one boot to the next.
boot() {
  local node=$1 space=$2 own folder lower
  own=$(disk)/$node
  folder=$(node_state "$node")
  lower=$(disk)/layer:$(root_of "$platform")
  mkdir -p "$own"/{upper,work,root} "$folder"
  rm -f "$folder/pid"
  [[ $disks == off || $node == client || -e $own/disk ]] || disk_make "$own/disk"
  setsid nsenter --net="/run/netns/$space" unshare --mount --uts --ipc --pid --fork --kill-child --propagation private -- \
    "$k_lab/lib/boot" "$node" "$lower" "$own" "$folder/pid" "$(power_folder)" </dev/null >"$folder/console" 2>&1 9>&- &
  record_process "$folder/unshare" $!
  wait_for 20 "node '$node' to boot" node_booted "$node" || {
    cat "$folder/console" >&2
    return 1
  }
}

node_on() {
  node_net_up "$1" && boot "$1" "$(netns "$1")" && unflag "$1" off && unflag "$1" cut && unflag "$1" stopped && unflag "$1" hung
}

node_off() {
  node_net_down "$1"
  disk_forget "$1"
  node_ended "$1"
}

# unshare goes with its child; it is waited for so that the mounts are gone when this returns.
node_ended() {
  local folder
  folder=$(node_state "$1")
  kill_recorded "$folder/process" && kill_recorded "$folder/unshare"
}
