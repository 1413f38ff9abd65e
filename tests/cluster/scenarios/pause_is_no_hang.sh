# Pauses of a second of the primary's server, as virtual machines make them, under load: nobody is alarmed, nothing moves.
begin_writing
since=$(date +%s%6N)
old=$(lab primary)
for _ in 1 2 3 4 5 6; do
  lab run "$old" sh -c 'pkill -STOP -x "mysqld|mariadbd"; sleep 1; pkill -CONT -x "mysqld|mariadbd"'
  sleep 1.5
done
writes_go_on
[[ $(lab primary) == "$old" ]] || fail "$old is not the primary any more"
! logged "$old" "$since" 'letting the cluster know' || fail 'a pause was taken for a hang'
end_writing
expect_gap_at_most 4000 1100
