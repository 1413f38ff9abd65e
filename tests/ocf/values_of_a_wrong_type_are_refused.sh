#!/bin/bash
# For every parameter of the meta-data, a value of another type is refused by start (with code 2: 6 would stop the servers that run)
# and by validate-all (6) with a reason that names the parameter; stop, monitor and reload-agent go on, because a typing error must not
# end in a fenced node, nor stop the cluster.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

make_node db1
"$agent_program" meta-data >"$scratch/meta-data"
before=$(picture_of "$scratch/db1")

# Lines of: name type default
parameters() {
  awk -F'"' '/<parameter name=/ { name = $2 }
    /<content / { for (i = 1; i < NF; i++) { if ($i ~ /type=$/) type = $(i + 1); if ($i ~ /default=$/) standard = $(i + 1) }
      print name "|" type "|" standard; standard = "" }' "$scratch/meta-data"
}

# Values that cannot be right. Text may be anything but control characters, so it gets one.
wrong_values() { # TYPE
  case $1 in
    boolean) printf '%s\n' perhaps 2 ;;
    integer) printf '%s\n' many -1 1.5 99999999999999999999 0x10 ;;
    *) printf 'a\tb\a\n' ;;
  esac
}

checked=0
while IFS='|' read -r name type standard; do
  while IFS= read -r value; do
    for action in start:2 validate-all:6; do
      expect "${action#*:}" db1 "${action%:*}" "OCF_RESKEY_$name=$value"
      expect_reason "$name" >/dev/null
      [[ -z $standard || $(reason) != *secret* ]] || fail "the reason shows a secret: $(reason)"
    done
    checked=$((checked + 1))
  done < <(wrong_values "$type")
done < <(parameters)
((checked > 38)) || fail "only $checked values were tried"
say "$checked values were refused"

say 'paths have to be absolute, names to be names'
while IFS='|' read -r name value; do
  expect 2 db1 start "OCF_RESKEY_$name=$value"
  expect_reason "$name" >/dev/null
done <<'LIST'
binary|mysqld
config|my.cnf
datadir|data
log|error.log
pid|pid
socket|socket
credentials_file|credentials
post_promote_script|script
user|my sql
group|my:sql
test_table|user
test_table|a.b.c
additional_parameters|--init-connect='SELECT 1
reader_attribute|read able
replication_mode|maybe
replication_port|65536
replication_port|0
max_slave_lag|0
LIST

say 'what cannot be honoured yet is refused, never ignored'
while IFS='|' read -r name value; do
  expect 2 db1 start "OCF_RESKEY_$name=$value"
  expect_reason "$name" >/dev/null
done <<'LIST'
binary_prefix|numactl
reader_failcount|3
backup_lockfile|/run/backup.lock
geo_remote_IP|192.0.2.1
geo_remote_user|admin
geo_remote_opts|-p 22
booth_master_ticket|ticketOther
replication_options|MASTER_DELAY=5
LIST

say 'the rest of the node goes on'
expect 7 db1 monitor OCF_RESKEY_max_slave_lag=many
expect 0 db1 stop OCF_RESKEY_max_slave_lag=many
expect 0 db1 reload-agent OCF_RESKEY_max_slave_lag=many
after=$(picture_of "$scratch/db1")
[[ $after == "$before" ]] || fail "changed: $(diff <(echo "$before") <(echo "$after") | head -n 5)"
[[ -z $(server_pid db1) ]] || fail 'a server runs'
