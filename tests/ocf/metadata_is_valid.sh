#!/bin/bash
# The meta-data that callers of OCF 1.0 and 1.1 get are valid under the schemas that these callers use.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$(readlink -f "$0")")/lib.sh"

k_resource_agents=/usr/share/resource-agents
k_pcs=/usr/share/pcs/data

meta_data() { # FILE [NAME=VALUE]...
  env -i "${@:2}" "$scratch/ocf/resource.d/percona/mysql" meta-data >"$1" 2>"$err" || fail "meta-data ended with $?"
  [[ ! -s $err ]] || fail "meta-data wrote to standard error: $(<"$err")"
}

valid() { # FILE SCHEMA
  xmllint --noout --nonet --relaxng "$2" "$1" 2>"$err" || fail "$1 is not valid under $2: $(head -n 3 "$err")"
}

meta_data "$scratch/plain.xml"
(cd "$k_resource_agents" && xmllint --noout --valid - <"$scratch/plain.xml") 2>"$err" || fail "not valid under ra-api-1.dtd: $(head -n 3 "$err")"
valid "$scratch/plain.xml" "$k_resource_agents/metadata.rng"
valid "$scratch/plain.xml" "$k_here/schemas/ocf-ra-api-1.1.rng"
valid "$scratch/plain.xml" "$k_pcs/ocf-1.1.rng"

meta_data "$scratch/1.0.xml" OCF_RA_VERSION_MAJOR=1 OCF_RA_VERSION_MINOR=0
valid "$scratch/1.0.xml" "$k_pcs/ocf-1.0.rng"
valid "$scratch/1.0.xml" "$k_resource_agents/metadata.rng"
# The official schema of 1.0 has no actions monitor, promote, notify or validate-all and no description of the agent, so that no
# agent that Pacemaker can run is valid under it. What it does describe is: the parameters, without `required`, which came later.
{
  printf '<resource-agent name="mysql"><version>1.0</version>'
  xmllint --nonet --xpath /resource-agent/parameters "$scratch/1.0.xml" 2>/dev/null | sed 's/ required="[01]"//'
  printf '<actions><action name="start" timeout="120s"/></actions><special tag="none"/></resource-agent>'
} >"$scratch/parameters.xml"
valid "$scratch/parameters.xml" "$k_here/schemas/ocf-ra-api-1.0.rng"

meta_data "$scratch/1.1.xml" OCF_RA_VERSION_MAJOR=1 OCF_RA_VERSION_MINOR=1
valid "$scratch/1.1.xml" "$k_here/schemas/ocf-ra-api-1.1.rng"
valid "$scratch/1.1.xml" "$k_pcs/ocf-1.1.rng"
grep -q 'name="reload-agent"' "$scratch/1.1.xml" || fail 'OCF 1.1 without reload-agent'
grep -q 'reloadable="1"' "$scratch/1.1.xml" || fail 'OCF 1.1 without reloadable parameters'
grep -q 'unique-group=' "$scratch/1.1.xml" || fail 'OCF 1.1 without unique-group'

# Needs no root and no parameters.
setpriv --reuid=65534 --regid=65534 --clear-groups env -i "$(readlink -f "$agent_program")" meta-data >"$scratch/nobody.xml"
cmp -s "$scratch/plain.xml" "$scratch/nobody.xml" || fail 'nobody gets other meta-data than root'
