# shellcheck shell=bash
# The cluster layer of a node: corosync and Pacemaker, configured and started without systemd.

corosync_conf() {
  local node
  printf 'totem {\n  version: 2\n  cluster_name: %s\n  transport: knet\n  crypto_cipher: none\n  crypto_hash: none\n' "$name"
  printf '  token: 1000\n}\n'
  # No realtime priority: it needs a capability that a container or a small machine may not have.
  printf 'system {\n  sched_rr: no\n  priority: 0\n}\n'
  printf 'quorum {\n  provider: corosync_votequorum\n'
  ((nodes > 2)) || printf '  two_node: 1\n'
  printf '}\nlogging {\n  to_logfile: yes\n  logfile: /var/log/corosync/corosync.log\n  to_syslog: no\n'
  printf '  to_stderr: no\n  timestamp: hires\n}\nnodelist {\n'
  for node in $(node_names); do
    printf '  node {\n    ring0_addr: %s\n    name: %s\n    nodeid: %s\n  }\n' "$(node_ip "$node")" "$node" "${node#db}"
  done
  printf '}\n'
}

# Every node sees the load of the whole machine: without a higher threshold Pacemaker slows down and runs one action at a time.
# The first election waits for dc-deadtime, 20 s by default: the seed shortens it. Fencing comes
# with the resources, where it is wanted.
seed_cib() {
  local -a properties=(dc-deadtime=2s load-threshold=1000% stonith-enabled=false no-quorum-policy=stop)
  local property
  printf '<cib validate-with="pacemaker-3.7" epoch="1" num_updates="0" admin_epoch="0">\n<configuration>\n<crm_config>\n'
  printf '<cluster_property_set id="cib-bootstrap-options">\n'
  for property in "${properties[@]}"; do
    printf '<nvpair id="cib-bootstrap-options-%s" name="%s" value="%s"/>\n' "${property%%=*}" "${property%%=*}" "${property#*=}"
  done
  printf '</cluster_property_set>\n</crm_config>\n<nodes/>\n<resources/>\n<constraints/>\n</configuration>\n<status/>\n</cib>\n'
}

cluster_provision() {
  local node=$1
  corosync_conf | put "$node" /etc/corosync/corosync.conf 644 root:root
  seed_cib | put "$node" /var/lib/pacemaker/cib/cib.xml 600 hacluster:haclient
  [[ $fencing == off ]] || put "$node" "$k_fence_agent" 755 root:root <"$k_lab/lib/fence_lab"
}

hosts_file() {
  local node
  printf '127.0.0.1 localhost\n%s client\n%s writer\n%s reader\n' "$k_gateway_ip" "$k_writer_ip" "$k_reader_ip"
  for node in $(node_names); do printf '%s %s\n' "$(node_ip "$node")" "$node"; done
}

corosync_ready() { run_in "$1" corosync-cmapctl -g runtime.votequorum.this_node_id; }

# Starts pacemakerd and, as its systemd unit does, starts it again when it fails, for as long as there is a corosync.
# shellcheck disable=SC2016 # expanded in the node
k_pacemaker='
  exec </dev/null >>/var/log/pacemaker/console.log 2>&1
  until pacemakerd || [ $? -eq 100 ]; do
    sleep 0.1
    corosync-cmapctl -g runtime.votequorum.this_node_id >/dev/null 2>&1 || exit
  done'

# Pacemaker gives its log file to the agents as HA_LOGFILE; without a syslog daemon the facility has to be none.
cluster_start() {
  local node=$1
  node_has "$node" corosync || { run_in "$node" corosync 9>&- && unflag "$node" hung; }
  wait_for 20 "corosync on '$node'" corosync_ready "$node"
  run_in "$node" env PCMK_logfile=/var/log/pacemaker/pacemaker.log PCMK_logfacility=none \
    setsid --fork sh -c "$k_pacemaker" 9>&-
  unflag "$node" stopped
}

cluster_stop() {
  local node=$1
  flag "$node" stopped
  if node_has "$node" pacemakerd; then
    signal_in "$node" pacemakerd TERM
    wait_for 120 "pacemakerd on '$node' to stop" node_lacks "$node" pacemakerd
  fi
  node_has "$node" corosync || return 0
  signal_in "$node" corosync TERM
  wait_for 20 "corosync on '$node' to stop" node_lacks "$node" corosync
}
