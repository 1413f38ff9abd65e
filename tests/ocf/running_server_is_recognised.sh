#!/bin/bash
# A server that the agent did not start is recognised: by hand, with its own ways to name its folder, read-only or writable; a start of a
# writable one closes it first; stop ends it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

by_hand() {
  (cd / && exec setsid "$k_server" --defaults-file="$scratch/db1/my.cnf" --datadir="$scratch/db1/data" --socket="$scratch/db1/run/socket" \
    --pid-file="$scratch/db1/run/pid" --log-error="$scratch/db1/error.log" </dev/null >/dev/null 2>&1) &
  wait_for_login "$scratch/db1/run/socket"
}

make_node db1
say 'writable'
by_hand
server=$(server_pid db1)
expect 8 db1 monitor
forget_calls
expect 0 db1 start
expect_equal 'the server' "$(server_pid db1)" "$server"
! is_writable db1 || fail 'a started instance is writable'
monitor 0 db1
expect 0 db1 stop
[[ -z $(server_pid db1) ]] || fail 'it still runs'

say 'read-only, without a pid file, folder in the configuration only'
echo "datadir = $scratch/db1/data" >>"$scratch/db1/my.cnf"
(cd / && exec setsid "$k_server" --defaults-file="$scratch/db1/my.cnf" --socket="$scratch/db1/run/socket" --read-only=1 \
  --pid-file="$scratch/db1/run/other.pid" --log-error="$scratch/db1/error.log" </dev/null >/dev/null 2>&1) &
wait_for_login "$scratch/db1/run/socket"
expect 0 db1 monitor
expect 0 db1 start
monitor 0 db1
expect 0 db1 stop
! "$k_client" --no-defaults -uroot -S "$scratch/db1/run/socket" -e 'SELECT 1' 2>/dev/null || fail 'it still answers'

say 'a pid file that names somebody else harms nobody'
sleep 300 &
stranger=$!
echo "$stranger" >"$scratch/db1/run/pid"
expect 7 db1 monitor
expect 0 db1 stop
kill -0 "$stranger" || fail 'a stranger was ended'
echo "$stranger" >"$scratch/db1/run/pid"
expect 0 db1 start
kill -0 "$stranger" || fail 'a stranger was ended'
expect 0 db1 stop
