# Sourced by the other scripts: strict mode, the root of the checkout, and how they speak.
set -euo pipefail
export LC_ALL=C.UTF-8
cd "$(dirname "${BASH_SOURCE[0]}")/.."

jobs=${THREADKEEP_JOBS:-$(nproc)}
logs=build/logs

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Microseconds since the epoch, and how many seconds have gone since such a moment: "3.2".
now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }
seconds_since() {
  local tenths=$((($(now) - $1) / 100000))
  printf '%d.%d' $((tenths / 10)) $((tenths % 10))
}

# quietly NAME COMMAND...: keeps the output in a log, and shows why it failed only when it did.
quietly() {
  local log=$logs/$1.log
  shift
  mkdir -p "$logs"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    failure_in "$log" >&2
    say "failed: $* (all of it: $log)" >&2
    return 1
  fi
}

# What ninja says of the steps that failed, without their command lines; of other programs the last lines.
failure_in() {
  if grep -q '^FAILED: ' "$1"; then
    awk '/^\[[0-9]+\/[0-9]+\]/ { shown = 0 } shown && !/ccache|c\+\+ / { print } /^FAILED: / { print; shown = 1 }' "$1" | head -n 200
  else
    tail -n 40 "$1"
  fi
}
