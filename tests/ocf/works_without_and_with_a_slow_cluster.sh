#!/bin/bash
# Without a cluster (as under ocf-tester) and with a slow one every action does its work; only the attributes are missing, and not even
# a warning is logged about a cluster that is not there. Where Pacemaker calls there is a cluster, and nothing is promoted without it.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

whole_life() {
  expect 0 db1 start "$@"
  monitor 0 db1 "$@"
  expect 0 db1 notify "$@"
  expect 0 db1 promote "$@"
  monitor 8 db1 "$@"
  is_writable db1 || fail 'not writable'
  expect 0 db1 promote "$@"
  expect 0 db1 demote "$@"
  monitor 0 db1 "$@"
  ! is_writable db1 || fail 'writable after its demote'
  expect 0 db1 demote "$@"
  expect 0 db1 promote "$@"
  expect 0 db1 stop "$@"
  expect 7 db1 monitor "$@"
  expect 0 db1 stop "$@"
}

make_node db1
say 'no cluster'
cluster_is none
whole_life -OCF_RESKEY_CRM_meta_on_node
! warnings_in "$scratch/db1/agent.log" || fail 'warnings'
say 'Pacemaker calls, and its daemons do not answer'
cluster_is no_pacemaker
expect 0 db1 start
expect 1 db1 promote
! is_writable db1 || fail 'promoted without having asked anybody'
expect 0 db1 stop
say 'a cluster that takes half a second for each call'
cluster_is slow
whole_life
expect_equal 'recorded primary' "$(recorded_primary)" db1
