# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What ./dev shows: stages with their seconds, and the end of a log when one fails.
log_folder=build/log

say() { printf '%s\n' "$*"; }
fail() {  # fail CODE text...
  local code=$1
  shift
  printf 'dev: %s\n' "$*" >&2
  exit "$code"
}

# While a stage runs on a terminal, its latest line of output is shown in place.
watch_log() {  # watch_log PID LOG WHAT
  local columns
  columns=$(tput cols 2>/dev/null || echo 80)
  while kill -0 "$1" 2>/dev/null; do
    printf '\r\033[K%s  %s' "$3" "$(tail -n 1 "$2" 2>/dev/null | tr -cd '[:print:]' | cut -c "1-$((columns - ${#3} - 3))")"
    sleep 1
  done
  printf '\r\033[K'
}

# stage LOG WHAT command...: runs the command with its output in the log; leaves ./dev when it fails.
stage() {
  local log=$log_folder/$1.log what=$2 start=$SECONDS code=0
  shift 2
  mkdir -p "$log_folder"
  [ -t 1 ] || say "$what ..."
  "$@" >"$log" 2>&1 </dev/null &
  running=$!
  [ -t 1 ] && watch_log "$running" "$log" "$what"
  wait "$running" || code=$?
  running=
  if [ "$code" != 0 ]; then
    say "$what: failed after $((SECONDS - start)) s; the last lines of $log:"
    tail -n 25 "$log"
    fail "$code" "$what failed (exit $code); the whole log is $PWD/$log"
  fi
  say "$what: $((SECONDS - start)) s (at $SECONDS s)"
}

# An interrupt reaches the stage too; packages being installed are left to end, so that dpkg stays whole.
interrupted() {
  [ -n "${running:-}" ] && kill "$running" 2>/dev/null
  fail 130 interrupted
}
trap interrupted INT TERM
