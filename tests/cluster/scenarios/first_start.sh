# The cluster has just been raised: an empty cluster found its first primary without help.
begin_writing
writes_go_on
end_writing
check_cluster
