# The cable of the primary's node is pulled and put back. The side with quorum promotes; the old primary rejoins or says why not.
begin_writing
old=$(lab primary)
lab cut "$old"
writes_go_on 40
lab join "$old"
lab settle 90
writes_go_on
end_writing
check_one_writable
check_acknowledged
rejoined_or_explained() {
  follows "$old" "$(lab primary)" || lab run "$old" crm_mon -1 -A | grep -q 'p_mysql_kept_out.*holds transactions'
}
wait_until 30 "$old rejoins or says why not" rejoined_or_explained
if ! follows "$old" "$(lab primary)"; then
  say "$old is kept out: $(lab run "$old" crm_mon -1 -A | grep kept_out)"
  provision_again "$old"
fi
check_cluster
