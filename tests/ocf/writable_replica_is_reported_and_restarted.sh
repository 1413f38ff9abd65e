#!/bin/bash
# A replica that somebody made writable is reported as a second primary by its next monitor, which changes nothing in the server or in
# what the cluster knows of the primary; demote, stop and start, as Pacemaker then does, make it a replica again, and what was written
# there keeps it out.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

is_made_writable() { sql "$1" 'SET GLOBAL read_only = 0'; }

is_reported() { # NODE PRIMARY
  local before
  before=$(record)
  make_check_due "$1"
  monitor 8 "$1"
  is_writable "$1" || fail 'a monitor has changed read_only'
  (($(score_of "$1") <= 100)) || fail "score $(score_of "$1")"
  expect_equal record "$(record)" "$before"
  make_check_due "$2"
  monitor 8 "$2"
  expect_equal 'score of the primary' "$(score_of "$2")" 1000
  expect_equal record "$(record)" "$before"
}

recovers() { # NODE PRIMARY
  transition active='db1 db2' promoted="$2 $1" demote="$1" stop="$1" start="$1"
  notify pre demote db1 db2
  expect 0 "$1" demote "${lists[@]}"
  notify pre stop db1 db2
  expect 0 "$1" stop "${lists[@]}"
  expect 0 "$1" start "${lists[@]}"
}

two_nodes
say 'nothing is written'
is_made_writable db2
is_reported db2 db1
recovers db2 db1
expect_joined db2 db1

say 'something is written'
is_made_writable db2
sql db2 "INSERT INTO app.t (v) VALUES ('by mistake')"
extra=$(gtids_only_on db2 db1)
is_reported db2 db1
recovers db2 db1
monitor 0 db2
expect_kept_out db2 "$extra"
monitor 8 db1
