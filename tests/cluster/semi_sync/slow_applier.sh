# The primary's node dies while both replicas have a long way to apply, one of them a longer one, and promote may not take as long as
# either. Nobody is promoted before it has applied what it received, and no promote fails of it: Pacemaker would restart that server, and
# MariaDB keeps nothing of its relay logs then.
promote_timeout() { # SECONDS
  local id
  id=$(lab run "$(lab primary)" cibadmin --query --xpath "//primitive[@id='p_mysql']//op[@name='promote']" | sed -n 's/.* id="\([^"]*\)".*/\1/p')
  lab run "$(lab primary)" cibadmin --modify --scope resources --xml-text "<op id=\"$id\" timeout=\"$1s\"/>"
}

begin_writing
tell_roles
expect_guarantee_with_both
promote_timeout 10
behind=45
for node in "${replicas[@]}"; do
  lab sql "$node" "LOCK TABLES lab.$scenario READ; SELECT SLEEP($behind)" >/dev/null 2>&1 </dev/null &
  behind=75
done
sleep 2
writes_go_on # they are received, which is what the guarantee is about
since=$(date +%s%6N)
lab off "$primary"
somebody_said() { # REGEX
  local node
  for node in "${replicas[@]}"; do ! logged "$node" "$since" "$1" || return 0; done
  return 1
}
wait_until 40 'a candidate gives up until it has applied' somebody_said 'gives up this promotion: is tried again until it has applied'
writes_go_on 90
! somebody_said 'Result of promote operation for p_mysql on [^ ]+: [^oO]' || fail 'a promotion has failed'
lab on "$primary"
lab settle 90 everybody
writes_go_on
promote_timeout 120
end_writing
expect_gap_at_most 90000
check_after_crash "$primary"
