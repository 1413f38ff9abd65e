# on_data_loss_risk says what the sync record alone would not. The guarantee has ended, writes went on, the primary is gone: with `refuse`
# nobody leads without it, with `promote` somebody does, and what only the last primary holds is kept out and saved when it is back.
set_risk() { lab run "$1" crm_resource --resource p_mysql --set-parameter on_data_loss_risk --parameter-value "$2"; }
refused() { logged "$1" "$since" 'acknowledged writes may be only on the last primary'; }
kept_out() { [[ $(kept_out_reason "$1") == 'holds transactions'* ]]; }

begin_writing
set_risk "$(lab primary)" refuse
lab settle 60 everybody
tell_roles
expect_guarantee_with_both
for node in "${replicas[@]}"; do lab run "$primary" crm_standby --node "$node" --update on; done
wait_until 30 'the guarantee is off' record_is off
wait_until 90 'no replica runs' all_stopped "${replicas[@]}"
writes_go_on
old=$primary since=$(date +%s%6N)
lab off "$old"
for node in "${replicas[@]}"; do lab run "${replicas[0]}" crm_standby --node "$node" --delete; done
wait_until 90 'a promotion is refused' eval 'refused "${replicas[0]}" || refused "${replicas[1]}"'
sleep 5
[[ -z $(lab primary 2>/dev/null) ]] || fail "$(lab primary) leads without $old"
set_risk "${replicas[0]}" promote
writes_go_on 90
lab run "${replicas[0]}" crm_resource --resource p_mysql --delete-parameter on_data_loss_risk
lab on "$old"
wait_until 60 "$old is kept out" kept_out "$old"
lab settle 60
end_writing
say "$old is kept out: $(kept_out_reason "$old")"
lab run "$old" crm_mon -1A | grep 'holds transactions' || fail 'crm_mon -A does not say why'
[[ -n $(lab run "$old" find /var/lib/mysql-prm -type f -newermt "@$((since / 1000000))") ]] || fail 'nothing was saved'
provision_again "$old"
rm -f "$scratch/report" # what is missing was accounted for
check_cluster
