# Pacemaker's information base is killed on the primary: the other daemons of its node begin anew and its attributes are forgotten, but the
# executor, and the server, live on. Its score is back when Pacemaker probes. That is at once, or when the coordinator no longer waits
# for a notification that was lost with the daemons (3.0.3: after 70 to 80 s, and once longer; its bound is the timeout of 90 s and
# cluster-delay); if the others have begun an election meanwhile, it is promoted anew. Writes do not wait for any of that.
score_is() { [[ $(lab run "$1" crm_attribute --node "$1" --lifetime reboot --name master-p_mysql --query --quiet 2>/dev/null) == "$2" ]]; }
serves_again() { score_is "$old" 1000 && [[ $(lab primary 2>/dev/null) == "$old" ]]; }

shown=no
for try in 1 2; do
  begin_writing
  old=$(lab primary)
  executor=$(lab run "$old" pgrep -o -x pacemaker-execd)
  lab kill "$old" pacemaker-based KILL
  sleep 1
  writes_go_on
  has_half_a_pacemaker "$old" || {
    shown=yes
    break
  }
  restart_node "$old"
  lab settle 60
  end_writing
  check_after_crash "$old"
  ((try == 2)) || sleep 20 # seen three times in a row where it was killed 10 s behind a start of its node
done
if [[ $shown == no ]]; then
  say 'Pacemaker left its daemons dead both times: what is shown is that writes went on until the node was restarted'
  check_cluster
  exit
fi
writes_go_on
wait_until 155 "$old is the primary with its score" serves_again
lab settle 160 everybody || late 'the cluster does not settle' # an action that was lost, as above
writes_go_on
end_writing
[[ $(lab run "$old" pgrep -o -x pacemaker-execd) == "$executor" ]] || fail 'the executor was restarted too: nothing is shown'
expect_gap_at_most 25000
# What began anew beside daemons that lived on is not as before (3.0.3, seen once: its fencer gone and its controller busy for 16 s
# when the server hung a minute later): the scenarios that follow get a whole one.
restart_node "$old"
lab settle 60
check_cluster
