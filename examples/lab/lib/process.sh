# shellcheck shell=bash
# Recorded processes. A PID alone can be used again by somebody else, so a record holds its start time too, and nothing is
# signalled unless both still fit.

start_time_of() {
  local stat
  { stat=$(<"/proc/$1/stat"); } 2>/dev/null || return 1
  stat=${stat##*) }
  set -- $stat
  printf '%s' "${20}"
}

record_process() {
  local file=$1 pid=$2
  printf '%s %s\n' "$pid" "$(start_time_of "$pid")" >"$file"
}

# Prints the PID of a record whose process is still alive.
recorded_pid() {
  local pid since
  [[ -f $1 ]] || return 1
  read -r pid since <"$1" || return 1
  [[ $(start_time_of "$pid") == "$since" ]] || return 1
  printf '%s' "$pid"
}

process_gone() { ! recorded_pid "$1" >/dev/null; }

kill_recorded() {
  local pid
  pid=$(recorded_pid "$1") || { rm -f "$1"; return 0; }
  kill -KILL "$pid" 2>/dev/null || true
  wait_for 10 "process $pid to end" process_gone "$1" || return 1
  rm -f "$1"
}
