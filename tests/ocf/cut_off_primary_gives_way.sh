#!/bin/bash
# A primary that went on taking writes where nobody saw it, while the other node was promoted, leaves the record alone when it is back,
# fails its monitor, and joins when it is demoted or started; what it committed alone is saved, and it is kept out.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

# NEW is promoted while its cluster knows nothing of OLD, whose server goes on.
cut_off() { # OLD NEW
  sed -i "/^$1\$/d" "$CRM_STAND_IN/nodes"
  rm -rf "$CRM_STAND_IN/attribute/reboot/$1" "$CRM_STAND_IN"/private/*/"$1"
  # Its age would be that of NEW's watcher, and past 10 s the agent would ask OLD. Unknown, it counts as changed right now.
  rm -f "$scratch/$2"/rsctmp/*.watch.membership
  transition active="$2" unpromoted="$2" promote="$2"
  notify pre promote "$2"
  expect 0 "$2" promote "${lists[@]}"
  notify post promote "$2"
  monitor 8 "$2"
  sql "$2" "INSERT INTO app.t (v) VALUES ('by $2')"
  is_writable "$1" || fail "$1 does not go on"
  echo "$1" >>"$CRM_STAND_IN/nodes"
  say "$1 is back, and was cut off while $2 was promoted"
}

leads() { # NODE
  monitor 8 "$1"
  is_writable "$1" || fail "$1 takes no writes"
  expect_equal 'recorded primary' "$(recorded_primary)" "$1"
}

is_demoted() { # NODE
  transition active='db1 db2' promoted='db1 db2' demote="$1"
  expect 0 "$1" demote "${lists[@]}"
}

two_nodes
cut_off db1 db2
transition active='db1 db2' promoted=db1 unpromoted=db2 promote=db2
agent db1 notify "${lists[@]}" OCF_RESKEY_CRM_meta_notify_type=post OCF_RESKEY_CRM_meta_notify_operation=promote
expect_equal 'end of the notification' "$rc" 1
make_check_due db1
monitor 1 db1 # its monitor fails: Pacemaker demotes or restarts it
expect_equal 'score of the old primary' "$(score_of db1)" 10
leads db2
is_demoted db1
expect_joined db1 db2

cut_off db2 db1
expect 0 db2 start
make_check_due db2 # what the cluster forgot of a node that had left it is written again
expect_joined db2 db1

cut_off db1 db2
sql db1 "INSERT INTO app.t (v) VALUES ('lost')"
extra=$(gtids_only_on db1 db2)
is_demoted db1
monitor 0 db1
expect_kept_out db1 "$extra"
leads db2
expect_equal 'the lost row on the primary' "$(sql db2 "SELECT COUNT(*) FROM app.t WHERE v = 'lost'")" 0
