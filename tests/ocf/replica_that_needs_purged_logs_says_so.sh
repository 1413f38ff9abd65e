#!/bin/bash
# A replica that was away until the primary had purged logs that it needs does not jump over the hole: it does not replicate, is not
# readable, is never promoted, and says why.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

looks() { monitor 0 db2 && [[ -n $(kept_out_of db2) ]]; }

logs() { sql db1 'SHOW BINARY LOGS' | cut -f 1; }
is_purged() { # once the server has seen that nobody reads that log any more
  sql db1 'FLUSH BINARY LOGS'
  sql db1 "PURGE BINARY LOGS TO '$(logs | tail -n 1)'"
  ! grep -qxF "$1" <<<"$(logs)"
}

two_nodes
expect 0 db2 stop
sql db1 "INSERT INTO app.t (v) VALUES ('purged')"
wait_until 10 'the log is purged' is_purged "$(logs | tail -n 1)"
sql db1 "INSERT INTO app.t (v) VALUES ('kept')"
expect 0 db2 start
wait_until 10 'a reason is given' looks
say "$(kept_out_of db2)"
! follows db2 db1 || fail 'db2 replicates'
expect_equal 'rows' "$(sql db2 'SELECT COUNT(*) FROM app.t')" 3
expect_equal readable "$(readable_of db2)" 0
expect_equal score "$(score_of db2)" -INFINITY

say 'and it does not lead'
kill_server db1
transition active='db1 db2' promoted=db1 unpromoted=db2 demote=db1 stop=db1 promote=db2
expect 0 db1 demote "${lists[@]}"
expect 0 db1 stop "${lists[@]}"
notify pre promote db2
expect 1 db2 promote "${lists[@]}"
expect_reason 'cannot lead'
