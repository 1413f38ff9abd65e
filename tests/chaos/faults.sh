# shellcheck shell=bash
# The faults: each begins, lasts, and is mended as a person or nature would mend it, when its function returns. Sourced by `run`, which
# sets platform, cluster, fencing, k_lab, k_chaos.
# shellcheck disable=SC2154

quietly() { "$@" >/dev/null 2>&1 || true; }
some_seconds() { sleep "$((RANDOM % $1 + 2)).$((RANDOM % 10))"; } # 2 to $1 + 1
another() { # NODE
  local other
  other=$((${1#db} % 3 + 1))
  echo "db$other"
}

# A node that has been fenced for it comes back by itself.
bring_back() { # NODE
  [[ $fencing == on ]] || quietly lab start "$1"
}

fault_server_killed() { # SIGKILL of the server
  quietly lab kill "$1" mysqld KILL
}

fault_server_ended() { # the server is shut down behind the cluster's back
  quietly lab kill "$1" mysqld TERM
}

fault_server_hung() { # SIGSTOP of the server
  quietly lab hang "$1" mysqld
  some_seconds 8
}

fault_server_slowed() { # SIGSTOP and SIGCONT in turn
  local i
  for i in 1 2 3 4 5 6; do
    quietly lab hang "$1" mysqld
    sleep 0.6
    quietly lab resume "$1" mysqld
    sleep 0.2
  done
}

fault_power() { # the node loses power
  quietly lab off "$1"
  some_seconds 8
  quietly lab on "$1"
}

fault_outage() { # all nodes lose power, and come back in any order
  local node
  for node in "${k_nodes[@]}"; do quietly lab off "$node"; done
  for node in $(shuf -e "${k_nodes[@]}"); do
    quietly lab on "$node"
    some_seconds 3
  done
}

fault_cut() { # the cable is pulled
  quietly lab cut "$1"
  some_seconds 8
  quietly lab join "$1"
}

filter() { # NODE RULES
  lab run "$1" nft -f - <<RULES || true
table inet lab { $2; }
RULES
}
unfilter() { quietly lab run "$1" nft delete table inet lab; }

fault_cut_one_way() { # the node sends and hears nothing
  filter "$1" 'chain from { type filter hook input priority -10; iifname eth0 drop; }'
  some_seconds 8
  unfilter "$1"
}

fault_cut_pair() { # two nodes do not hear each other, the third hears both
  quietly lab cut "$1" "$(another "$1")"
  some_seconds 8
  quietly lab join "$1"
}

fault_loss() { # a third of all packets is lost
  filter "$1" 'chain from { type filter hook input priority -10; iifname eth0 numgen random mod 100 < 30 drop; }'
  some_seconds 8
  unfilter "$1"
}

fault_narrow() { # 1 Mbit/s
  quietly lab run "$1" tc qdisc add dev eth0 root tbf rate 1mbit burst 32kbit latency 400ms
  some_seconds 8
  quietly lab run "$1" tc qdisc delete dev eth0 root
}

fault_corosync_killed() { # SIGKILL of corosync
  quietly lab kill "$1" corosync KILL
  some_seconds 8
  bring_back "$1"
}

fault_corosync_hung() { # SIGSTOP of corosync
  quietly lab hang "$1" corosync
  some_seconds 8
  quietly lab resume "$1" corosync
}

fault_cluster_stopped() { # the cluster layer is stopped, and started again
  quietly lab stop "$1"
  quietly lab start "$1"
}

fault_pacemakerd_killed() { # SIGKILL of pacemakerd, which its unit starts again
  quietly lab kill "$1" pacemakerd KILL
  sleep 1
  quietly lab start "$1"
}

some_daemon() {
  local -a daemons=(pacemaker-based pacemaker-attrd pacemaker-controld pacemaker-execd pacemaker-fenced pacemaker-schedulerd)
  echo "${daemons[RANDOM % ${#daemons[@]}]}"
}

fault_daemon_killed() { # SIGKILL of one of Pacemaker's daemons
  quietly lab kill "$1" "$(some_daemon)" KILL
  sleep 2
}

fault_daemon_hung() { # SIGSTOP of one of Pacemaker's daemons
  local daemon
  daemon=$(some_daemon)
  quietly lab hang "$1" "$daemon"
  some_seconds 8
  quietly lab resume "$1" "$daemon"
}

fault_disk_stalled() { # the disk of the data does not write
  quietly lab stall "$1"
  some_seconds 8
  quietly lab relieve "$1"
}

fault_disk_slow() { # it writes for a tenth of every half second
  local i
  for ((i = 0; i < 12; ++i)); do
    quietly lab stall "$1"
    sleep 0.4
    quietly lab relieve "$1"
    sleep 0.1
  done
}

fault_disk_full() { # not a byte is left on it
  quietly lab fill "$1"
  some_seconds 8
  quietly lab relieve "$1"
}

fault_connections() { # clients take every connection
  lab client timeout 20 mysql-prm-writer --host "$(node_address "$1")" --password-file /etc/mysql-prm/app-password --table crowd \
    --log /var/log/chaos-crowd --idle 200 --seconds 6 >/dev/null 2>&1 </dev/null || true
}

fault_transaction() { # a long transaction holds locks
  quietly timeout 20 "$k_lab" --name "$cluster" sql "$(lab primary)" 'CREATE TABLE IF NOT EXISTS lab.locked (a INT PRIMARY KEY);
    BEGIN; INSERT INTO lab.locked VALUES (1); SELECT SLEEP(6); ROLLBACK'
}

fault_lagging() { # a replica applies nothing for a while
  local word=SLAVE node
  [[ $platform != sid ]] || word=REPLICA
  node=$(another "$(lab primary)")
  quietly lab sql "$node" "STOP $word SQL_THREAD"
  some_seconds 8
  quietly lab sql "$node" "START $word SQL_THREAD"
}

fault_move() { # a planned move
  quietly lab run "$(lab primary)" crm_resource --move --resource ms_mysql --promoted --node "$(another "$(lab primary)")"
  sleep 3
  quietly lab run "$(lab primary)" crm_resource --clear --resource ms_mysql
}

fault_standby() { # the node is put on standby
  quietly lab run "$1" crm_standby --node "$1" --update on
  some_seconds 6
  quietly lab run "$1" crm_standby --node "$1" --delete
}

fault_killed_in_a_move() { # a server is killed somewhere in the middle of a planned move
  local from to
  from=$(lab primary)
  to=$(another "$from")
  quietly lab run "$from" crm_resource --move --resource ms_mysql --promoted --node "$to"
  sleep "0.$((RANDOM % 10))"
  if ((RANDOM % 2)); then quietly lab kill "$from" mysqld KILL; else quietly lab kill "$to" mysqld KILL; fi
  sleep 3
  quietly lab run "$to" crm_resource --clear --resource ms_mysql
}

fault_agent_killed() { # the agent is killed at a random moment of a failover
  quietly lab kill "$1" mysqld KILL
  local i
  for ((i = 0; i < 8; ++i)); do
    sleep "0.$((RANDOM % 5))"
    quietly lab kill "db$((RANDOM % 3 + 1))" mysql-prm KILL
  done
  # Without fencing a stop that was killed is for a person, who looks again once it is over: when failure-timeout has passed,
  # Pacemaker (seen on 3.0.3) believes that the server runs and does not monitor it.
  if [[ $fencing == off ]]; then sleep 12 && quietly lab run "$(another "$1")" crm_resource --refresh; fi
}

fault_two_at_once() { # the primary's server is killed, and another node loses power
  local other
  other=$(another "$1")
  quietly lab kill "$1" mysqld KILL
  quietly lab off "$other"
  some_seconds 8
  quietly lab on "$other"
}

default_kinds() { sed -n 's/^fault_\([a-z_]*\)().*/\1/p' "$k_chaos/faults.sh"; }
