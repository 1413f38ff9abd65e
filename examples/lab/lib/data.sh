# shellcheck shell=bash
# Data: a data directory is initialised once for a platform, with its accounts and without any GTID or binary log, and every
# node gets a copy. So a new cluster is what the agent meets at a site that has just installed its servers.

data_of() { printf '%s/data/%s.tar' "$k_cache" "$1"; }

# Passwords are as public as this file: they guard servers that only the lab's own namespaces can reach.
k_repl_password=lab-repl-secret
k_test_password=lab-test-secret
k_app_password=lab-app-secret

sql_accounts() {
  case $(platform_server "$1") in
    mysql)
      echo "CREATE USER repl@'%' IDENTIFIED BY '$k_repl_password';
        GRANT SELECT, PROCESS, RELOAD, SHUTDOWN, EVENT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO repl@'%';
        GRANT REPLICATION_SLAVE_ADMIN, CONNECTION_ADMIN, SYSTEM_VARIABLES_ADMIN, SESSION_VARIABLES_ADMIN, BINLOG_ADMIN,
          XA_RECOVER_ADMIN, SERVICE_CONNECTION_ADMIN, PERSIST_RO_VARIABLES_ADMIN, GROUP_REPLICATION_ADMIN, CLONE_ADMIN,
          BACKUP_ADMIN, SYSTEM_USER, SET_ANY_DEFINER ON *.* TO repl@'%';
        CREATE ROLE mysql_prm_agent; GRANT mysql_prm_agent TO repl@'%'; SET DEFAULT ROLE mysql_prm_agent TO repl@'%';"
      ;;
    mariadb)
      echo "CREATE USER repl@'%' IDENTIFIED BY '$k_repl_password';
        GRANT SELECT, PROCESS, RELOAD, SHUTDOWN, EVENT, SUPER, REPLICATION SLAVE, REPLICATION SLAVE ADMIN,
          REPLICATION MASTER ADMIN, BINLOG MONITOR, BINLOG ADMIN, BINLOG REPLAY, SLAVE MONITOR, READ_ONLY ADMIN,
          CONNECTION ADMIN ON *.* TO repl@'%';"
      ;;
  esac
  echo "GRANT CREATE, INSERT, UPDATE, SELECT ON mysql_prm.* TO repl@'%';
    CREATE DATABASE lab;
    CREATE USER app@'%' IDENTIFIED BY '$k_app_password';
    GRANT ALL PRIVILEGES ON lab.* TO app@'%';
    CREATE USER test@localhost IDENTIFIED BY '$k_test_password';
    GRANT SELECT ON *.* TO test@localhost;"
}

# Runs in a scratch overlay of the root without a network. $1 server kind, $2 binary, $3 client; the accounts come on standard
# input; the data directory leaves as a tar on descriptor 3.
# shellcheck disable=SC2016 # expanded by the inner shell
k_init='
  kind=$1 binary=$2 client=$3 data=/var/lib/mysql
  cat >/tmp/accounts.sql
  install -d -o mysql -g mysql /run/mysqld
  if [ "$kind" = mysql ]; then
    "$binary" --no-defaults --initialize-insecure --user=mysql --datadir=$data --innodb-redo-log-capacity=33554432
  else
    mariadb-install-db --no-defaults --user=mysql --datadir=$data --auth-root-authentication-method=socket \
      --skip-test-db --innodb-log-file-size=33554432
  fi
  [ "$kind" = mysql ] && options="--gtid-mode=OFF --mysqlx=OFF --innodb-redo-log-capacity=33554432" ||
    options="--innodb-log-file-size=33554432"
  "$binary" --no-defaults --user=mysql --datadir=$data --socket=/tmp/socket --pid-file=/tmp/pid --skip-networking \
    --skip-log-bin $options &
  for attempt in $(seq 300); do
    "$client" --no-defaults -uroot -S /tmp/socket -e "SELECT 1" >/dev/null 2>&1 && break
    sleep 0.1
  done
  "$client" --no-defaults -uroot -S /tmp/socket </tmp/accounts.sql
  kill -TERM $!
  wait $!
  rm -f $data/auto.cnf $data/*bin.* $data/*.pid $data/*.err
  tar --create --sparse --file=- -C $data . >&3'

data_stamp() {
  { root_stamp "$1"; sql_accounts "$1"; printf '%s' "$k_init"; } | sha256sum | cut -d' ' -f1
}

data_fill() {
  local platform=$1 tar=$2
  sql_accounts "$platform" | timeout 120 "$k_lab/lib/scratch" "$(root_of "$platform")" \
    /bin/bash -euc "$k_init" init "$(platform_server "$platform")" "$(platform_binary "$platform")" \
    "$(platform_client "$platform")" 3>"$tar.partial" >"$tar.log" 2>&1
}

data_make() {
  local platform=$1 tar stamp
  tar=$(data_of "$platform")
  stamp=$(data_stamp "$platform")
  [[ -f $tar && -f $tar.stamp && $(<"$tar.stamp") == "$stamp" ]] && return
  say "initialising a data directory of '$platform'"
  mkdir -p "$(dirname "$tar")"
  data_fill "$platform" "$tar" || {
    tail -n 20 "$tar.log" >&2
    die "the data directory of '$platform' could not be made (log: $tar.log)"
  }
  mv "$tar.partial" "$tar"
  printf '%s\n' "$stamp" >"$tar.stamp"
}

server_config() {
  local node=$1
  cat <<CONFIG
[mysqld]
user                           = mysql
datadir                        = /var/lib/mysql
socket                         = /run/mysqld/mysqld.sock
pid_file                       = /run/mysqld/mysqld.pid
log_error                      = /var/log/mysql/error.log
bind_address                   = 0.0.0.0
skip_name_resolve              = ON
server_id                      = ${node#db}
report_host                    = $node
log_bin                        = binlog
sync_binlog                    = 1
relay_log                      = relay
relay_log_recovery             = ON
innodb_buffer_pool_size        = 128M
innodb_flush_log_at_trx_commit = 1
CONFIG
  # An acknowledgement shall stand for what is on the replica's disk.
  [[ $semi_sync == off ]] || echo 'sync_relay_log                 = 1'
  case $(platform_server "$platform") in
    mysql)
      printf 'mysqlx = OFF\ninnodb_redo_log_capacity = 32M\nlog_replica_updates = ON\n'
      printf 'gtid_mode = %s\nenforce_gtid_consistency = %s\n' "${gtid^^}" "${gtid^^}"
      ;;
    mariadb)
      printf 'innodb_log_file_size = 32M\nlog_slave_updates = ON\nbinlog_format = ROW\ngtid_strict_mode = ON\n'
      ;;
  esac
}

credentials_file() {
  printf '[replication]\nuser=repl\npassword=%s\n\n[test]\nuser=test\npassword=%s\n' "$k_repl_password" "$k_test_password"
}

data_provision() {
  local node=$1
  run_in "$node" rm -f /etc/mysql/my.cnf
  server_config "$node" | put "$node" /etc/mysql/my.cnf 644 root:root
  credentials_file | put "$node" /etc/mysql-prm/credentials 600 root:root
  run_in "$node" rm -rf /var/lib/mysql/lost+found
  run_in "$node" tar --extract --file=- -C /var/lib/mysql <"$(data_of "$platform")"
  run_in "$node" sync --file-system /var/lib/mysql
}

cmd_sql() {
  check_node "$1"
  local -a options=(-N -B)
  [[ $2 != *'\G'* ]] || options=() # columns below each other are nothing without their names
  run_in "$1" "$(platform_client "$platform")" --no-defaults "${options[@]}" -uroot -S /run/mysqld/mysqld.sock -e "$2"
}
