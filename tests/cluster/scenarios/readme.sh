# The snippet of README.md for the tool that has configured this cluster can be loaded, and says nothing that the file under
# examples/, from which the cluster was made, does not say.

# snippet TOOL: the indented lines of the paragraph that begins with `With TOOL`
snippet() {
  awk -v begin="With $1 " 'index($0, begin) == 1 { on = 1 } on && sub(/^    /, "") { print; some = 1; next } /^[^ ]/ && some { exit }' \
    "$k_source/README.md"
}

# load_TOOL FILE CIB: on db1, into a CIB that is no cluster's
load_crmsh() { lab run db1 env CIB_file="$2" crm configure load update "$1"; }
load_pcs() {
  # shellcheck disable=SC2016 # expanded in the node
  lab run db1 bash -euc '
    file=$1 into=$2
    pcs() {
      case "$*" in
        "cluster cib "*) cp "$into" "$3" ;;
        "cluster cib-push "*) cp "$3" "$into" ;;
        -f*) command pcs "$@" ;;
        *) command pcs -f "$into" "$@" ;;
      esac
    }
    source "$file"' load "$1" "$2"
}

# One line for each thing that a CIB says; what differs between a site and an example is left out.
facts_in() {
  lab run db1 cat "$1" | awk '
    function value(key,   part) {
      if (!match($0, " " key "=\"[^\"]*\"")) return ""
      part = substr($0, RSTART, RLENGTH); sub(/^[^"]*"/, "", part); sub(/"$/, "", part)
      return part
    }
    /<resources/ { resources = 1 }
    /<\/resources>/ { resources = 0 }
    /<nvpair / && value("name") == "cluster-delay" { print "property", value("name"), value("value") }
    !resources && !/<rsc_/ { next }
    /<(primitive|clone) / { of = value("id"); print $1, of, value("class"), value("provider"), value("type") }
    /<\/primitive>/ { of = clone }
    /<clone / { clone = of }
    /<nvpair / && value("name") !~ /^(ip|cidr_netmask)$/ { print of, "has", value("name"), value("value") }
    /<op / {
      monitor = value("name") " " value("role")
      for (key in keys) if (value(key) != "") print of, monitor, key, value(key)
    }
    /<rsc_(colocation|order) / {
      about = $1 " " value("rsc") value("first") " " value("with-rsc") value("then")
      for (key in sides) if (value(key) != "") print about, key, value(key)
    }
    BEGIN {
      split("interval timeout", list); for (i in list) keys[list[i]]
      split("score with-rsc-role rsc-role first-action then-action", list); for (i in list) sides[list[i]]
    }' | LC_ALL=C sort -u
}

snippet "$(tool)" | lab run db1 tee /root/readme >/dev/null
lab run db1 sh -c 'cibadmin --query >/root/cluster.xml; cibadmin --empty >/root/readme.xml
  CIB_file=/root/readme.xml crm_attribute -t crm_config -n stonith-enabled -v false'
"load_$(tool)" /root/readme /root/readme.xml >"$scratch/said" 2>&1 || fail "$(tool) does not take README.md: $(cat "$scratch/said")"
facts_in /root/readme.xml >"$scratch/readme"
facts_in /root/cluster.xml >"$scratch/cluster"
(($(wc -l <"$scratch/readme") >= 20)) || fail "README.md says little: $(cat "$scratch/readme")"
other=$(LC_ALL=C comm -23 "$scratch/readme" "$scratch/cluster")
[[ -z $other ]] || fail "README.md says otherwise than examples/$(tool): $other"
say "$(tool): README.md says $(wc -l <"$scratch/readme") of the $(wc -l <"$scratch/cluster") things that examples/$(tool) says"
