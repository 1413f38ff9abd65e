# shellcheck shell=bash
# What this machine has to have: a tool that makes root file systems, one that makes network namespaces, the keys of Debian's
# archive (which Debian has, and Ubuntu and others have as a package), and what the caller asks for.

# install_tools [COMMAND PACKAGE]...: installs what is missing on Debian and Ubuntu, names it elsewhere.
install_tools() {
  local -a missing=()
  local id=''
  set -- debootstrap debootstrap ip iproute2 "$@"
  while (($# > 0)); do
    command -v "$1" >/dev/null || missing+=("$2")
    shift 2
  done
  [[ -e $k_keyring ]] || missing+=(debian-archive-keyring)
  ((${#missing[@]} > 0)) || return 0
  # shellcheck disable=SC1091 # the system's
  id=$(. /etc/os-release 2>/dev/null && printf '%s %s' "${ID:-}" "${ID_LIKE:-}") || true
  if [[ " $id " != *" debian "* && " $id " != *" ubuntu "* ]]; then
    hint "install ${missing[*]} (the names of Debian's packages) with this system's package manager, then run this again"
    die "this is neither Debian nor Ubuntu, and ${missing[*]} cannot be found"
  fi
  need_root
  say "installing ${missing[*]}"
  apt-get -q update >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get -q -y install --no-install-recommends "${missing[@]}" >/dev/null
}
