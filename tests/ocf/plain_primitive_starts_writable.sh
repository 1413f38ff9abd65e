#!/bin/bash
# A plain primitive (no clone: shared storage) starts writable, is never promoted, and no replication is managed: neither the cluster
# nor the settings of a replica are touched.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

make_node db1
expect 7 db1 monitor "${k_plain[@]}"
expect 0 db1 start "${k_plain[@]}"
is_writable db1 || fail 'not writable'
sql db1 "$([[ $k_flavor == mysql ]] && echo "CHANGE REPLICATION SOURCE TO SOURCE_HOST='192.0.2.1'" || echo "CHANGE MASTER TO MASTER_HOST='192.0.2.1'")"
expect 0 db1 monitor "${k_recurring[@]}" "${k_plain[@]}"
expect 0 db1 monitor "${k_recurring[@]}" "${k_plain[@]}" OCF_CHECK_LEVEL=10
expect 0 db1 monitor "${k_plain[@]}"
expect 0 db1 start "${k_plain[@]}"
is_writable db1 || fail 'a second start made it read-only'
replica_status db1 | grep -q 'Host: 192.0.2.1' || fail 'the settings of the replica are gone'
expect_no_calls
kill_server db1
expect 7 db1 monitor "${k_recurring[@]}" "${k_plain[@]}"
expect 0 db1 start "${k_plain[@]}"
is_writable db1 || fail 'not writable after a crash'
expect 0 db1 stop "${k_plain[@]}"
expect 0 db1 stop "${k_plain[@]}"
expect 7 db1 monitor "${k_plain[@]}"
expect_no_calls

say 'binary log off is fine for one server'
sed -i '/^log_bin/d; /^gtid_mode/d; /^enforce_gtid/d' "$scratch/db1/my.cnf"
echo skip_log_bin >>"$scratch/db1/my.cnf"
expect 0 db1 start "${k_plain[@]}"
expect 0 db1 stop "${k_plain[@]}"
