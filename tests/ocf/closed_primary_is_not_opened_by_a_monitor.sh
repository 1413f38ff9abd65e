#!/bin/bash
# A primary that somebody has closed by hand is reported as not promoted, and stays closed until the cluster promotes again.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

two_nodes
flags=(read_only)
[[ $k_flavor == mariadb ]] || flags+=(super_read_only)
for flag in "${flags[@]}"; do
  say "$flag"
  sql db1 "SET GLOBAL $flag = 1"
  for ((i = 0; i < 2; ++i)); do
    make_check_due db1
    monitor 0 db1
    ! is_writable db1 || fail 'a monitor has opened it'
  done
  monitor 0 db2
  promote_node db1 'db1 db2'
  is_writable db1 || fail 'it is closed still'
  monitor 8 db1
  sql db1 "INSERT INTO app.t (v) VALUES ('open again')"
  wait_until 20 'equal data' same_data db1 db2
done
