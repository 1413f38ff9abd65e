#!/bin/bash
# A leads, is killed, and joins B; B loses its power and joins A; A is killed and joins B again: nobody loses a transaction, takes one
# twice, or is kept out for having led before.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

fails_over() { # FROM TO [reboots]
  sql "$1" "INSERT INTO app.t (v) VALUES ('by $1')"
  wait_until 20 "$2 has what $1 has" same_data "$1" "$2"
  kill_server "$1"
  replace_primary "$1" "$2"
  monitor 8 "$2"
  sql "$2" "INSERT INTO app.t (v) VALUES ('by $2')"
  [[ -z ${3-} ]] || rm -rf "$scratch/$1"/rsctmp/* "$CRM_STAND_IN/attribute/reboot/$1" "$CRM_STAND_IN"/private/*/"$1"
  expect 0 "$1" start
  expect_joined "$1" "$2"
  wait_until 10 'both have the same position' same_position db1 db2
  say "$1 follows $2"
}

two_nodes
fails_over db1 db2
fails_over db2 db1 reboots
fails_over db1 db2
expect_equal rows "$(sql db1 'SELECT COUNT(*) FROM app.t')" 9
