#!/bin/bash
# What each action asks of the cluster, call by call, for the only node of a new cluster. A steady monitor asks nothing.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_property='crm_attribute -t crm_config -s mysql_replication -n p_mysql'
k_info=${k_property}_REPL_INFO
k_events=${k_property}_EVENTS
k_sync=${k_property}_SYNC
k_score='crm_attribute -N db1 --promotion=p_mysql'
k_node='crm_attribute -N db1 -l reboot -n'
k_address='crm_attribute -N db1 -l forever -n p_mysql_mysql_master_IP -G -q'
k_quorum='corosync-quorumtool -s'
k_ballot='attrd_updater -n p_mysql_ballot'
k_number='attrd_updater -n p_mysql_server_id'
k_end=mysql:
[[ $k_flavor == mysql ]] || k_end=mariadb:0-1-1000000000 # the numbers that a promotion skips

# check NODE-CALLS: what was called since the last check
check() {
  local what=$1
  shift
  say "$what"
  expect_calls "$@"
  forget_calls
}

make_node db1

expect 7 db1 monitor
check 'a probe of a stopped server'

expect 0 db1 start
check start "$k_info -G -q" "$k_number -Q -A" "$k_number -p -N db1 --update=1" "$k_number -Q -A" "$k_score --update=50" \
  "$k_node readable --update=0"

monitor 0 db1
forget_calls
monitor 0 db1
monitor 0 db1 OCF_CHECK_LEVEL=10
check 'a steady monitor of a new replica without a primary asks for the record only' "$k_info -G -q" "$k_info -G -q"

transition active=db1 unpromoted=db1 promote=db1
notify pre promote db1
check pre-promote "$k_info -G -q" "$k_ballot -p -N db1 --update=1;0;1;??????????;LCW;;$k_flavor:" "$k_sync -G -q"

expect 0 db1 promote "${lists[@]}"
say promote
wait_for_guarantee_asked 2
sed -i "/^$k_sync -G -q\$/d" "$CRM_STAND_IN/calls"
# Between the two looks at the membership; those that need not wait for each other run side by side.
mapfile -t made <"$CRM_STAND_IN/calls"
expect_equal 'first call' "${made[0]}" "$k_quorum"
expect_equal 'last call' "${made[-1]}" "$k_quorum"
expect_equal 'questions' "$(printf '%s\n' "${made[@]}" | grep -vxF -- "$k_quorum" | grep -v -- --update | sort)" \
  "$(printf '%s\n' "$k_info -G -q" "$k_address" "$k_events -G -q" "$k_ballot -Q -A" | sort)"
grep -- --update "$CRM_STAND_IN/calls" >"$scratch/updates"
mv "$scratch/updates" "$CRM_STAND_IN/calls"
check 'promote writes' "$k_info --update=127.0.0.1|binlog.00000?|*|1|db1|1|"

notify post promote db1
check 'post-promote on the new primary' "$k_score --update=1000" "$k_node readable --update=1"

monitor 8 db1
forget_calls
monitor 8 db1
monitor 8 db1 OCF_CHECK_LEVEL=10
check 'a steady monitor of the primary'

expect 0 db1 promote "${lists[@]}"
sed -i "/^$k_quorum\$/d" "$CRM_STAND_IN/calls" # begun before it is known that nothing is to be done, and ended
check 'promote of the primary' "$k_info -G -q" "$k_events -G -q"

transition active=db1 promoted=db1 demote=db1
notify pre demote db1
check 'pre-demote'
expect 0 db1 demote "${lists[@]}"
last_word="$k_ballot -p -N db1 '--update=2;1;1;0;-CW;was the primary;$k_end'"
check 'demote without a successor' "$k_info -G -q" "$last_word" "$k_ballot -Q -A"
expect 0 db1 demote "${lists[@]}"
check 'demote of a demoted server'

expect 0 db1 stop
check 'stop, which tells the last word again' "$k_ballot -Q -A" "$last_word" "$k_score -D" "$k_node readable --update=0" "$k_number -p -N db1 -D"
expect 0 db1 stop
expect 7 db1 monitor
