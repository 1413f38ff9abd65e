# pacemakerd of the primary's node is killed and started again: writing goes on, or moves, and nothing is left behind.
# Started again where it has ended, as its service manager does.
pacemaker_runs() {
  lab run "$old" pgrep -x pacemakerd && return
  lab run "$old" env PCMK_logfile=/var/log/pacemaker/pacemaker.log PCMK_logfacility=none \
    setsid --fork sh -c 'exec pacemakerd </dev/null >/dev/null 2>&1'
  sleep 1
  return 1
}

begin_writing
old=$(lab primary)
lab kill "$old" pacemakerd KILL
writes_go_on 40
wait_until 30 'Pacemaker runs again' pacemaker_runs
sleep 2
wait_until 30 'Pacemaker runs still' pacemaker_runs
lab settle 90 everybody
writes_go_on
end_writing
check_cluster
