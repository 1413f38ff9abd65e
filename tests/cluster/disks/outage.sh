# All nodes lose power under load and come back one after the other, once the last primary as the last and once as the first. One that is
# alone does not lead, nor do two that cannot know what the third has acknowledged; nothing acknowledged is lost.
lose_everything() {
  local node
  begin_writing
  tell_roles
  old=$primary
  for node in "$old" "${replicas[@]}"; do lab off "$node"; done
  end_writing
}
comes_back_alone() { # NODE
  lab on "$1"
  sleep 8
  all_stopped "$1" || fail "$1 runs a server without quorum"
}

say 'the last primary comes back last'
lose_everything
comes_back_alone "${replicas[0]}"
since=$(date +%s%6N)
lab on "${replicas[1]}"
gave_up() { logged "$1" "$since" 'gives up this promotion: acknowledged writes may be only on'; }
wait_until 60 'a promotion is given up' eval 'gave_up "${replicas[0]}" || gave_up "${replicas[1]}"'
[[ -z $(lab primary 2>/dev/null) ]] || fail "$(lab primary) leads without the last primary"
lab on "$old"
lab settle 120 everybody || late 'the cluster does not settle'
check_after_crash "$old"

say 'the last primary comes back first'
lose_everything
comes_back_alone "$old"
lab on "${replicas[0]}"
takes_writes() { [[ $(lab primary 2>/dev/null) == "$old" ]] && is_writable "$old"; }
wait_until 60 "$old leads again, with one replica" takes_writes
lab on "${replicas[1]}"
lab settle 120 everybody || late 'the cluster does not settle'
check_after_crash "$old"
