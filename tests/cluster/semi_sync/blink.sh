# A member whose receiver is away for less than 0.7 s is not lost: the record stays as it was, to the letter, and writes go on. It
# acknowledges again afterwards: alone, once the other one hangs.
begin_under_guarantee
member=${replicas[0]} other=${replicas[1]}
before=$(record "$primary")
for _ in 1 2 3 4 5; do
  lab sql "$member" 'STOP REPLICA IO_THREAD; DO SLEEP(0.2); START REPLICA IO_THREAD'
  writes_go_on
  sleep 1.5
  [[ $(record "$primary") == "$before" ]] || fail "a blink has changed the record from '$before' to '$(record "$primary")'"
done
lab hang "$other" mysqld
wait_until 20 "$other is taken out" record_is "on|*|1|$primary|$member:?:*"
writes_go_on
lab settle 90 everybody
expect_guarantee_with_both
end_writing # of all writers
end_crowd
expect_gap_at_most 9000 6000
check_cluster
