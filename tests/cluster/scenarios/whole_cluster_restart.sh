# All nodes are stopped and started again: the cluster finds its primary, with everything that was acknowledged.
begin_writing
end_writing
for node in "${k_nodes[@]}"; do lab stop "$node" & done
wait
for node in "${k_nodes[@]}"; do lab start "$node" & done
wait
lab settle 120 everybody
check_cluster
