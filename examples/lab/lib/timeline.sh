# shellcheck shell=bash
# What happened when, read from Pacemaker's log of each node: it has the results of actions, and between them what the agent says
# of itself, both with milliseconds.

# Prints "TIMESTAMP|KIND|NODE|DETAIL" lines.
# Pacemaker 2.1 says `not running`, 3.0 `Not running`.
k_events='
  match($0, /^[A-Z][a-z][a-z] +[0-9]+ [0-9:]+\.[0-9]+/) { time = substr($0, 1, RLENGTH) }
  function event(kind, detail) { print time "|" kind "|" node "|" detail }
  match($0, /Result of [a-z]+ operation for (p_mysql|vip_writer) on [^ :]+: [^|]+/) {
    text = substr($0, RSTART, RLENGTH)
    split(text, word, / operation for | on |: |Result of /)
    result = tolower(substr(text, index(text, ": ") + 2)); sub(/ +$/, "", result)
    if (word[3] == "vip_writer") { if (word[2] == "start" && result == "ok") event("address", ""); next }
    if (word[2] == "monitor" && result != "ok" && result != "promoted" && result != "cancelled") event("detected", result)
    if (result == "ok" && word[2] ~ /^(demote|stop|start|promote)$/) event(word[2], "")
    next
  }
  /mysql\(p_mysql\)/ && match($0, /elected [^ :]+: .*/) { event("elected", substr($0, RSTART + 8, RLENGTH - 8)) }
  /mysql\(p_mysql\)/ && match($0, /replicating from .*/) { event("follows", substr($0, RSTART, RLENGTH)) }
  /mysql\(p_mysql\)/ && match($0, /(kept out|promotion score -[A-Z0-9]+): .*/) {
    text = substr($0, RSTART, RLENGTH); event("kept", substr(text, index(text, ": ") + 2))
  }'

to_us() { date -u -d "$1" +%s%6N; }

# events NODE SINCE_US: "US|KIND|NODE|DETAIL" from Pacemaker's log of the node on standard input.
events() {
  local node=$1 since=$2 time kind who detail us
  awk -v node="$node" "$k_events" | while IFS='|' read -r time kind who detail; do
    us=$(to_us "$time") || continue
    ((us < since)) || printf '%s|%s|%s|%s\n' "$us" "$kind" "$who" "$detail"
  done
}

# first KIND NODE EVENTS: the first event of that kind; NODE may be empty.
first() { awk -F'|' -v kind="$1" -v node="$2" '$2 == kind && (node == "" || $3 == node) { print; exit }' <<<"$3"; }

# show EVENT SINCE_US TEXT: one line of the timeline, or what is not known.
show() {
  local event=$1 since=$2 text=$3 us
  us=${event%%|*}
  [[ -n $us ]] || return 0
  us=$((us - since))
  printf '%5d.%03d s  %s\n' $((us / 1000000)) $((us / 1000 % 1000)) "$text"
}

# came_back OLD SINCE_US EVENTS: what became of the former primary: a replica, kept out, or at least running.
came_back() {
  local old=$1 since=$2 all=$3 kept
  kept=$(first kept "$old" "$all")
  if [[ -n $kept ]]; then
    show "$kept" "$since" "$old runs again and is kept out: ${kept##*|}"
  elif [[ -n $(first follows "$old" "$all") ]]; then
    show "$(first follows "$old" "$all")" "$since" "$old is back as a replica"
  else
    show "$(first start "$old" "$all")" "$since" "the server of $old runs again"
  fi
}

# timeline OLD SINCE_US EVENTS FIRST_WRITE_US: EVENTS are those of all nodes, sorted.
timeline() {
  local old=$1 since=$2 all=$3 first_write=$4 new elected detected
  new=$(first promote '' "$all" | cut -d'|' -f3)
  elected=$(first elected '' "$all")
  detected=$(first detected "$old" "$all")
  {
    show "$since" "$since" "the server of $old, the primary, is killed"
    show "$detected" "$since" "detected: the monitor of $old says '${detected##*|}'"
    show "$(first demote "$old" "$all")" "$since" "demoted: $old"
    show "$elected" "$since" "elected: ${elected##*|}"
    show "$(first promote "$new" "$all")" "$since" "promoted: $new"
    show "$(first address "$new" "$all")" "$since" "the writer address is on $new"
    show "$first_write" "$since" "first write after the failure"
    came_back "$old" "$since" "$all"
  } | sort -n
}
