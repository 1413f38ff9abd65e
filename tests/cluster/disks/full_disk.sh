# The disk of the primary is full for a few seconds, and both servers let what waits wait for up to a minute longer; then it is full for
# good. Each time writes go on soon, nobody helping, and nothing is lost; the second time on another node.
leads_elsewhere() { [[ $(lab primary 2>/dev/null) == db? && $(lab primary 2>/dev/null) != "$old" ]]; }

begin_writing
old=$(lab primary)
lab fill "$old"
sleep 4
lab relieve "$old"
writes_go_on 30
logged "$old" 0 'promotion score 10: commits hang: the disk of /var/lib/mysql' || fail 'the reason is not told'
end_writing
expect_gap_at_most 20000
check_after_crash "$old"

begin_writing
old=$(lab primary)
lab fill "$old"
wait_until 30 'another node leads' leads_elsewhere
writes_go_on 30
lab relieve "$old"
end_writing
expect_gap_at_most 20000
check_after_crash "$old"
