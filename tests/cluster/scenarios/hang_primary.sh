# SIGSTOP of the primary's server: it is found out within 2 s, ended, and nothing is blocked.
begin_writing
old=$(lab primary)
lab hang "$old" mysqld
writes_go_on
[[ $(lab primary) != "$old" ]] || fail "$old is still promoted"
lab settle 60 everybody
end_writing
expect_gap_at_most 10000 3000 # heard of in 1.5 s; the rest is for a slow and busy machine
check_after_crash "$old"
