#!/bin/bash
# A server that is stopped by SIGSTOP is reported as failed within 5 s, in either role and in a probe, though the operation's timeout is a
# minute; demote and stop end it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

fails_soon() { # NODE [NAME=VALUE]...
  local begun elapsed
  begun=${EPOCHREALTIME/[.,]/}
  expect 1 "$1" monitor "${@:2}"
  elapsed=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
  expect_reason .
  ((elapsed < 5000)) || fail "it took $elapsed ms"
  say "failed after $elapsed ms"
}

two_nodes
for node in db1 db2; do
  kill -STOP "$(server_pid $node)"
  fails_soon $node "${k_recurring[@]}"
  fails_soon $node "${k_recurring[@]}" OCF_CHECK_LEVEL=10
  fails_soon $node
done

transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 stop='db1 db2'
# A demote that had to end the server fails, so that Pacemaker stops and fences what it has to; the server is gone.
expect 1 db1 demote "${lists[@]}"
expect_reason 'had to be ended'
[[ -z $(server_pid db1) ]] || fail 'the hung primary is still there'
expect 0 db1 demote "${lists[@]}"
expect 0 db1 stop "${lists[@]}"
expect 0 db2 stop "${lists[@]}"
[[ -z $(pids_of "$scratch") ]] || fail 'a server is left'
expect 0 db1 start
monitor 0 db1
