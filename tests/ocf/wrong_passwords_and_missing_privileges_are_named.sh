#!/bin/bash
# A wrong password and a missing privilege end the start with a reason that says which account and which privilege, and what it
# started goes away again. A monitor of a server that refuses the login does not call it dead.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

refused() { # PATTERN [NAME=VALUE]...
  local pattern=$1
  shift
  forget_calls
  expect 1 db1 start "$@"
  expect_reason "$pattern"
  [[ $(reason) != *Secret* ]] || fail 'the reason shows a password'
  [[ -z $(server_pid db1) ]] || fail 'a server is left'
  ! grep -q -- --update "$CRM_STAND_IN/calls" || fail "the cluster was changed: $(calls)"
}

make_node db1
k_no_file=-OCF_RESKEY_credentials_file
k_repl=(OCF_RESKEY_replication_user=repl "OCF_RESKEY_replication_passwd=$k_repl_password")

say 'wrong password of the replication account'
refused "'repl'.*(denied|cannot log in)|(denied|cannot log in).*'repl'" $k_no_file OCF_RESKEY_replication_user=repl OCF_RESKEY_replication_passwd=wrong-Secret-3

say 'wrong password of the test account'
refused "test_user cannot log in.*'test'" $k_no_file "${k_repl[@]}" OCF_RESKEY_test_user=test OCF_RESKEY_test_passwd=wrong-Secret-3

say 'an account that does not exist'
refused "'nobody'" $k_no_file OCF_RESKEY_replication_user=nobody OCF_RESKEY_replication_passwd=wrong-Secret-3

say 'missing privileges are named'
expect 0 db1 start $k_no_file "${k_repl[@]}"
sql db1 "SET SESSION sql_log_bin=0; SET GLOBAL read_only=0; CREATE USER weak@'%' IDENTIFIED BY 'weak-Secret-4'; GRANT SELECT, PROCESS ON *.* TO weak@'%'"
expect 0 db1 stop
refused "account 'weak' lacks .*REPLICATION SLAVE" $k_no_file OCF_RESKEY_replication_user=weak OCF_RESKEY_replication_passwd=weak-Secret-4

say 'a running server that refuses the login is alive'
expect 0 db1 start
promote_node db1 db1
monitor 8 db1
expect 8 db1 monitor "${k_recurring[@]}" $k_no_file OCF_RESKEY_replication_user=repl OCF_RESKEY_replication_passwd=wrong-Secret-3 \
  OCF_RESKEY_test_user=test OCF_RESKEY_test_passwd=wrong-Secret-3
expect 0 db1 stop $k_no_file OCF_RESKEY_replication_user=repl OCF_RESKEY_replication_passwd=wrong-Secret-3
