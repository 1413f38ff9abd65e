#!/bin/bash
# A server whose settings let it never take part is refused with the reason, and a record of the primary that cannot be read is not
# overwritten: binary log off, no log of what it replicates, a server_id that another server has, GTID on one side only, corrupt REPL_INFO.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

refused() { # CODE PATTERN NODE [NAME=VALUE]...
  local code=$1 pattern=$2 node=$3
  shift 3
  forget_calls
  expect "$code" "$node" start "$@"
  expect_reason "$pattern"
  [[ -z $(server_pid "$node") ]] || fail 'a server is left'
  ! grep -q -- --update "$CRM_STAND_IN/calls" || fail "the cluster was changed: $(calls)"
}

k_log_updates=log_slave_updates
[[ $k_flavor == mariadb ]] || k_log_updates=log_replica_updates
two_nodes
expect 0 db2 stop
config=$scratch/db2/my.cnf
cp "$config" "$scratch/whole.cnf"

say 'binary log off'
sed -i '/^log_bin/d; /^gtid_mode/d; /^enforce_gtid/d' "$config"
echo 'skip_log_bin' >>"$config"
refused 5 'binary log is off' db2
cp "$scratch/whole.cnf" "$config"

say 'no log of what it replicates'
sed -i "s/^$k_log_updates.*/$k_log_updates = OFF/" "$config"
refused 5 'log_replica_updates' db2
cp "$scratch/whole.cnf" "$config"

say 'two servers with one server_id'
sed -i 's/^server_id.*/server_id = 1/' "$config"
refused 5 'two servers with server_id 1' db2
cp "$scratch/whole.cnf" "$config"

say 'two replicas with one server_id'
expect 0 db2 start
make_node db3
sed -i 's/^server_id.*/server_id = 2/' "$scratch/db3/my.cnf"
refused 5 'two servers with server_id 2: this one and the one on db2' db3
expect 0 db2 stop
sed -i '/^db3$/d' "$CRM_STAND_IN/nodes"

if [[ $k_flavor == mysql ]]; then
  say 'GTID on one side only'
  sed -i 's/^gtid_mode.*/gtid_mode = OFF/; s/^enforce_gtid.*/enforce_gtid_consistency = OFF/' "$config"
  refused 5 'GTID mode differs' db2
  cp "$scratch/whole.cnf" "$config"
fi

say 'corrupt REPL_INFO'
info=$CRM_STAND_IN/property/mysql_replication/${k_resource}_REPL_INFO
cp "$info" "$scratch/info"
for corrupt in 'nonsense' '|||' '127.0.0.1|binlog.000001|four|1|db1|1|' '127.0.0.1|binlog.000001|4|1|db1|1|nowhere'; do
  printf '%s' "$corrupt" >"$info"
  # 6 would stop the healthy primary too
  refused 1 'corrupt REPL_INFO' db2
  expect_equal 'the record' "$(<"$info")" "$corrupt"
  [[ -n $(server_pid db1) ]] || fail 'the primary is gone'
done
say 'the primary writes its record again'
sed -i 's/^verified=.*/verified=0/' "$scratch"/db1/rsctmp/*.state
monitor 8 db1
cmp "$info" "$scratch/info" || fail "the record is $(<"$info")"
expect 0 db2 start
monitor 0 db2
wait_until 20 'db2 follows' follows db2 db1
