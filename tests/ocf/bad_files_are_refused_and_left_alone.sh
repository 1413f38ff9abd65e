#!/bin/bash
# A start that cannot work for what lies on this node ends with one clear reason and the right code, and changes nothing: not the
# data directory, no process is left, and the cluster is not even asked.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

# refused CODE PATTERN ACTION [NAME=VALUE]...: on db1
refused() {
  local code=$1 pattern=$2 before after
  shift 2
  before=$(picture_of "$scratch/db1")
  expect "$code" db1 "$@"
  expect_reason "$pattern"
  after=$(picture_of "$scratch/db1")
  [[ $after == "$before" ]] || fail "changed: $(diff <(echo "$before") <(echo "$after") | head -n 5)"
  [[ -z $(pids_of "$scratch") ]] || fail 'a process is left'
  expect_no_calls
}

make_node db1
data=$scratch/db1/data
binary=OCF_RESKEY_binary
datadir=OCF_RESKEY_datadir
config=OCF_RESKEY_config

say 'missing or unknown binary'
refused 5 "'/nowhere/mysqld'" start $binary=/nowhere/mysqld
refused 5 "'/etc'" start $binary=/etc
refused 5 "'/bin/true' is no MySQL or MariaDB server" start $binary=/bin/true
refused 5 "'/etc/passwd' is not executable" start $binary=/etc/passwd
refused 5 "'/nowhere/mysqld'" validate-all OCF_CHECK_LEVEL=10 $binary=/nowhere/mysqld
expect 7 db1 monitor $binary=/nowhere/mysqld
expect 0 db1 stop $binary=/nowhere/mysqld
forget_calls

say 'data directory absent'
refused 5 "'/nowhere/data' does not exist" start $datadir=/nowhere/data
refused 5 "is not a folder" start $datadir=/etc/passwd OCF_RESKEY_enable_creation=1
expect 7 db1 monitor $datadir=/nowhere/data

say 'data directory empty'
install -d -o mysql -g mysql "$scratch/db1/empty"
refused 5 "is empty" start "$datadir=$scratch/db1/empty"

say 'not owned'
chown daemon "$data"
refused 4 "does not belong to user 'mysql'" start
chown mysql "$data"

say 'not empty with enable_creation'
install -d -o mysql -g mysql "$scratch/db1/foreign"
echo precious >"$scratch/db1/foreign/file"
refused 1 "holds files but no server's" start "$datadir=$scratch/db1/foreign" OCF_RESKEY_enable_creation=1
refused 1 "holds files but no server's" start "$datadir=$scratch/db1/foreign"

say 'configuration unreadable'
refused 5 "'/nowhere/my.cnf': No such file" start $config=/nowhere/my.cnf
refused 5 "'/etc' is not a file" start $config=/etc
chmod 666 "$scratch/db1/my.cnf"
refused 4 'world-writable' start
chmod 644 "$scratch/db1/my.cnf"

say 'account or folder that does not exist'
refused 5 "user 'nobody-here' does not exist" start OCF_RESKEY_user=nobody-here
refused 5 "group 'nobody-here' does not exist" start OCF_RESKEY_group=nobody-here
refused 5 "'/nowhere/error.log'" start OCF_RESKEY_log=/nowhere/error.log

say 'credentials'
chmod 644 "$scratch/db1/credentials"
refused 4 'chmod 600' start
chmod 600 "$scratch/db1/credentials"
refused 5 '/nowhere/credentials' start OCF_RESKEY_credentials_file=/nowhere/credentials
