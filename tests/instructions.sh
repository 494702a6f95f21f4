#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Instructions per packet, counted by callgrind on small generated captures (their count is
# repeatable, a time isn't), against the budget in tests/bench/budget with 10 % room. What a capture
# with one connection needs is taken off. With the argument "write" the budget is written anew.
# Counts hold for one compiler at -O2: others are skipped, as is a machine without valgrind.
. "${top_srcdir:-.}/tests/common.sh"
: "${CONNREUSE:?run by make check}" "${GENERATE:?run by make check}"
budget=tests/bench/budget
shapes='keepalive=0.04 oneshot=0.02 lossy=0.05' # at least 35,000 packets each

skip() {
    echo "skipped: $1"
    exit 77
}

command -v valgrind >/dev/null 2>&1 || skip 'valgrind is not installed'
case " ${CFLAGS:-} " in
*fsanitize* | *fprofile* | *--coverage*) skip 'an instrumented build counts itself' ;;
*' -O2 '*) ;;
*) skip "the budget is for -O2, not for '${CFLAGS:-}'" ;;
esac
case $(${CC:-cc} --version) in
*clang*) compiler=clang ;;
*) compiler=gcc ;;
esac
case " $CFLAGS " in
*' -flto'*) compiler=$compiler-lto ;;
esac

# Valgrind may not understand the debugging information, and doesn't need it here.
strip -o "$work/program" "$CONNREUSE" 2>"$work/err" || skip 'strip is not installed'

# count FILE: instructions of one run.
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/program" -j1 -T json \
        --max-connections 0 "$1" 2>&1 >/dev/null |
        awk '/Collected/ { print $NF } /unhandled|unrecognised/ { exit 1 }'
}

"$GENERATE" keepalive 0.0000001 >"$work/least" 2>/dev/null
least=$(count "$work/least")
[ -n "$least" ] || skip 'valgrind cannot run the program here'
: >"$work/counts"
for row in $shapes; do
    shape=${row%=*}
    "$GENERATE" "$shape" "${row#*=}" >"$work/capture" 2>"$work/numbers"
    read -r _ n <"$work/numbers"
    all=$(count "$work/capture")
    echo "$compiler $shape $(((all - least) / n))" >>"$work/counts"
done

if [ "${1:-}" = write ]; then
    {
        grep '^#' "$budget"
        grep -v -e '^#' -e "^$compiler " "$budget"
        cat "$work/counts"
    } >"$work/budget"
    cat "$work/budget" >"$budget"
    exit 0
fi
grep -q "^$compiler " "$budget" || skip "no budget for $compiler"
while read -r _ shape counted; do
    allowed=$(awk -v c="$compiler" -v s="$shape" '$1 == c && $2 == s { print $3 }' "$budget")
    name="$shape: $counted instructions per packet, budget ${allowed:-unknown}"
    if [ -n "$allowed" ] && [ $((counted * 10)) -le $((allowed * 11)) ]; then
        ok "$name"
    else
        not_ok "$name" 'make it cheaper, or record the new count with: make budget'
    fi
done <"$work/counts"
finish
