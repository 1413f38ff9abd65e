#!/bin/bash
# MySQL: a replica whose super_read_only somebody switched off, and left read_only on, takes writes of administrators; within a minute it
# is closed to them again, or reported.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

[[ $k_flavor == mysql ]] || { say 'MariaDB has read_only alone' && exit 0; }
two_nodes
sql db2 'SET GLOBAL super_read_only = 0'
monitor 0 db2
make_check_due db2
monitor 0 db2
is_closed db2 || grep -q super_read_only "$scratch/db2/agent.log" || fail 'super_read_only is still off, and nobody says so'
expect_joined db2 db1
