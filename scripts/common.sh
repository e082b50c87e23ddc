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

# quietly NAME COMMAND...: keeps the output in a log, and shows its end only when the command fails.
quietly() {
  local log=$logs/$1.log
  shift
  mkdir -p "$logs"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n "${THREADKEEP_LOG_LINES:-60}" "$log" >&2
    say "failed: $* (all of it: $log)" >&2
    return 1
  fi
}
