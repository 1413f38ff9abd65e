#!/bin/bash
# What a steady monitor costs beside the least that any client could do.
# usage: monitor.sh AGENT BARE_CLIENT [RUNS [CHECK_LEVEL]]     as root; about 20 s
#
# Two servers, a primary and its replica, with stand-in cluster tools. For each role: the programs that one steady monitor executes,
# and the median wall time of RUNS (100) monitors, alternating with RUNS bare clients that connect and run the statements which the
# general log shows for the monitor. `true` is what starting any program costs here. Fails when a bar is missed: 1 program, twice
# the bare client.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=../ocf/lib.sh
source "$(dirname "$(readlink -f "$0")")/../ocf/lib.sh"

bare_client=$(readlink -f "${2:?the bare client}")
runs=${3:-100}
level=${4:-0}
k_most_programs=1
k_largest_ratio_percent=200

# The statements of one monitor, in the array `statements`.
statements=()
find_statements() { # NODE
  local log=$scratch/$1/general.log round size
  local -a ids=()
  # The watcher logs in as repl, too: a log with both says not which of them is the monitor.
  for ((round = 0; round < 10 && ${#ids[@]} != 1; ++round)); do
    size=$(stat -c %s "$log" 2>/dev/null || echo 0)
    sql "$1" 'SET GLOBAL general_log = ON'
    agent "$1" monitor "${k_recurring[@]}" "OCF_CHECK_LEVEL=$level"
    sql "$1" 'SET GLOBAL general_log = OFF'
    mapfile -t ids < <(tail -c "+$((size + 1))" "$log" | sed -nE 's/.*[[:blank:]]([0-9]+) Connect[[:blank:]]+repl@localhost.*/\1/p')
  done
  ((${#ids[@]} == 1)) || fail "${#ids[@]} logins in the log of $1 beside one monitor"
  mapfile -t statements < <(tail -c "+$((size + 1))" "$log" | sed -nE "s/.*[[:blank:]]${ids[0]} Query[[:blank:]]+//p")
  ((${#statements[@]} > 0)) || fail "no statement of the monitor in the log of $1"
}

# Not in a subshell, and with a detached strace: the agent takes another parent for another Pacemaker and would write its scores.
programs=0
count_programs() { # NODE
  rm -f "$scratch/trace"
  k_wrap=(strace -D -f -q -e trace=execve -e signal=none -o "$scratch/trace")
  agent "$1" monitor "${k_recurring[@]}" "OCF_CHECK_LEVEL=$level"
  k_wrap=()
  wait_until 5 'the trace is whole' grep -q "^$pid .*exited with" "$scratch/trace"
  programs=$(grep -c 'execve(.*= 0' "$scratch/trace")
}

microseconds() { # FILE COMMAND...: appends how long it took
  local begun=${EPOCHREALTIME/[.,]/}
  "${@:2}" </dev/null >/dev/null 2>&1 || true
  echo $((${EPOCHREALTIME/[.,]/} - begun)) >>"$1"
}

median() { sort -n "$1" | sed -n "$(((runs + 1) / 2))p"; }

# In a subshell with the agent's environment: nothing but the program is between the clock's two looks.
measure() { # NODE
  local change i
  set_environment "$1"
  for change in "${environment[@]}" "${k_recurring[@]}" "OCF_CHECK_LEVEL=$level"; do export "${change?}"; done
  for ((i = 0; i < 10; ++i)); do "$scratch/ocf/resource.d/percona/mysql" monitor </dev/null >/dev/null 2>&1 || true; done
  for ((i = 0; i < runs; ++i)); do
    microseconds "$scratch/agent.us" "$scratch/ocf/resource.d/percona/mysql" monitor
    microseconds "$scratch/bare.us" "$bare_client" "$scratch/$1/run/socket" repl "$scratch/password" "${statements[@]}"
    microseconds "$scratch/true.us" /bin/true
  done
}

missed=0
row() { # ROLE NODE
  local agent bare floor percent
  find_statements "$2"
  "$bare_client" "$scratch/$2/run/socket" repl "$scratch/password" "${statements[@]}" || fail 'the bare client fails'
  count_programs "$2"
  rm -f "$scratch"/{agent,bare,true}.us
  (measure "$2")
  agent=$(median "$scratch/agent.us")
  bare=$(median "$scratch/bare.us")
  floor=$(median "$scratch/true.us")
  percent=$((100 * agent / bare))
  printf '%-11s %8d %11d %10d.%02d %9d.%02d %6d.%02d %5d.%02d\n' "$1" "$programs" "${#statements[@]}" \
    $((agent / 1000)) $((agent % 1000 / 10)) $((bare / 1000)) $((bare % 1000 / 10)) $((floor / 1000)) $((floor % 1000 / 10)) \
    $((percent / 100)) $((percent % 100))
  ((programs <= k_most_programs && percent <= k_largest_ratio_percent)) || missed=1
}

command -v strace >/dev/null || fail 'strace is not installed'
printf '%s\n' "$k_repl_password" >"$scratch/password"
two_nodes >/dev/null
# With a heartbeat to read, which the account of these tests may not write.
sql db1 'CREATE DATABASE mysql_prm; CREATE TABLE mysql_prm.heartbeat (server_id INT UNSIGNED NOT NULL PRIMARY KEY,
  written DATETIME(6) NOT NULL); INSERT INTO mysql_prm.heartbeat VALUES (1, UTC_TIMESTAMP(6))'
monitor 0 db2
printf '%-11s %8s %11s %13s %12s %9s %8s\n' role programs statements 'monitor (ms)' 'client (ms)' 'true (ms)' ratio
row promoted db1
row unpromoted db2
((missed == 0)) || fail 'a bar is missed: 1 program, ratio 2.0'
