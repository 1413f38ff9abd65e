# The disk of the primary stalls for a while: reads answer, commits hang. That is no failure of the server: nobody acts, nothing is lost, and
# writes go on when the disk does.
begin_writing
old=$(lab primary)
server=$(lab run "$old" pgrep -x 'mysqld|mariadbd')
since=$(date +%s%6N)
lab stall "$old"
sleep 2
before=$(acknowledged)
sleep 8
((before + 2 >= $(acknowledged))) || fail 'commits do not hang'
[[ $(lab sql "$old" "SELECT COUNT(*) > 0 FROM lab.$scenario") == 1 ]] || fail 'reads do not answer'
[[ -z $(first_time "$old" pacemaker "$since" 'Result of (demote|stop) operation for p_mysql') ]] || fail 'something was done'
lab relieve "$old"
writes_go_on
end_writing
[[ $(lab primary) == "$old" && $(lab run "$old" pgrep -x 'mysqld|mariadbd') == "$server" ]] || fail 'the primary was moved or restarted'
check_cluster
