# shellcheck shell=bash
# What every part of the lab uses: messages, a bounded wait, locks. Sourced by `lab` and `quickstart`.

k_cache=${MYSQL_PRM_LAB_CACHE:-/var/cache/mysql-prm-lab}
k_run=/run/mysql-prm-lab
k_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

say() { printf 'lab: %s\n' "$*" >&2; }

die() {
  printf 'lab: error: %s\n' "$*" >&2
  exit 1
}

hint() { printf 'lab: HINT: %s\n' "$*" >&2; }

need_root() { [[ $EUID -eq 0 ]] || die "namespaces and mounts need root: run it with sudo"; }

need_command() {
  local command package=$2
  command=$1
  command -v "$command" >/dev/null && return
  hint "apt-get install $package"
  die "'$command' is not installed"
}

# Microseconds since the epoch; bash formats EPOCHREALTIME with the locale's decimal point.
now_us() {
  local now=${EPOCHREALTIME/[.,]/}
  printf '%s' "$now"
}

# wait_for SECONDS WHAT COMMAND...: polls COMMAND every 0.2 s until it succeeds; fails at the deadline, naming WHAT.
wait_for() {
  local seconds=$1 what=$2 deadline
  shift 2
  deadline=$(($(now_us) + seconds * 1000000))
  until "$@" >/dev/null 2>&1; do
    if (($(now_us) > deadline)); then
      say "gave up after $seconds s waiting for $what"
      return 1
    fi
    sleep 0.2
  done
}

# with_lock FILE SECONDS COMMAND...: one caller at a time, across processes; the lock goes with the process.
with_lock() {
  local file=$1 seconds=$2
  shift 2
  mkdir -p "$(dirname "$file")"
  (
    exec 9>"$file"
    flock --wait "$seconds" 9 || die "somebody else has held '$file' for $seconds s"
    "$@"
  )
}
