#!/bin/bash
# A replica that was stopped, killed with transactions that it had received and not applied, or without power joins by itself, and has
# what was committed meanwhile.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_data=$scratch/db2/data

# What lives until a reboot is gone, the relay log ends in the middle of a transaction, and a file that nobody synchronises is missing.
loses_power() {
  local relay
  kill_server db2
  rm -rf "$scratch"/db2/rsctmp/* "$CRM_STAND_IN/attribute/reboot/db2" "$CRM_STAND_IN"/private/*/db2
  for relay in "$k_data"/relay.0*; do :; done # the last one
  truncate -s -20 "$relay"
  rm -f "$k_data/relay-log.info" # MariaDB
}

comes_back() {
  expect 7 db2 monitor
  expect 0 db2 start
  expect_joined db2 db1
}

two_nodes
say stopped
expect 0 db2 stop
sql db1 "INSERT INTO app.t (v) VALUES ('stopped')"
comes_back

for how in killed loses_power; do
  say "$how"
  sql db2 'STOP REPLICA SQL_THREAD'
  sql db1 "INSERT INTO app.t (v) VALUES ('received')"
  wait_until 10 'the transaction is received' has_received db2 db1
  case $how in
    killed) kill_server db2 ;;
    loses_power) loses_power ;;
  esac
  sql db1 "INSERT INTO app.t (v) VALUES ('away')"
  comes_back
done
expect_equal rows "$(sql db2 'SELECT COUNT(*) FROM app.t')" 8
