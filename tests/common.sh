# SPDX-License-Identifier: BSD-2-Clause
# What the shell tests of the program share: sourced, not run. $work is a folder that goes away.
# shellcheck shell=sh
set -u
LC_ALL=C
NO_COLOR=1
export LC_ALL NO_COLOR
cd "${top_srcdir:-.}" || exit 99
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0
sample=samples/unread-body-go-large.pcap
. tests/captures.sh

ok() {
    passed=$((passed + 1))
    echo "ok: $1"
}

not_ok() {
    failed=$((failed + 1))
    echo "FAILED: $1"
    shift
    [ $# = 0 ] || printf '%s\n' "$@" | head -20
}

# run COMMAND...: its status in $status, its streams in $work/out and $work/err.
run() {
    "$@" >"$work/out" 2>"$work/err" </dev/null
    status=$?
}

# is STATUS NAME: the last run ended so.
is() {
    if [ "$status" = "$1" ]; then
        ok "$2"
    else
        not_ok "$2: exit status $status, not $1" "$(cat "$work/err")"
    fi
}

# says NAME PATTERN: the last run's standard error matches.
says() {
    if grep -qE -e "$2" "$work/err"; then
        ok "$1"
    else
        not_ok "$1: standard error lacks $2" "$(cat "$work/err")"
    fi
}

# holds NAME COMMAND...: the command succeeds.
holds() {
    name=$1
    shift
    if "$@" >"$work/why" 2>&1; then
        ok "$name"
    else
        not_ok "$name" "$(cat "$work/why")"
    fi
}

finish() {
    echo "$passed held, $failed failed"
    [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
    exit
}
