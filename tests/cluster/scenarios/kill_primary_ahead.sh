# SIGKILL of a primary that has committed what nobody received: it is kept out with its rows, and nothing else is missing.
begin_writing
old=$(lab primary)
lab run "$old" nft -f - <<'RULES'
table inet ahead { chain out { type filter hook output priority 0; ip daddr 10.42.0.0/28 tcp sport 3306 drop; }; }
RULES
writes_go_on
lab kill "$old" mysqld KILL
writes_go_on
lab run "$old" nft delete table inet ahead # now: the kernel would still have sent what the dead server had written to its sockets
lab settle 60 everybody
end_writing
wait_until 30 "$old is kept out" eval '[[ -n $(kept_out_reason "$old") ]]'
check_after_crash "$old"
