#!/bin/bash
# ocf-tester, with the real server and without any cluster, says that the agent passed all tests.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

tester=$(command -v ocf-tester) || fail 'ocf-tester is not installed'
make_node db1
dir=$scratch/db1

# The cluster's own tools are first in PATH here and find no cluster, as on a machine without one.
timeout 300 env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C "$tester" -n "$k_resource" -o binary="$k_server" \
  -o config="$dir/my.cnf" -o datadir="$dir/data" -o log="$dir/error.log" -o pid="$dir/run/pid" -o socket="$dir/run/socket" \
  -o replication_port="$port" -o credentials_file="$dir/credentials" \
  "$scratch/ocf/resource.d/percona/mysql" </dev/null >"$out" 2>&1 || { cat "$out" && fail 'ocf-tester failed'; }
sed 's/^/  /' "$out"
grep -q 'passed all tests' "$out" || fail 'not all tests passed'
[[ -z $(server_pid db1) ]] || fail 'a server is left'
