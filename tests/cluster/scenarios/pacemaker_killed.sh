# pacemakerd of the primary's node is killed and started again: writing goes on, or moves, and nothing is left behind.
begin_writing
old=$(lab primary)
lab kill "$old" pacemakerd KILL
writes_go_on 40
lab run "$old" env PCMK_logfile=/var/log/pacemaker/pacemaker.log PCMK_logfacility=none \
  setsid --fork sh -c 'exec pacemakerd </dev/null >/dev/null 2>&1'
lab settle 90 everybody
writes_go_on
end_writing
check_cluster
