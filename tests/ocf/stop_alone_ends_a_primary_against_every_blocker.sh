#!/bin/bash
# stop of a primary without a demote before it, against everything that can keep a server from being closed: it ends within its time,
# whoever was told that a row is written finds it, and the word that is left of where the primary ended is the truth.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

readonly k_bound=20 # seconds; the action has 60, and Pacemaker's default is as much

make_node db1
make_node db2
expect 0 db1 start
expect 0 db2 start
promote_node db1 'db1 db2'
sql db1 "CREATE USER boss@localhost; GRANT ALL PRIVILEGES ON *.* TO boss@localhost;
  CREATE TABLE app.t (id INT PRIMARY KEY, v INT) ENGINE=InnoDB; INSERT INTO app.t VALUES (-1, 0);
  CREATE TABLE app.big (a INT AUTO_INCREMENT PRIMARY KEY, b INT, pad CHAR(200) DEFAULT '');
  INSERT INTO app.big (b) VALUES (1);"
for ((i = 0; i < 18; ++i)); do sql db1 'INSERT INTO app.big (b) SELECT b FROM app.big'; done

insert_from() { # ACCOUNT FIRST: for as long as the server runs, refused or not; what was acknowledged goes to a file
  local id
  for ((id = $2; ; ++id)); do
    if "$k_client" --no-defaults -u"$1" -S "$scratch/db1/run/socket" -e "INSERT INTO app.t VALUES ($id, 1)" 2>/dev/null; then
      echo "$id" >>"$scratch/acknowledged"
    elif [[ ! -S $scratch/db1/run/socket ]]; then
      return 0
    fi
  done
}
clients=()
write_as() { # ACCOUNT
  ((next += 100000))
  insert_from "$1" "$next" &
  clients+=($!)
}
hold() {
  sql db1 "$1" >/dev/null 2>&1 &
  clients+=($!)
}
idle() { # MariaDB takes seconds to end two hundred that SLEEP: those share a lock
  "$k_client" --no-defaults -uapp -S "$scratch/db1/run/socket" <"$scratch/silence" >/dev/null 2>&1 &
  clients+=($!)
}
has_sessions() { (($(sql db1 'SELECT COUNT(*) FROM information_schema.processlist') >= $1)); }
is_running() { [[ $(sql db1 "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '$1' AND id <> CONNECTION_ID()") != 0 ]]; }
writes() { (($(wc -l <"$scratch/acknowledged") > $1)); }
nothing_is_acknowledged() { # for 2 s: a client that was told before may say so late
  local before
  before=$(wc -l <"$scratch/acknowledged")
  sleep 2
  ! writes "$before"
}

wait_for_acknowledgements() { # of which there are none
  local side=master
  [[ $k_flavor == mariadb ]] || side=source
  [[ $k_flavor == mariadb ]] || sql db1 "INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'"
  sql db1 "SET GLOBAL rpl_semi_sync_${side}_timeout = 3600000; SET GLOBAL rpl_semi_sync_${side}_enabled = ON"
}

begin_blocker() {
  local before
  before=$(wc -l <"$scratch/acknowledged")
  write_as app
  case $1 in
    clients) for _ in 1 2 3; do write_as app; done ;;
    administrator) write_as boss ;;
    transaction) hold 'BEGIN; UPDATE app.t SET v = v + 1 WHERE id = -1; SELECT SLEEP(300)' ;;
    global_lock | alter | acknowledgement) ;;
    sessions)
      sql db1 'SET GLOBAL max_connections = 600'
      for ((i = 0; i < 200; ++i)); do idle; done
      wait_until 60 "$1 are there" has_sessions 200
      ;;
  esac
  wait_until 60 'clients write' writes $((before + 20))
  case $1 in
    transaction) wait_until 10 "$1 is there" is_running '%SLEEP(300)%' ;;
    global_lock)
      hold 'FLUSH TABLES WITH READ LOCK; SELECT SLEEP(300)'
      wait_until 10 "$1 is there" is_running '%SLEEP(300)%'
      ;;
    acknowledgement)
      wait_for_acknowledgements
      wait_until 20 'commits wait' nothing_is_acknowledged
      ;;
    alter)
      hold 'ALTER TABLE app.big FORCE, ALGORITHM = COPY'
      wait_until 10 "$1 is there" is_running 'ALTER%'
      ;;
  esac
}

word_of_db1() { cut -d';' -f7 <"$CRM_STAND_IN/private/${k_resource}_ballot/db1"; }

mkfifo "$scratch/silence"
exec 7<>"$scratch/silence"
next=0
: >"$scratch/acknowledged"
for blocker in clients administrator transaction global_lock alter sessions acknowledgement; do
  begin_blocker "$blocker"
  began=$(date +%s%3N)
  begin db1 stop
  end "$k_bound"
  ((rc == 0)) || fail "stop against $blocker ended with $rc"
  say "stop against $blocker: $(($(date +%s%3N) - began)) ms"
  [[ -z $(server_pid db1) ]] || fail "a server is left ($blocker)"
  kill "${clients[@]}" 2>/dev/null || true
  wait "${clients[@]}" || true
  clients=()
  word=$(word_of_db1)
  expect 0 db1 start
  is_closed db1 || fail "it is open after its start ($blocker)"
  held=$(executed db1 | tr -d '\n')
  # MariaDB's read_only stops no administrator: one who comes again between the proof and the end still writes, which is found when
  # this node joins another primary.
  [[ ${word#*:} == "$held" || $k_flavor-$blocker == mariadb-administrator ]] ||
    fail "the word that was left says $word, and it holds $held ($blocker)"
  sql db1 'SELECT id FROM app.t' | sort >"$scratch/rows"
  lost=$(sort "$scratch/acknowledged" | comm -23 - "$scratch/rows" | wc -l)
  expect_equal "acknowledged rows that are not there ($blocker)" "$lost" 0
  monitor 0 db1
  promote_node db1 'db1 db2'
done
say "$(wc -l <"$scratch/acknowledged") rows were acknowledged"
