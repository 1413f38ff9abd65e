# SIGKILL of the primary's server: another node takes over, the old primary comes back as a replica, nobody cleans up;
# no password is seen in any process meanwhile.
begin_watching
begin_writing
old=$(lab primary)
lab kill "$old" mysqld KILL
writes_go_on
[[ $(lab primary) != "$old" ]] || fail "$old is still promoted"
lab settle 60 everybody
writes_go_on
end_writing
end_watching
expect_gap_at_most 15000 500 # seen at once; the rest is for a slow and busy machine
check_after_crash "$old"
