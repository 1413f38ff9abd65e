# shellcheck shell=bash
# Disks: with `--disks on` the data of each server is on a file system of its own, which can be full, can stall, and of which a power loss
# leaves what was synced, and nothing else.

k_disk_size=2G
k_data=/var/lib/mysql

# Sparse: what is not written takes no memory.
disk_make() { # FILE
  truncate --size "$k_disk_size" "$1.partial"
  mkfs.ext4 -q -m 0 -E lazy_itable_init=1,lazy_journal_init=1,nodiscard "$1.partial"
  mv "$1.partial" "$1"
}

disk_mounted() { node_pid "$1" >/dev/null && run_in "$1" mountpoint -q "$k_data"; }

# What is in memory only does not reach the disk any more, not by the unmounting that comes next either: FS_IOC_SHUTDOWN of
# linux/fs.h without a flush of the journal. `lab down` fails where that did not work. One that stalls is thawed afterwards, or nobody
# who waits for it could be killed.
disk_forget() { # NODE
  [[ $disks == on ]] && disk_mounted "$1" || return 0
  # shellcheck disable=SC2016 # a program for perl
  run_in "$1" perl -e '
    my $flags = pack("L", 2);
    sysopen(DISK, $ARGV[0], 0) && ioctl(DISK, 0x8004587d, $flags) or die "$!\n"' "$k_data" ||
    flag "$1" remembers
  run_in "$1" fsfreeze --unfreeze "$k_data" 2>/dev/null || true
}

check_disk() {
  check_node "$1"
  disk_mounted "$1" || die "'$1' has no disk of its own: raise the cluster with --disks on"
}

# Writes and syncs wait, reads are answered.
cmd_stall() {
  check_disk "$1"
  run_in "$1" fsfreeze --freeze "$k_data"
}

# Not a byte is left.
cmd_fill() {
  check_disk "$1"
  # shellcheck disable=SC2016 # expanded in the node
  run_in "$1" bash -euc '
    left() { df --output=avail --block-size=1 "$1" | tail -n 1; }
    for attempt in 1 2 3; do fallocate --length "$(left "$1")" "$1/filler.$attempt" 2>/dev/null || break; done
    cat /dev/zero >"$1/filler" 2>/dev/null || true' fill "$k_data"
}

cmd_relieve() {
  check_disk "$1"
  run_in "$1" fsfreeze --unfreeze "$k_data" 2>/dev/null || true
  run_in "$1" sh -c "rm -f $k_data/filler*"
}
