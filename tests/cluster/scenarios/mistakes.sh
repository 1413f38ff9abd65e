# What people do to a running cluster by hand: each is noticed by the next monitor, mended or reported, and the primary goes on.
k_monitored=25 # the interval of a replica's monitor, and time to act
k_change='CHANGE MASTER TO MASTER_HOST'
[[ $platform != sid ]] || k_change='CHANGE REPLICATION SOURCE TO SOURCE_HOST'
begin_writing
tell_roles
replica=${replicas[0]}

# A monitor may mend the first statement before the second one comes, which fails then.
make_mistake() { wait_until 10 'the mistake is made' lab sql "$replica" "$1"; }

mended() { # STATEMENT
  say "on $replica: $1"
  make_mistake "$1"
  wait_until "$k_monitored" "$replica follows $primary again" follows "$replica" "$primary"
  ! is_writable "$replica" || fail "$replica takes writes"
  [[ $(lab primary) == "$primary" ]] || fail "the primary is $(lab primary), not $primary"
  writes_go_on
}

# Without GTID nobody but a person can know where it has to go on.
forgets_its_place() { # STATEMENT
  if [[ $gtid == on ]]; then
    mended "$1"
    return
  fi
  say "on $replica: $1"
  make_mistake "$1"
  wait_until "$k_monitored" "$replica is kept out" eval '[[ -n $(kept_out_reason "$replica") ]]'
  say "$replica is kept out: $(kept_out_reason "$replica")"
  ! is_writable "$replica" || fail "$replica takes writes"
  writes_go_on
  provision_again "$replica"
}

mended 'STOP REPLICA'
mended 'STOP REPLICA SQL_THREAD'
forgets_its_place 'STOP REPLICA; RESET REPLICA'
forgets_its_place 'STOP REPLICA; RESET REPLICA ALL'
forgets_its_place "STOP REPLICA; $k_change = '$(node_address "${replicas[1]}")'; START REPLICA"
if [[ $platform == sid ]]; then
  mended 'SET GLOBAL super_read_only = OFF'
  wait_until "$k_monitored" 'super_read_only is on again' eval "[[ \$(lab sql $replica 'SELECT @@global.super_read_only') == 1 ]]"
fi
say "on $replica: SET GLOBAL read_only = OFF"
lab sql "$replica" 'SET GLOBAL read_only = OFF'
wait_until 60 "$replica is read-only again" is_not_writable "$replica"
wait_until 60 "$replica follows $primary again" follows "$replica" "$primary"
writes_go_on

say 'on the primary: the replication account is gone, and back'
lab sql "$primary" "RENAME USER 'repl'@'%' TO 'gone'@'%'"
for id in $(lab sql "$primary" "SELECT id FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'"); do
  lab sql "$primary" "KILL $id" || : # the replicas have to log in again; one that has been sent away by itself is unknown by now
done
sleep 15 # monitors of every role
! follows "$replica" "$primary" || fail "$replica follows without an account"
[[ $(lab primary) == "$primary" ]] || fail "the primary is $(lab primary), not $primary"
writes_go_on
lab sql "$primary" "RENAME USER 'gone'@'%' TO 'repl'@'%'"
for node in "${replicas[@]}"; do wait_until 60 "$node follows $primary again" follows "$node" "$primary"; done
writes_go_on
[[ $(lab primary) == "$primary" ]] || fail "the primary is $(lab primary), not $primary"
lab settle 60 everybody

if [[ $gtid == on ]]; then # nothing tells without GTID
  say "on $replica: a row of its own"
  make_mistake "SET GLOBAL read_only = OFF; INSERT IGNORE INTO lab.$scenario (id, server) VALUES (2000000000, 99); SET GLOBAL read_only = ON"
  is_kept_out() { [[ $(kept_out_reason "$replica") == 'holds transactions'* ]]; }
  wait_until "$k_monitored" "$replica is kept out" is_kept_out
  say "$(kept_out_reason "$replica")"
  [[ $(lab primary) == "$primary" ]] || fail "the primary is $(lab primary), not $primary"
  writes_go_on
  provision_again "$replica"
fi
end_writing
check_cluster
