# shellcheck shell=bash
# The faults: each begins, lasts, and is mended as a person or nature would mend it, when its function returns. Sourced by `run`, which
# sets platform, cluster, fencing, scratch, k_lab, k_chaos. Whatever is drawn is drawn in this shell, never in a subshell, which
# would have numbers of its own and not those of the seed; and as much of it whatever happens.
# shellcheck disable=SC2154

quietly() { "$@" >/dev/null 2>&1 || true; }

# void: what was meant to strike and did not. detail: what of it was drawn. over: when it was mended, where that is not when its function
# returns. Those that choose their node set `node` to it.
void='' detail='' over=''
strike() { "$@" >/dev/null 2>&1 || void="$*"; }

some_seconds() { # 2 to $1 + 1, or as many as --lasting says
  local drawn
  drawn=$((RANDOM % $1 + 2)).$((RANDOM % 10))
  sleep "${lasting:-$drawn}"
}

another() { # NODE
  local other
  other=$((${1#db} % 3 + 1))
  echo "db$other"
}

# When what was taken away comes back: after some seconds, or, every second time, when the cluster is seen to do without.
it_comes_back() { # SECONDS
  some_seconds "$1"
  ((RANDOM % 2)) || writes_again "$(date +%s%6N)" 30 || echo 'no write for 30 s before it was mended' >>"$folder/unsettled"
}

# Sets shuffled.
shuffle() {
  local i other
  shuffled=("$@")
  for ((i = $# - 1; i > 0; --i)); do
    other=$((RANDOM % (i + 1)))
    set -- "${shuffled[i]}" "${shuffled[other]}"
    shuffled[i]=$2 shuffled[other]=$1
  done
}

# Undone from any node that can.
anywhere() {
  local node
  for node in "${k_nodes[@]}"; do ! lab run "$node" "$@" >/dev/null 2>&1 || return 0; done
}

# A node that has been fenced for it comes back by itself.
bring_back() { # NODE
  [[ $fencing == on ]] || quietly lab start "$1"
}

fault_server_killed() { # SIGKILL of the server
  strike lab kill "$1" mysqld KILL
}

fault_server_ended() { # the server is shut down behind the cluster's back
  strike lab kill "$1" mysqld TERM
}

fault_server_hung() { # SIGSTOP of the server, which goes on later or, every second time, does not
  strike lab hang "$1" mysqld
  some_seconds 8
  if ((RANDOM % 2)); then detail='went on' && quietly lab resume "$1" mysqld; fi
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
  strike lab off "$1"
  it_comes_back 8
  quietly lab on "$1"
}

fault_outage() { # all nodes lose power, and come back in any order
  local node
  for node in "${k_nodes[@]}"; do strike lab off "$node"; done
  shuffle "${k_nodes[@]}"
  for node in "${shuffled[@]}"; do
    quietly lab on "$node"
    some_seconds 3
  done
}

fault_cut() { # the cable is pulled
  strike lab cut "$1"
  it_comes_back 8
  quietly lab join "$1"
}

filter() { # NODE RULES
  lab run "$1" nft -f - <<RULES || void='nft'
table inet lab { $2; }
RULES
}
unfilter() { quietly lab run "$1" nft delete table inet lab; }

fault_cut_one_way() { # the node sends and hears nothing, or hears and nobody hears it
  if ((RANDOM % 2)); then
    detail='hears nothing'
    filter "$1" 'chain from { type filter hook input priority -10; iifname eth0 drop; }'
  else
    detail='is not heard'
    filter "$1" 'chain to { type filter hook output priority -10; oifname eth0 drop; }'
  fi
  it_comes_back 8
  unfilter "$1"
}

fault_cut_pair() { # two nodes do not hear each other, the third hears both
  strike lab cut "$1" "$(another "$1")"
  some_seconds 8
  quietly lab join "$1"
}

fault_loss() { # 30 % of all packets are lost
  filter "$1" 'chain from { type filter hook input priority -10; iifname eth0 numgen random mod 100 < 30 drop; }'
  some_seconds 8
  unfilter "$1"
}

fault_narrow() { # 256 kbit/s, less than replication needs
  strike lab run "$1" tc qdisc add dev eth0 root tbf rate 256kbit burst 32kbit latency 400ms
  some_seconds 8
  quietly lab run "$1" tc qdisc delete dev eth0 root
}

fault_corosync_killed() { # SIGKILL of corosync
  strike lab kill "$1" corosync KILL
  some_seconds 8
  bring_back "$1"
}

fault_corosync_hung() { # SIGSTOP of corosync
  strike lab hang "$1" corosync
  some_seconds 8
  quietly lab resume "$1" corosync
}

fault_cluster_stopped() { # the cluster layer is stopped, and started again
  strike lab stop "$1"
  quietly lab start "$1"
}

fault_pacemakerd_killed() { # SIGKILL of pacemakerd, which its unit starts again
  strike lab kill "$1" pacemakerd KILL
  sleep 1
  quietly lab start "$1"
}

fault_pacemakerd_hung() { # SIGSTOP of pacemakerd
  strike lab hang "$1" pacemakerd
  some_seconds 8
  quietly lab resume "$1" pacemakerd
}

some_daemon() {
  local -a daemons=(pacemaker-based pacemaker-attrd pacemaker-controld pacemaker-execd pacemaker-fenced pacemaker-schedulerd)
  detail=${daemons[RANDOM % ${#daemons[@]}]}
}

fault_daemon_killed() { # SIGKILL of one of Pacemaker's daemons
  some_daemon
  strike lab kill "$1" "$detail" KILL
  sleep 2
  over=$(date +%s%6N)
  # A node that Pacemaker leaves without a daemon is for a person, once it is seen that clients need nobody.
  ! has_half_a_pacemaker "$1" || {
    writes_again "$over" 30 || echo "no write for 30 s with a half Pacemaker on $1" >>"$folder/unsettled"
    detail+=', the node restarted by hand'
    restart_node "$1"
    quietly lab settle 60
  }
}

fault_daemon_hung() { # SIGSTOP of one of Pacemaker's daemons
  some_daemon
  strike lab hang "$1" "$detail"
  some_seconds 8
  quietly lab resume "$1" "$detail"
}

fault_disk_stalled() { # the disk of the data does not write
  strike lab stall "$1"
  some_seconds 8
  quietly lab relieve "$1"
}

fault_disk_slow() { # it writes for a tenth of every half second
  local i
  strike lab stall "$1"
  for ((i = 0; i < 12; ++i)); do
    quietly lab stall "$1"
    sleep 0.4
    quietly lab relieve "$1"
    sleep 0.1
  done
}

fault_disk_full() { # not a byte is left on it
  strike lab fill "$1"
  some_seconds 8
  quietly lab relieve "$1"
}

fault_connections() { # clients take every connection
  lab client rm -f /var/log/chaos-crowd
  lab client timeout 20 mysql-prm-writer --host "$(node_address "$1")" --password-file /etc/mysql-prm/app-password --table crowd \
    --log /var/log/chaos-crowd --idle 1000 --seconds 6 >/dev/null 2>&1 </dev/null &
  sleep 4
  lab client tail -n 1 /var/log/chaos-crowd | grep -q ' 1040 ' || void='no connection was refused'
  wait $! || true
}

fault_transaction() { # a long transaction holds the locks of a table that is written to; every second time the primary is moved meanwhile
  local from
  from=$(lab primary)
  node=$from
  quietly timeout 20 "$k_lab" --name "$cluster" sql "$from" 'BEGIN; SELECT COUNT(*) FROM lab.v1 FOR UPDATE; SELECT SLEEP(6); ROLLBACK' &
  sleep 2
  lab sql "$from" 'SELECT info FROM information_schema.processlist' | grep -q '^SELECT SLEEP(6)' || void='no transaction'
  if ((RANDOM % 2)); then
    detail="moved away from $from"
    begin_move "$from" "$(another "$from")"
    end_move
  fi
  wait $! || true
}

fault_lagging() { # somebody's lock keeps a replica from applying for a while; every second time the primary's server is killed meanwhile
  local from seconds=$((RANDOM % 8 + 4)) reader
  from=$(lab primary)
  node=$(another "$from")
  quietly timeout $((seconds + 10)) "$k_lab" --name "$cluster" sql "$node" \
    "LOCK TABLES lab.v1 READ, lab.v2 READ, lab.v3 READ; SELECT SLEEP($seconds); UNLOCK TABLES" &
  reader=$!
  sleep 2
  lab sql "$node" 'SELECT state FROM information_schema.processlist' | grep -q 'Waiting for table metadata lock' || void='no applier waits'
  if ((RANDOM % 2)); then
    detail="$node lags"
    strike lab kill "$from" mysqld KILL
    node=$from
  fi
  wait "$reader" || true
}

begin_move() { # FROM TO
  strike lab run "$1" crm_resource --move --resource ms_mysql --promoted --node "$2"
}
end_move() {
  sleep 3
  anywhere crm_resource --clear --resource ms_mysql
}

fault_move() { # a planned move
  local from
  from=$(lab primary)
  node=$from
  begin_move "$from" "$(another "$from")"
  end_move
}

fault_standby() { # the node is put on standby
  strike lab run "$1" crm_standby --node "$1" --update on
  some_seconds 6
  anywhere crm_standby --node "$1" --delete
}

fault_killed_in_a_move() { # a server is killed somewhere in the middle of a planned move
  local from to
  from=$(lab primary)
  to=$(another "$from")
  begin_move "$from" "$to"
  sleep "0.$((RANDOM % 10))"
  if ((RANDOM % 2)); then detail="the old one, $from"; else detail="the new one, $to"; fi
  node=${detail##* }
  strike lab kill "$node" mysqld KILL
  end_move
}

fault_agent_killed() { # the agent is killed at a random moment of a failover
  strike lab kill "$1" mysqld KILL
  local i
  for ((i = 0; i < 8; ++i)); do
    sleep "0.$((RANDOM % 5))"
    quietly lab kill "db$((RANDOM % 3 + 1))" mysql-prm KILL
  done
  # Without fencing a stop that was killed is for a person, who looks again once it is over: when failure-timeout has passed,
  # Pacemaker (seen on 3.0.3) believes that the server runs and does not monitor it.
  if [[ $fencing == off ]]; then sleep 12 && anywhere crm_resource --refresh; fi
}

# The agent of NODE becomes a program that, the first time it is called for an action or a stage of the notifications (pre-promote), has
# the agent or the server killed some milliseconds later, or halts for the node to lose power. "first": before the agent has done anything.
# shellcheck disable=SC2016 # for the node
k_armed='#!/bin/bash
action=$1
[[ $1 != notify ]] || action=$OCF_RESKEY_CRM_meta_notify_type-$OCF_RESKEY_CRM_meta_notify_operation
if [[ $action == STAGE ]] && mkdir /var/lib/chaos-struck 2>/dev/null; then
  {
    [[ MOMENT == first ]] || sleep MOMENT
    case VICTIM in
      agent) kill -KILL $$ ;;
      server) kill -0 $$ && pkill -KILL -x "mysqld|mariadbd" ;;
      node) kill -STOP $$ ;;
    esac && touch /var/lib/chaos-struck/yes
  } >/dev/null 2>&1 </dev/null &
  [[ MOMENT != first ]] || wait
fi
exec -a "$0" /usr/sbin/mysql-prm "$@"'

arm() { # STAGE NODE
  sed "s/STAGE/$1/; s/MOMENT/$moment/g; s/VICTIM/$victim/" <<<"$k_armed" |
    lab run "$2" sh -c 'rm -rf /var/lib/chaos-struck; cat >"$1.new" && chmod 755 "$1.new" && mv -fT "$1.new" "$1"' arm "$k_agent" || void='not armed'
}

disarm() {
  local node
  for node in "${k_nodes[@]}"; do
    quietly lab run "$node" sh -c 'ln -sfn /usr/sbin/mysql-prm "$1.new" && mv -fT "$1.new" "$1"' disarm "$k_agent"
  done
}

# Sets victim and moment: at the second attempt a shorter one, since a notification may be over in 12 ms; at the third one that cannot miss.
draw_kill() {
  local -a victims=(agent server node)
  victim=${victims[RANDOM % 3]}
  moment=$(printf '0.%03d' $((RANDOM % 40 / (1 + attempt * 4))))
  ((attempt < 2)) || moment='first'
}

# Sets struck, and does what the node cannot do to itself.
wait_struck() { # STAGE NODE...
  local stage=$1 other end=$((SECONDS + 20))
  shift
  struck=()
  until ((${#struck[@]} > 0 || SECONDS >= end)); do
    for other in "$@"; do
      lab run "$other" test -e /var/lib/chaos-struck/yes 2>/dev/null || continue
      node=$other
      struck+=("$node")
      detail="$victim in $stage, at $moment"
      [[ $victim != node ]] || quietly lab off "$node"
    done
  done
  ((${#struck[@]} > 0)) || void="no $stage, or over before the moment ($moment)"
}

recover() {
  local node
  if ((${#struck[@]} < 2)); then it_comes_back 3; else some_seconds 3; fi # two nodes may be off
  for node in "${k_nodes[@]}"; do quietly lab on "$node"; done
  end_move
  disarm
}

fault_killed_in_notify() { # the agent, the server or the node dies while it is notified of a failover or a planned move
  local from
  local -a stages=(pre-demote post-demote pre-promote post-promote)
  local stage=${stages[RANDOM % 4]}
  from=$(lab primary)
  draw_kill
  arm "$stage" "$1"
  # In a move everybody is notified of everything; behind the end of its server a node is not.
  if ((RANDOM % 2 && attempt < 2)); then strike lab kill "$from" mysqld KILL; else begin_move "$from" "$(another "$from")"; fi
  wait_struck "$stage" "$1"
  recover
}

fault_killed_in_demote() { # the same while it demotes
  local from
  from=$(lab primary)
  draw_kill
  arm demote "$from"
  begin_move "$from" "$(another "$from")"
  wait_struck demote "$from"
  recover
}

fault_killed_in_promote() { # the same while it promotes, in a planned move; in a failover whoever it is
  local from to
  from=$(lab primary)
  to=$(another "$from")
  draw_kill
  arm promote "$to"
  if ((RANDOM % 2)); then
    begin_move "$from" "$to"
    wait_struck promote "$to"
  else
    arm promote "$(another "$to")"
    strike lab kill "$from" mysqld KILL
    wait_struck promote "$to" "$(another "$to")"
  fi
  recover
}

fault_two_at_once() { # the primary's server is killed or hangs or its node is cut, and another node loses power
  local other
  other=$(another "$1")
  case $((RANDOM % 3)) in
    0) detail='killed' && strike lab kill "$1" mysqld KILL ;;
    1) detail='hung' && strike lab hang "$1" mysqld ;;
    2) detail='cut' && strike lab cut "$1" ;;
  esac
  detail+=", $other off"
  strike lab off "$other"
  some_seconds 8
  quietly lab on "$other"
  quietly lab join "$1"
}

# Of these one thing breaks and a second one with it, or while the cluster is at the first.
k_double_kinds='agent_killed|killed_in_notify|killed_in_promote|lagging|outage|two_at_once'
single_kinds() { default_kinds | grep -vxE "$k_double_kinds"; }

default_kinds() { sed -n 's/^fault_\([a-z_]*\)().*/\1/p' "$k_chaos/faults.sh"; }
