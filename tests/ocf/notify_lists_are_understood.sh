#!/bin/bash
# Lists of a notification are read under both of their names, an empty list is one blank, and a node that the cluster does not know
# is named as the reason why nobody is promoted, soon and before anything is changed.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

without() { # PATTERN: the lists of the transition without those whose names match
  local line
  for line in "${lists[@]}"; do [[ ${line%%=*} == *$1* ]] || printf '%s\n' "$line"; done
}

elects_after() { # the lists are in the array `lists`
  forget_calls
  notify pre promote db1 db2
  grep -q 'attrd_updater -n p_mysql_ballot -p -N db1' "$CRM_STAND_IN/calls" || fail 'no ballot of db1'
  expect 0 db1 promote "${lists[@]}"
  grep -q 'attrd_updater -n p_mysql_ballot -Q -A' "$CRM_STAND_IN/calls" || fail 'db2 was not asked'
  grep -qE 'holds everything that 1 other received|what db2 told last is from before the last promotion' "$scratch/db1/agent.log" || fail 'the election did not count db2'
  transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1
  expect 0 db1 demote "${lists[@]}"
  : >"$scratch/db1/agent.log"
}

make_node db1
make_node db2
expect 0 db1 start
expect 0 db2 start

say 'Pacemaker 2.1 and 3.0: both names'
transition active='db1 db2' unpromoted='db1 db2' promote=db1
elects_after
say 'Pacemaker 2.0: the old names only'
transition active='db1 db2' unpromoted='db1 db2' promote=db1
mapfile -t lists < <(without promoted)
elects_after
say 'a caller that has only the new names'
transition active='db1 db2' unpromoted='db1 db2' promote=db1
mapfile -t lists < <(without master)
mapfile -t lists < <(without slave)
elects_after

say 'other notifications change nothing'
transition active='db1 db2' unpromoted='db1 db2' promote=db1 start=db2 stop=db1 demote=db2
forget_calls
for operation in start stop demote; do
  notify pre $operation db1 db2
  notify post $operation db1 db2
done
expect_no_calls

say 'without any list'
expect 0 db1 notify

say 'a node that the cluster does not know'
score=$(score_of db1)
transition active='db1 db2 ghost' unpromoted='db1 db2 ghost' promote=db1
forget_calls
agent db1 notify "${lists[@]}" OCF_RESKEY_CRM_meta_notify_type=pre OCF_RESKEY_CRM_meta_notify_operation=promote
agent db2 notify "${lists[@]}" OCF_RESKEY_CRM_meta_notify_type=pre OCF_RESKEY_CRM_meta_notify_operation=promote
begun=$SECONDS
expect 1 db1 promote "${lists[@]}"
took=$((SECONDS - begun))
expect_reason "'?ghost'?"
((took < 10)) || fail "it took $took s" # as long as answers are awaited
! is_writable db1 || fail 'db1 became writable'
! grep -e --update "$CRM_STAND_IN/calls" | grep -v _ballot || fail 'the cluster was changed'
expect_equal 'score' "$(score_of db1)" "$score"

transition active='db1 db2' unpromoted='db1 db2' promote=ghost
expect 1 db1 notify "${lists[@]}" OCF_RESKEY_CRM_meta_notify_type=post OCF_RESKEY_CRM_meta_notify_operation=promote
expect_reason "'?ghost'?"
