#!/bin/bash
# A wrapper named as the binary is accepted: the server beside it runs, without the wrapper, in a session of its own.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

make_node db1
found=0
for wrapper in /usr/bin/mysqld_safe /usr/bin/mariadbd-safe; do
  [[ -x $wrapper ]] || continue
  found=$((found + 1))
  say "binary=$wrapper"
  expect 7 db1 monitor "OCF_RESKEY_binary=$wrapper"
  expect 0 db1 start "OCF_RESKEY_binary=$wrapper"
  server=$(server_pid db1)
  grep -qE '/(mysqld|mariadbd)$' <<<"$(readlink "/proc/$server/exe")" || fail "it runs $(readlink "/proc/$server/exe")"
  expect_equal 'session' "$(ps -o sid= -p "$server" | tr -d ' ')" "$(ps -o pgid= -p "$server" | tr -d ' ')"
  [[ $(ps -o sid= -p "$server") != "$(ps -o sid= -p $$)" ]] || fail 'the server is in the session of its starter'
  monitor 0 db1 "OCF_RESKEY_binary=$wrapper"
  expect 0 db1 stop "OCF_RESKEY_binary=$wrapper"
  [[ -z $(server_pid db1) ]] || fail 'the server is still there'
done
((found > 0)) || fail 'no wrapper is installed here'

say 'a server that the wrapper itself started is recognised, and stop ends both'
wrapper=$(command -v mariadbd-safe || command -v mysqld_safe)
setsid "$wrapper" --defaults-file="$scratch/db1/my.cnf" --datadir="$scratch/db1/data" --socket="$scratch/db1/run/socket" \
  --pid-file="$scratch/db1/run/pid" --log-error="$scratch/db1/error.log" --user=mysql --read-only=1 </dev/null >/dev/null 2>&1 &
wait_for_login "$scratch/db1/run/socket"
monitor 0 db1 "OCF_RESKEY_binary=$wrapper"
expect 0 db1 start "OCF_RESKEY_binary=$wrapper"
expect 0 db1 stop "OCF_RESKEY_binary=$wrapper"
[[ -z $(pids_of "$scratch/db1") ]] || fail "left: $(pids_of "$scratch/db1")"
expect 7 db1 monitor "OCF_RESKEY_binary=$wrapper"
