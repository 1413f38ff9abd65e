#!/bin/bash
# No password in a command line, in the environment of a child, in a log, in an exit reason, or in what the cluster is told, with the
# passwords in the CIB and with the file of credentials, through start, promote, replication, move, refusals and stop.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_secrets='(repl|test|weak|wrong)-Secret-[0-9]'
trace=$scratch/trace
# Detached (-D), because it goes on with the server that start leaves behind; `finish` ends it.
k_wrap=(strace -D -f -qq -e trace=execve -e signal=none -s 4096 -v -A -o "$trace")
in_cib=(-OCF_RESKEY_credentials_file OCF_RESKEY_replication_user=repl "OCF_RESKEY_replication_passwd=$k_repl_password"
  OCF_RESKEY_test_user=test "OCF_RESKEY_test_passwd=$k_test_password" OCF_CHECK_LEVEL=10 HA_debug=1)

# Everything that any process shows while the actions run.
watch_processes() {
  local file
  while [[ -e $scratch/watching ]]; do
    for file in /proc/[0-9]*/cmdline; do
      { tr '\0' ' ' <"$file" && echo; } 2>/dev/null || true
    done | grep -vE 'grep|strace' | grep -E "$k_secrets" >>"$scratch/seen" || true
  done
}

step() { # CODE NODE ACTION...: then what it said is looked at
  expect "$@" "${extra[@]}"
  cat "$out" "$err" >>"$scratch/said"
}

life() {
  local node
  for node in db1 db2; do step 0 $node start; done
  transition active='db1 db2' unpromoted='db1 db2' promote=db1
  for node in db1 db2; do step 0 $node notify "${lists[@]}" "${pre[@]}"; done
  step 0 db1 promote "${lists[@]}"
  for node in db1 db2; do step 0 $node notify "${lists[@]}" "${post[@]}"; done
  step 8 db1 monitor "${k_recurring[@]}"
  step 0 db2 monitor "${k_recurring[@]}"
  transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 promote=db2
  step 0 db1 demote "${lists[@]}"
  for node in db1 db2; do step 0 $node notify "${lists[@]}" "${pre[@]}"; done
  step 0 db2 promote "${lists[@]}"
  for node in db1 db2; do step 0 $node notify "${lists[@]}" "${post[@]}"; done
  wait_until 20 'db1 has what db2 has' same_position db1 db2 # has joined: else it may not lead the next life
  step 0 db1 monitor "${k_recurring[@]}"
  step 0 db1 validate-all
  step 0 db1 stop
  step 0 db2 stop
}

command -v strace >/dev/null || fail 'strace is not installed'
make_node db1
make_node db2
pre=(OCF_RESKEY_CRM_meta_notify_type=pre OCF_RESKEY_CRM_meta_notify_operation=promote)
post=(OCF_RESKEY_CRM_meta_notify_type=post OCF_RESKEY_CRM_meta_notify_operation=promote)
touch "$scratch/watching"
watch_processes &
say 'passwords in the file'
extra=(HA_debug=1)
life
say 'passwords in the CIB'
rm -rf "$CRM_STAND_IN/property" "$CRM_STAND_IN/private" "$CRM_STAND_IN/attribute/reboot"
extra=("${in_cib[@]}")
life
say 'refusals'
agent db1 start "${in_cib[@]}" OCF_RESKEY_test_passwd=wrong-Secret-3
cat "$err" >>"$scratch/said"
agent db1 start "${in_cib[@]}" OCF_RESKEY_replication_passwd=wrong-Secret-3
cat "$err" >>"$scratch/said"
agent db1 start "${in_cib[@]}" OCF_RESKEY_replication_passwd=$'wrong-Secret-3\a'
cat "$err" >>"$scratch/said"
expect 0 db1 stop
rm "$scratch/watching"

[[ $(grep -c execve "$trace") -gt 20 ]] || fail 'the trace is too short to say anything'
# The first execve of a trace is the agent itself, whose environment Pacemaker made.
! grep -E "$k_secrets" "$trace" | grep -v '/resource.d/percona/mysql"' | cut -c1-200 || fail 'a password in the arguments or the environment of a child'
[[ ! -s $scratch/seen ]] || fail "a password in a command line: $(head -n 2 "$scratch/seen")"
! grep -E "$k_secrets" "$scratch/said" || fail 'a password in what an action said'
! grep -lE "$k_secrets" "$scratch"/db?/agent.log "$scratch"/db?/error.log || fail 'a password in a log'
! grep -rlE "$k_secrets" "$CRM_STAND_IN" "$scratch"/db?/rsctmp || fail 'a password in an attribute or the state'
say "looked at $(grep -c execve "$trace") programs"
