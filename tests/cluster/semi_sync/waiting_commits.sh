# The primary is put into standby while commits wait for an acknowledgement that does not come. Who waits is told an error in time, or
# what is true: whatever was acknowledged is on the next primary. A server that cannot be closed is ended.
k_patient=/run/patient
patient_pids=()

# Clients that wait for as long as it takes, three with a row each and one that alters a table; the file $k_patient.ID gets what they are
# told.
k_clients=(1 2 3 4)
statement_of() { [[ $1 == 4 ]] && echo 'ALTER TABLE lab.altered ADD COLUMN b INT' || echo "INSERT INTO lab.patient VALUES ($1)"; }
begin_patience() {
  local id client=mariadb
  [[ $platform != sid ]] || client=mysql
  lab sql "$old" 'DROP TABLE IF EXISTS lab.patient, lab.altered; CREATE TABLE lab.patient (id INT PRIMARY KEY); CREATE TABLE lab.altered (a INT)'
  # shellcheck disable=SC2016 # expanded there
  lab client sh -c 'umask 077; rm -f "$1".*; printf "[client]\nuser=app\npassword=%s\n" "$(cat /etc/mysql-prm/app-password)" >"$1.cnf"' \
    patience "$k_patient"
  cut_replication "$old"
  for id in "${k_clients[@]}"; do
    # shellcheck disable=SC2016 # expanded there
    lab client timeout 60 sh -c '"$1" --defaults-file="$2.cnf" -h "$3" -e "$5" >"$2.$4" 2>&1; echo $? >>"$2.$4"' \
      patience "$client" "$k_patient" "$(node_address "$old")" "$id" "$(statement_of "$id")" </dev/null &
    patient_pids+=($!)
  done
  wait_until 10 'commits wait' eval "(( \$(waiting_sessions $old) > 0 ))"
  sleep 1
}

is_on() { # NODE ID
  local found
  case $2 in
    4) found=$(lab sql "$1" "SELECT COUNT(*) FROM information_schema.columns WHERE table_name = 'altered' AND column_name = 'b'" 2>/dev/null) ;;
    *) found=$(lab sql "$1" "SELECT COUNT(*) FROM lab.patient WHERE id = $2" 2>/dev/null) ;;
  esac
  [[ $found == 1 ]]
}

end_patience() {
  local id told
  local -a wrong=() acknowledged=()
  wait "${patient_pids[@]}" || true
  patient_pids=()
  for id in "${k_clients[@]}"; do
    told=$(lab client cat "$k_patient.$id" | tail -n 1)
    [[ -n $told ]] || fail "client $id was told nothing in 60 s"
    [[ $told == 0 ]] || continue
    acknowledged+=("$id")
    is_on "$(lab primary)" "$id" || wrong+=("$id")
  done
  ((${#wrong[@]} == 0)) || fail "told of success, and the next primary lacks it: clients ${wrong[*]}"
  say "of ${#k_clients[@]} clients that waited ${#acknowledged[@]} were told of success, and truly; the others of an error"
}

is_closed() { all_stopped "$old" || is_not_writable "$old"; }

# Success that is told while nothing gets through is a lie if only this server has the row, whatever comes later.
is_with_somebody() { # ID
  local node
  for node in "${k_nodes[@]}"; do
    [[ $node == "$old" ]] || ! is_on "$node" "$1" || return 0
  done
  return 1
}
expect_told_truly() {
  local id
  for id in "${k_clients[@]}"; do
    [[ $(lab client tail -n 1 "$k_patient.$id" 2>/dev/null) != 0 ]] || is_with_somebody "$id" ||
      fail "client $id was told of success, and nobody but $old has its row"
  done
}

begin_under_guarantee
old=$primary
begin_patience
lab run "$old" crm_standby --node "$old" --update on
wait_until 30 "the server of $old is closed or ended" is_closed
sleep 1
# A dead server's kernel would still send what it had written to its sockets.
! all_stopped "$old" || wait_until 30 'another one is promoted' is_promoted_elsewhere
expect_told_truly
mend_replication "$old"
wait_until 60 'another one is promoted' is_promoted_elsewhere
writes_go_on
lab run "$old" crm_standby --node "$old" --delete
end_patience
end_writing
end_crowd
check_after_crash "$old"
lab sql "$(lab primary)" 'DROP TABLE lab.patient, lab.altered'
