# A planned move that goes wrong behind the demotion: the successor had everything when it was asked, and does not get the last
# transaction applied. The move is undone by itself: the old primary takes writes again.
old=$(lab primary)
for new in "${k_nodes[@]}"; do [[ $new == "$old" ]] || break; done
lab sql "$old" 'DROP TABLE IF EXISTS lab.late; CREATE TABLE lab.late (a INT AUTO_INCREMENT PRIMARY KEY)'
lab settle 60 everybody
begin_writing

# Whoever applies to this table waits; until the last transaction nobody does.
wait_until 20 "$new has the table" lab sql "$new" 'SELECT a FROM lab.late'
lab sql "$new" 'LOCK TABLES lab.late READ; SELECT SLEEP(25)' >/dev/null 2>&1 </dev/null &
wait_until 10 'the lock is held' sleeps_in "$new"
# Once, between the answer of the agent on the successor and its return to Pacemaker, somebody commits there what comes too late.
client=mariadb
[[ $platform != sid ]] || client=mysql
lab client cat /etc/mysql-prm/app-password | lab run "$new" sh -c 'umask 077; { echo "[client]"; echo user=app; printf "password=%s\n" "$(cat)"; } >/run/app.cnf'
# Exchanged in one step, at any moment the agent may be called.
k_change_agent='ln -sfn /usr/sbin/mysql-prm /run/mysql; cat >"$1.new"; chmod 755 "$1.new"; mv -T "$1.new" "$1"'
lab run "$new" sh -c "$k_change_agent" change "$k_agent" <<AGENT
#!/bin/sh
/run/mysql "\$@"
status=\$?
if [ "\$1 \$OCF_RESKEY_CRM_meta_notify_type \$OCF_RESKEY_CRM_meta_notify_operation" = 'notify pre demote' ]; then
  ln -s /usr/sbin/mysql-prm $k_agent.new && mv -T $k_agent.new $k_agent
  $client --defaults-file=/run/app.cnf -h $(node_address "$old") lab -e 'INSERT INTO late () VALUES ()' >/run/late 2>&1
fi
exit \$status
AGENT
since=$(date +%s%6N)
lab run "$old" crm_resource --move --resource ms_mysql --promoted --node "$new"
wait_until 20 "$new gives up the move" logged "$new" "$since" 'gives up this promotion: the move cannot be made'
writes_go_on
logged "$old" "$since" 'Result of demote operation for p_mysql on [^ ]+: [oO][kK]' ||
  fail "$old was not demoted: the move was given up before"
[[ $(lab primary) == "$old" ]] || fail "$(lab primary) takes writes, not $old"
say "$(lab primary) takes writes again, gap $(gap_since_ms "$since") ms"
gap=$(gap_since_ms "$since")
((gap <= 20000)) || late "writable again after $gap ms, at most 20000 ms was to be (bar 5000 ms, the rest is for a slow and busy machine)"
lab run "$old" crm_resource --clear --resource ms_mysql
wait_until 60 "$new has applied the last transaction" eval "[[ \$(lab sql $new 'SELECT COUNT(*) FROM lab.late') == 1 ]]"
lab settle 60 everybody
end_writing
lab sql "$(lab primary)" 'DROP TABLE lab.late'
check_cluster
