# shellcheck shell=bash
# The cluster's configuration: exactly the files under examples/ that a user loads, with the values of this cluster put in
# where the file of a site would have its own.

# What another agent needs to be given instead: ocf:heartbeat:mysql knows no credentials file, Stateful no parameter at all.
adapt_parameters() {
  case $agent in
    ocf:percona:mysql) cat ;;
    ocf:heartbeat:mysql)
      sed "s#credentials_file=[^ ]*#replication_user=repl replication_passwd=$k_repl_password test_user=test \
test_passwd=$k_test_password max_slave_lag=60#" ;;
    *) sed -e '/^ *params config=/,/^ *op /{/^ *op /!d}' -e '/^parameters=/,/^)/{/^  /d}' ;;
  esac
}

# MySQL says by itself that its GTID is off; MariaDB's cannot be switched off.
adapt_gtid() {
  if [[ $gtid == off && $(platform_server "$platform") == mariadb ]]; then
    sed 's#reader_attribute=readable#& replication_mode=position#'
  else
    cat
  fi
}

adapt_semi_sync() {
  if [[ $semi_sync != off && $agent == ocf:percona:mysql ]]; then
    sed "s#reader_attribute=readable#& semi_sync=$semi_sync#"
  else
    cat
  fi
}

crm_configuration() {
  sed -e "s#binary=[^ ]*#binary=$(platform_binary "$platform")#" -e "s#clone-max=[0-9]*#clone-max=$nodes#" \
    -e "s#ocf:percona:mysql#$agent#" -e "s#ip=10\.42\.0\.100#ip=$k_writer_ip#" -e "s#ip=10\.42\.0\.101#ip=$k_reader_ip#" \
    "$k_examples/crmsh/cluster.crm" | adapt_parameters | adapt_gtid | adapt_semi_sync
}

configure_crmsh() {
  crm_configuration | put "$1" /root/cluster.crm 600 root:root
  run_in "$1" crm configure load update /root/cluster.crm
}

configure_pcs() {
  adapt_parameters <"$k_examples/pcs/cluster.sh" | adapt_gtid | adapt_semi_sync | put "$1" /root/cluster.sh 755 root:root
  run_in "$1" env BINARY="$(platform_binary "$platform")" NODES="$nodes" AGENT="$agent" WRITER_IP="$k_writer_ip" \
    READER_IP="$k_reader_ip" bash /root/cluster.sh
}

# Any node takes it; the log is kept in the state folder and shown when it fails.
configure() {
  local log
  log=$(state)/configure.log
  { "configure_$tool" db1 && { [[ $fencing == off ]] || configure_fencing; }; } >"$log" 2>&1 </dev/null || {
    cat "$log" >&2
    say "the cluster refused the configuration"
    return 1
  }
}
