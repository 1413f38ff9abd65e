# A commit under the agent takes as long as on the same servers left to themselves: in maintenance mode and without watchers they are
# what an administrator would have configured.
k_commits=2000
k_rounds=6
tell_roles
expect_guarantee_with_both
client=mariadb
[[ $platform != sid ]] || client=mysql
lab sql "$primary" "DROP TABLE IF EXISTS lab.$scenario; CREATE TABLE lab.$scenario (id INT AUTO_INCREMENT PRIMARY KEY)"

# Microseconds for each of the rounds, the client's own round trip included.
measure() {
  local began round
  for ((round = 0; round < k_rounds; round++)); do
    began=$(date +%s%N)
    # shellcheck disable=SC2016 # expanded there
    lab run "$primary" sh -c 'yes "INSERT INTO lab.$1 VALUES ();" | head -n "$2" | "$3"' measure "$scenario" "$k_commits" "$client"
    echo $((($(date +%s%N) - began) / k_commits / 1000))
  done
}
median() { printf '%s\n' "$@" | sort -n | sed -n "$((($# + 1) / 2))p"; }
has_no_watcher() { ! lab run "$1" pgrep -f '^/usr/sbin/mysql-prm watch' >/dev/null; }

# What else the machine does is noise, of half as much again and more.
is_as_fast_as_by_hand() {
  local node under_agent by_hand
  mapfile -t under_agent < <(measure)
  lab run "$primary" crm_attribute -n maintenance-mode -v true
  sleep 3
  for node in "${k_nodes[@]}"; do
    lab kill "$node" mysql-prm KILL
    wait_until 10 "$node has no watcher" has_no_watcher "$node"
  done
  mapfile -t by_hand < <(measure)
  for node in "${k_nodes[@]}"; do has_no_watcher "$node" || fail "a watcher runs on $node"; done
  lab run "$primary" crm_attribute -n maintenance-mode -D
  lab settle 90 everybody
  expect_guarantee_with_both
  mapfile -t -O "$k_rounds" under_agent < <(measure)
  ((${#under_agent[@]} == 2 * k_rounds && ${#by_hand[@]} == k_rounds)) || fail 'not measured'
  say "microseconds for a commit under the agent: ${under_agent[*]}; by hand: ${by_hand[*]}"
  (($(median "${under_agent[@]}") * 100 <= $(median "${by_hand[@]}") * 125))
}

measure >/dev/null # warms up
for ((try = 1; ; try++)); do
  ! is_as_fast_as_by_hand || break
  ((try < 4)) || fail 'commits take longer under the agent'
done
check_cluster
