#!/bin/bash
# The parameters of an existing ocf:heartbeat:mysql promotable clone work when only the type of the resource is changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

# The names and values that its documentation shows; the file with credentials is this agent's own.
set_old=()
old_parameters() { # NODE
  set_old=(
    -OCF_RESKEY_credentials_file -OCF_RESKEY_replication_port
    OCF_RESKEY_binary="$(command -v mysqld_safe)" OCF_RESKEY_client_binary=mysql OCF_RESKEY_user=mysql OCF_RESKEY_group=mysql
    OCF_RESKEY_test_table=mysql.user OCF_RESKEY_test_user=test OCF_RESKEY_test_passwd="$k_test_password"
    OCF_RESKEY_enable_creation=0 OCF_RESKEY_additional_parameters="--bind-address=${address_of_node[$1]} --max-connections=50"
    OCF_RESKEY_replication_user=repl OCF_RESKEY_replication_passwd="$k_repl_password" OCF_RESKEY_replication_port="$port"
    OCF_RESKEY_max_slave_lag=60 OCF_RESKEY_evict_outdated_slaves=false OCF_RESKEY_reader_attribute=p_mysql_readable
  )
}

old() { # CODE NODE ACTION...
  old_parameters "$2"
  expect "$@" "${set_old[@]}"
}

make_node db1
make_node db2
old 0 db1 validate-all
for node in db1 db2; do
  old 7 $node monitor
  old 0 $node start
done
transition active='db1 db2' unpromoted='db1 db2' promote=db1
pre=(OCF_RESKEY_CRM_meta_notify_type=pre OCF_RESKEY_CRM_meta_notify_operation=promote)
post=(OCF_RESKEY_CRM_meta_notify_type=post OCF_RESKEY_CRM_meta_notify_operation=promote)
for node in db1 db2; do old 0 $node notify "${lists[@]}" "${pre[@]}"; done
old 0 db1 promote "${lists[@]}"
for node in db1 db2; do old 0 $node notify "${lists[@]}" "${post[@]}"; done
old 8 db1 monitor "${k_recurring[@]}" OCF_CHECK_LEVEL=1
old 0 db2 monitor "${k_recurring[@]}" OCF_CHECK_LEVEL=1
sql db1 "CREATE TABLE app.t (v INT); INSERT INTO app.t VALUES (1)"
wait_until 20 'db2 has what db1 has' same_data db1 db2
expect_equal 'max_connections' "$(sql db1 'SELECT @@global.max_connections')" 50
expect_equal 'reader attribute' "$(cat "$CRM_STAND_IN/attribute/reboot/db2/p_mysql_readable")" 1
old 0 db1 demote
old 0 db1 stop
old 0 db2 stop
! warnings_in "$scratch"/db?/agent.log || fail 'warnings'
