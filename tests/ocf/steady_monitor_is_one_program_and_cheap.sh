#!/bin/bash
# A steady monitor executes one program, itself, and takes at most twice the time of a bare client that runs the same statements.
set -euo pipefail
exec bash "$(dirname "$(readlink -f "$0")")/../bench/monitor.sh" "$1" "$2" 150
