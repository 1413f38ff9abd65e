# shellcheck shell=bash
# The root file system of a platform: a folder that debootstrap makes once and that nodes use as the lowest layer of an
# overlay. Two steps, because one big --include fails where a package needs /proc to be configured.

root_of() { printf '%s/root/%s' "$k_cache" "$1"; }

root_stamp() { { echo 1; platform_packages "$1"; } | sha256sum | cut -d' ' -f1; }

root_is_whole() {
  [[ -f $(root_of "$1")/.lab-stamp && $(<"$(root_of "$1")/.lab-stamp") == "$(root_stamp "$1")" ]]
}

# in_root DIR COMMAND...: in a mount and PID namespace of its own, so that nothing stays mounted or runs on after it.
in_root() {
  local dir=$1
  shift
  # shellcheck disable=SC2016 # expanded by the inner shell
  unshare --mount --pid --fork --kill-child --propagation private -- bash -euc '
    dir=$1; shift
    mount -t proc proc "$dir/proc"
    mount -t tmpfs tmpfs "$dir/tmp"
    exec chroot "$dir" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C HOME=/root \
      DEBIAN_FRONTEND=noninteractive "$@"' in_root "$dir" "$@"
}

root_bootstrap() {
  local platform=$1 dir=$2
  # The mirror is debootstrap's own default unless MYSQL_PRM_LAB_MIRROR names another.
  # The keys are named, because on a machine that is not Debian's debootstrap may look for its own distribution's.
  debootstrap --variant=minbase --keyring="$k_keyring" "$platform" "$dir" ${MYSQL_PRM_LAB_MIRROR:+"$MYSQL_PRM_LAB_MIRROR"} || return
  printf '#!/bin/sh\nexit 101\n' >"$dir/usr/sbin/policy-rc.d"
  chmod 755 "$dir/usr/sbin/policy-rc.d"
  printf 'force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\n' \
    >"$dir/etc/dpkg/dpkg.cfg.d/lab"
  # A mirror may be a snapshot and a clock may be ahead: like debootstrap, ask for the signature and not for the day.
  printf 'Acquire::Languages "none";\nAcquire::Check-Valid-Until "false";\nAPT::Install-Recommends "false";\n' \
    >"$dir/etc/apt/apt.conf.d/90lab"
}

# Stable suites get their security updates from the mirror's sibling; a mirror without one still works.
root_security_source() {
  local platform=$1 dir=$2 extra=$2/etc/apt/sources.list.d/security.list
  [[ $platform == sid ]] && return
  sed -n "s#/debian/\{0,1\} $platform main.*#/debian-security $platform-security main#p" "$dir/etc/apt/sources.list" >"$extra"
  in_root "$dir" apt-get -q update && return
  rm -f "$extra"
}

root_install() {
  local platform=$1 dir=$2
  local -a packages
  mapfile -t packages < <(platform_packages "$platform")
  root_security_source "$platform" "$dir"
  in_root "$dir" apt-get -q update &&
    in_root "$dir" apt-get -q -y install --no-install-recommends "${packages[@]}" &&
    in_root "$dir" apt-get clean
}

# What packages leave to systemd or do not ship: users, folders, and a data directory nobody wants.
root_finish() {
  local dir=$1
  # shellcheck disable=SC2016 # expanded by the inner shell
  in_root "$dir" bash -euc '
    getent group mysql >/dev/null || groupadd --system mysql
    getent passwd mysql >/dev/null || useradd --system --gid mysql --home-dir /nonexistent --shell /bin/false mysql
    rm -rf /var/lib/mysql
    install -d -o mysql -g mysql -m 750 /var/lib/mysql /var/lib/mysql-files
    install -d -o mysql -g adm -m 2750 /var/log/mysql
    install -d /var/lib/corosync /var/log/corosync /etc/corosync
    install -d -o hacluster -g haclient -m 770 /var/log/pacemaker /var/log/crmsh
    rm -f /etc/corosync/corosync.conf /var/log/*.log'
}

# Steps are joined with && because bash ignores `set -e` in a function that is called as a condition.
root_fill() {
  local platform=$1 dir=$2 log=$3
  { root_bootstrap "$platform" "$dir" && root_install "$platform" "$dir" && root_finish "$dir"; } >"$log" 2>&1 </dev/null
}

root_make() {
  local platform=$1 dir partial
  dir=$(root_of "$platform")
  partial=$dir.partial
  root_is_whole "$platform" && return
  need_command debootstrap debootstrap
  [[ ! -e $dir ]] || say "root of '$platform' is out of date, making it anew"
  rm -rf --one-file-system "$partial"
  mkdir -p "$partial"
  say "making the root of '$platform' in $dir (a minute or two; log: $dir.log)"
  if ! root_fill "$platform" "$partial" "$dir.log"; then
    tail -n 20 "$dir.log" >&2
    die "the root of '$platform' could not be made"
  fi
  root_stamp "$platform" >"$partial/.lab-stamp"
  rm -rf --one-file-system "$dir"
  mv "$partial" "$dir"
  say "root of '$platform' is whole: $(du -sh "$dir" | cut -f1)"
}

cmd_root() {
  [[ $# -eq 1 ]] || die "usage: lab root PLATFORM"
  check_platform "$1"
  need_root
  with_lock "$k_cache/lock/root.$1" 900 root_make "$1"
}
