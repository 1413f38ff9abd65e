# shellcheck shell=bash
# Fencing: a switch for the power of every node, which the nodes reach through a folder (fence_lab is the agent in the node). A node
# that the laboratory itself has switched off stays off, whoever asks: its plug is pulled.

k_fence_agent=/usr/sbin/fence_lab
# A real machine is busy with itself for longer. A node that is back before all the others know that it was fenced takes the news
# for its own end: Pacemaker stays down there ("allegedly just fenced").
k_firmware_seconds=5

power_folder() { printf '%s/power' "$(state)"; }

# Longer than a boot and a start of the cluster layer.
with_power() {
  local node=$1
  shift
  with_lock "$(state)/lock.$node" 60 "$@"
}

# Whatever was said of it: off is what has no process any more.
fence_off() {
  ! node_pid "$1" >/dev/null || node_off "$1" || true
  ! node_pid "$1" >/dev/null
}

fence_on() {
  flagged "$1" off && return
  recorded_pid "$(node_state "$1")/process" >/dev/null && return
  node_on "$1" && cluster_start "$1"
}

known_node() { node_names | grep -qx -- "$1"; }

# serve_request NODE ACTION: prints the answer. What takes long goes on behind it, as in a real machine that boots.
serve_request() {
  case $2 in
    monitor) echo ok ;;
    list) echo "ok $(node_names | xargs)" ;;
    status | on | off | reboot) known_node "$1" || { echo 'no unknown node' && return; } ;;
    *) echo 'no unknown action' && return ;;
  esac
  case $2 in
    status) node_pid "$1" >/dev/null && echo 'ok on' || echo 'ok off' ;;
    off | reboot) with_power "$1" fence_off "$1" >&2 && echo ok || echo 'no power cannot be switched off' ;;
    on) echo ok ;;
  esac
}

power_serve() {
  local node action answer said
  trap '' HUP INT
  trap 'wait; exit 0' TERM
  exec 3<>"$(power_folder)/requests"
  while true; do
    read -r -t 1 -u 3 node action answer || continue
    printf '%(%T)T %s %s\n' -1 "$node" "$action" >&2
    said=$(serve_request "$node" "$action" 3>&-)
    [[ ! -p $(power_folder)/$answer ]] || printf '%s\n' "$said" 1<>"$(power_folder)/$answer"
    if [[ $action == on || $action == reboot ]] && [[ $said == ok ]]; then
      { sleep "$k_firmware_seconds" && with_power "$node" fence_on "$node"; } >&2 3>&- &
    fi
  done
}

power_up() {
  mkfifo "$(power_folder)/requests"
  power_serve </dev/null >"$(state)/power.log" 2>&1 9>&- &
  record_process "$(state)/power.process" $!
  disown
}

# What it is switching on just now is on, or has given up, and recorded, when this returns.
power_down() {
  local pid
  pid=$(recorded_pid "$(state)/power.process") || return 0
  kill -TERM "$pid" 2>/dev/null || true
  wait_for 60 'the power switch to end' process_gone "$(state)/power.process" || kill_recorded "$(state)/power.process"
}

# The last thing that is configured: with it the cluster begins to trust that what it cannot see is off.
configure_fencing() {
  local hosts
  hosts=$(node_names | xargs)
  case $tool in
    crmsh)
      printf 'primitive fence stonith:fence_lab params pcmk_host_list="%s" op monitor interval=60s timeout=30s\n' "$hosts" |
        put db1 /root/fencing.crm 600 root:root
      run_in db1 crm configure load update /root/fencing.crm
      ;;
    pcs) run_in db1 pcs stonith create fence fence_lab pcmk_host_list="$hosts" op monitor interval=60s timeout=30s ;;
  esac
  run_in db1 crm_attribute --type crm_config --name stonith-enabled --update true
}
