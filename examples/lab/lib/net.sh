# shellcheck shell=bash
# The network: one namespace with a bridge, one for each node, veth pairs in between. The machine's own network never has
# any of these addresses, so clusters of different names can use the same ones at once.

# A dot ends the cluster's name, which has none: `a` is no prefix of `a-b`.
netns() { printf 'prmlab.%s.%s' "$name" "$1"; }

lan_up() {
  local lan
  lan=$(netns lan)
  ip netns add "$lan"
  ip -n "$lan" link set lo up
  ip -n "$lan" link add br0 type bridge
  ip -n "$lan" address add "$k_gateway_ip/24" dev br0
  ip -n "$lan" link set br0 up
}

# node_net_up NODE: a fresh namespace, as after a power cycle: no address but the node's own.
node_net_up() {
  local node=$1 lan inner
  lan=$(netns lan)
  inner=$(netns "$node")
  ip netns add "$inner"
  ip -n "$lan" link add "to-$node" type veth peer name eth0 netns "$inner"
  ip -n "$lan" link set "to-$node" master br0 up
  ip -n "$inner" link set lo up
  ip -n "$inner" address add "$(node_ip "$node")/24" brd + dev eth0
  ip -n "$inner" link set eth0 up
}

# The link goes first, so that dying processes cannot say goodbye to their peers.
node_net_down() {
  local node=$1
  ip -n "$(netns lan)" link delete "to-$node" 2>/dev/null || true
  ip netns delete "$(netns "$node")" 2>/dev/null || true
}

link_set() { ip -n "$(netns lan)" link set "to-$1" "$2"; }

net_down() {
  local space
  for space in $(ip netns list 2>/dev/null | cut -d' ' -f1); do
    [[ $space == "prmlab.$name."* ]] && ip netns delete "$space"
  done
  return 0
}
