# Pacemaker's information base is killed on the primary: the other daemons of its node begin anew and its attributes are forgotten, but the
# executor, and the server, live on. Its score is back at once; if the others have begun an election meanwhile, it is promoted anew.
score_is() { [[ $(lab run "$1" crm_attribute --node "$1" --lifetime reboot --name master-p_mysql --query --quiet 2>/dev/null) == "$2" ]]; }
serves_again() { score_is "$old" 1000 && [[ $(lab primary 2>/dev/null) == "$old" ]]; }

begin_writing
old=$(lab primary)
executor=$(lab run "$old" pgrep -x pacemaker-execd)
lab kill "$old" pacemaker-based KILL
wait_until 30 "$old is the primary with its score" serves_again
lab settle 30 everybody || fail 'the cluster does not settle'
writes_go_on
end_writing
[[ $(lab run "$old" pgrep -x pacemaker-execd) == "$executor" ]] || fail 'the executor was restarted too: nothing is shown'
expect_gap_at_most 25000
check_cluster
