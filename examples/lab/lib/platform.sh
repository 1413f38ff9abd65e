# shellcheck shell=bash
# What differs from platform to platform. A platform is the name of a Debian suite; everything else asks these functions.

k_platforms=(bookworm trixie sid)

k_common_packages=(
  corosync pacemaker pacemaker-cli-utils crmsh pcs resource-agents iproute2 nftables procps libxml2-utils strace
  g++ cmake ninja-build pkg-config libboost-program-options-dev libspdlog-dev libcpg-dev libcmap-dev
  libgtest-dev libgmock-dev
)

check_platform() {
  local platform
  for platform in "${k_platforms[@]}"; do [[ $1 == "$platform" ]] && return; done
  die "unknown platform '$1': choose one of ${k_platforms[*]}"
}

platform_packages() {
  case $1 in
    sid) printf '%s\n' "${k_common_packages[@]}" resource-agents-dev mysql-server-core mysql-client-core libmysqlclient-dev ;;
    trixie) printf '%s\n' "${k_common_packages[@]}" resource-agents-dev \
      mariadb-server mariadb-client libmariadb-dev libmariadb-dev-compat ;;
    *) printf '%s\n' "${k_common_packages[@]}" mariadb-server mariadb-client libmariadb-dev libmariadb-dev-compat ;;
  esac
}

# mysql or mariadb
platform_server() {
  case $1 in
    sid) echo mysql ;;
    *) echo mariadb ;;
  esac
}

platform_binary() {
  case $(platform_server "$1") in
    mysql) echo /usr/sbin/mysqld ;;
    mariadb) echo /usr/sbin/mariadbd ;;
  esac
}

platform_client() {
  case $(platform_server "$1") in
    mysql) echo mysql ;;
    mariadb) echo mariadb ;;
  esac
}
