#!/bin/bash
# A replicated MySQL or MariaDB behind a writer and a reader address, for pcs: the same cluster as ../crmsh/cluster.crm, which
# also says what every node needs first. Adapt the values below to your site and run it once, as root, on any node.
set -euo pipefail

binary=${BINARY:-/usr/sbin/mariadbd} # /usr/sbin/mysqld for MySQL and Percona Server
nodes=${NODES:-3}                    # how many nodes have the server
writer_ip=${WRITER_IP:-10.42.0.100}  # follows the primary
reader_ip=${READER_IP:-10.42.0.101}  # stays on a node that is fit to be read
netmask=${NETMASK:-24}
agent=${AGENT:-ocf:percona:mysql}

parameters=(
  config=/etc/mysql/my.cnf
  datadir=/var/lib/mysql
  socket=/run/mysqld/mysqld.sock
  pid=/run/mysqld/mysqld.pid
  log=/var/log/mysql/error.log
  binary="$binary"
  credentials_file=/etc/mysql-prm/credentials # mode 0600, group [replication] with user= and password=
  reader_attribute=readable
)

# Everything is prepared in a file and pushed at once, so that the cluster never acts on half of it.
cib=$(mktemp)
trap 'rm -f "$cib" "$cib.before"' EXIT
pcs cluster cib "$cib"
cp "$cib" "$cib.before"

pcs -f "$cib" resource create p_mysql "$agent" "${parameters[@]}" \
  op start timeout=120s stop timeout=120s promote timeout=120s demote timeout=120s notify timeout=90s \
  monitor interval=2s role=Promoted timeout=30s monitor interval=3s role=Unpromoted timeout=30s \
  meta migration-threshold=1 failure-timeout=10s
pcs -f "$cib" resource promotable p_mysql ms_mysql meta notify=true interleave=true clone-max="$nodes"

# A cable that is out is a hard error of the address (resource-agents 4.18): without failure-timeout its node could never have it
# again. Why half a minute: see ../crmsh/cluster.crm.
pcs -f "$cib" resource create vip_writer ocf:heartbeat:IPaddr2 ip="$writer_ip" cidr_netmask="$netmask" \
  op monitor interval=10s timeout=20s meta failure-timeout=30s
pcs -f "$cib" resource create vip_reader ocf:heartbeat:IPaddr2 ip="$reader_ip" cidr_netmask="$netmask" \
  op monitor interval=10s timeout=20s meta resource-stickiness=100 failure-timeout=30s

# A result that Pacemaker has lost is waited for this much longer than the action may take, by default a minute: see
# ../crmsh/cluster.crm.
pcs -f "$cib" property set cluster-delay=10s

# The writer address lives where the server is promoted, and only after it is.
pcs -f "$cib" constraint colocation add vip_writer with Promoted ms_mysql
# shellcheck disable=SC1010 # pcs has a word `then`
pcs -f "$cib" constraint order promote ms_mysql then start vip_writer kind=Mandatory

# The reader address lives where the agent says that reading is fine: 0 while a replica lags, is broken, or is gone.
pcs -f "$cib" constraint location vip_reader rule score=-INFINITY not_defined readable or readable lt 1

pcs cluster cib-push "$cib" diff-against="$cib.before"
