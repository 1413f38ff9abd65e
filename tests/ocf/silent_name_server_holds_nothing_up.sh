#!/bin/bash
# A name server that does not answer holds up no action: the address of the primary is a name, and its lookup would take two minutes.
set -euo pipefail
# In a mount namespace of its own this process may say which name server is asked.
[[ -n ${k_own_mounts-} ]] || exec env k_own_mounts=1 unshare --mount bash "$0" "$@"
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_silent=127.0.9.53

name_server_falls_silent() {
  # The folder is among the arguments so that the end of the test finds it.
  perl -MIO::Socket::INET -e '$| = 1; my $silent = IO::Socket::INET->new(LocalAddr => "$ARGV[0]:53", Proto => "udp") or die $!;
    print "bound\n"; sleep 120' "$k_silent" "$scratch" >"$scratch/silent" &
  wait_until 10 'a silent name server' grep -q bound "$scratch/silent"
  printf 'nameserver %s\noptions timeout:30 attempts:4\n' "$k_silent" >"$scratch/resolv.conf"
  [[ -e /etc/resolv.conf ]] || : >/etc/resolv.conf
  mount --bind "$scratch/resolv.conf" "$(readlink -f /etc/resolv.conf)"
}

two_nodes
name_server_falls_silent
expect 0 db2 stop
sed -i 's/^127\.0\.0\.1|/db1.silent.example|/' "$CRM_STAND_IN/property/mysql_replication/${k_resource}_REPL_INFO"
begun=${EPOCHREALTIME/[.,]/}
expect 0 db2 start
monitor 0 db2
elapsed=$(((${EPOCHREALTIME/[.,]/} - begun) / 1000))
grep -q 'no answer from the name service' "$scratch/db2/agent.log" || fail 'it did not ask for that name'
((elapsed < 45000)) || fail "it took $elapsed ms" # a server's start is in it; one lookup without a bound takes 120 s
say "done after $elapsed ms"
