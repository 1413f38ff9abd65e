#!/bin/bash
# When the disk is full, start says so, no process stays, and nothing is written to the cluster; with room again the server starts.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

say 'disk full'
make_node db3 empty
mount -t tmpfs -o "size=200m" tmpfs "$scratch/db3/data"
chown mysql:mysql "$scratch/db3/data"
copy_template "$scratch/db3/data"
dd if=/dev/zero of="$scratch/db3/data/filler" bs=4k 2>/dev/null || true
picture=$(picture_of "$scratch/db3/data/mysql")
start_fails '([Nn]o space|[Ff]ull|space|28)' db3
[[ $(picture_of "$scratch/db3/data/mysql") == "$picture" ]] || fail "the tables of the system were changed"
rm "$scratch/db3/data/filler"
expect 0 db3 start
expect 0 db3 stop

say 'disk full while the data directory is made'
make_node db4 empty
mount -t tmpfs -o size=4m tmpfs "$scratch/db4/data"
chown mysql:mysql "$scratch/db4/data"
start_fails '(cannot make a data directory|[Nn]o space)' db4 OCF_RESKEY_enable_creation=1
[[ -z $(ls -A "$scratch/db4/data") ]] || fail "left in the data directory: $(ls -A "$scratch/db4/data")"
