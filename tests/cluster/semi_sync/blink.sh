# A member whose receiver is away for less than 0.7 s is not lost: the record stays as it was, to the letter, and writes go on. It
# acknowledges again afterwards: alone, once the other one hangs.
begin_under_guarantee
member=${replicas[0]} other=${replicas[1]}
before=$(record "$primary")
client=mariadb
[[ $platform != sid ]] || client=mysql
# Says for how many milliseconds it was away at most.
# shellcheck disable=SC2016 # expanded in the node
k_blink='begin=$(date +%s%3N)
  $1 -e "STOP REPLICA IO_THREAD; DO SLEEP(0.2); START REPLICA IO_THREAD"
  until $1 -E -e "SHOW REPLICA STATUS" | grep -qE "_IO_Running: Yes"; do sleep 0.02; done
  echo $(($(date +%s%3N) - begin))'
for ((blinks = 0, tries = 1; blinks < 5; ++tries)); do
  ms=$(lab run "$member" timeout 20 sh -c "$k_blink" blink "$client")
  writes_go_on
  sleep 1.5
  if [[ $(record "$primary") == "$before" ]]; then
    blinks=$((blinks + 1))
    continue
  fi
  ((ms > 700)) || fail "a blink of $ms ms has changed the record from '$before' to '$(record "$primary")'"
  ((tries < 15)) || fail 'this machine is too busy for a blink'
  say "away for $ms ms on a busy machine: no blink"
  expect_guarantee_with_both
  before=$(record "$primary")
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
