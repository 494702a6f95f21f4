#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# `make bench`: generates captures, runs a bare libpcap loop, a walk over the mapped file, a program
# that only touches flows, connreuse with -j1 and -j2, and every installed peer on them in turn, and
# prints medians and ratios. Every figure goes to $RESULT (tab-separated); no figure is a test. For
# other sizes and choices:
#   make bench SCALE=0.1 ROUNDS=3 SHAPES='idle mixed' PEERS='argus tcptrace' (PEERS= for none)
# docs/PERFORMANCE says how to read the table.
set -eu
LC_ALL=C
export LC_ALL
: "${SCALE:=1}" "${ROUNDS:=5}" "${RESULT:=bench.tsv}" "${SHAPES:=keepalive oneshot idle bodies lossy mixed}"
: "${PEERS=tshark tcptrace argus tcpflow httpry}" "${PEER_SECONDS:=120}" # a peer's time limit
: "${PEER_ROUNDS_BELOW:=5}" # a peer that takes longer (seconds) runs once
: "${BENCH:?the folder of generate, loop, walk, touch and measure}" "${CONNREUSE:?the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM HUP
runs=$work/runs # shape, program, round, real, user, system, peak KiB, end

# run SHAPE NAME ROUND COMMAND...
run() {
    shape=$1 name=$2 round=$3
    shift 3
    figures=$("$BENCH/measure" "$PEER_SECONDS" "$@")
    echo "$shape $name $round $figures" >>"$runs"
}

# peer SHAPE NAME ROUND FILE: statistics over all packets; what is written is thrown away.
peer() {
    case $2 in
    tshark) run "$1" "$2" "$3" tshark -n -q -r "$4" -z http,tree ;;
    tcptrace) run "$1" "$2" "$3" tcptrace -n "$4" ;;
    argus) run "$1" "$2" "$3" argus -X -r "$4" -w /dev/null ;;
    tcpflow)
        run "$1" "$2" "$3" tcpflow -o "$work/flows" -r "$4"
        rm -rf "$work/flows"
        ;;
    httpry) run "$1" "$2" "$3" httpry -q -r "$4" ;;
    esac
}

# own SHAPE NAME ROUND FILE THREADS: the whole analysis; several threads share two processors.
own() {
    pinned=
    if [ "$5" != 1 ] && taskset -c 0,1 true 2>/dev/null; then pinned='taskset -c 0,1'; fi
    # shellcheck disable=SC2086 # words
    run "$1" "$2" "$3" $pinned "$CONNREUSE" -j "$5" -T json --max-connections 0 "$4"
}

# Whether a peer may run once more: it was quick in the first round.
is_quick() {
    awk -v shape="$1" -v name="$2" -v most="$PEER_ROUNDS_BELOW" '
        $1 == shape && $2 == name { found = 1; quick = $8 == "ok" && $4 < most }
        END { exit !(found && quick) }' "$runs"
}

is_installed() {
    command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]
}
PATH=$PATH:/usr/sbin

installed=
for name in $PEERS; do
    if is_installed "$name"; then
        installed="$installed $name"
    else
        echo "not installed, left out: $name"
    fi
done

: >"$runs"
: >"$work/captures"
for shape in $SHAPES; do
    file=$work/$shape.pcap
    tenth=$work/$shape.tenth.pcap
    least=$work/$shape.least.pcap
    less=$(awk -v scale="$SCALE" 'BEGIN { print scale / 10 }')
    all=$("$BENCH/generate" "$shape" "$SCALE" 2>&1 >"$file")
    some=$("$BENCH/generate" "$shape" "$less" 2>&1 >"$tenth")
    "$BENCH/generate" "$shape" 0.0000001 2>/dev/null >"$least"
    echo "$shape $(wc -c <"$file") $all $some" >>"$work/captures"
    for part in "$file" "$tenth" "$least"; do
        "$BENCH/walk" "$part" >/dev/null # into the page cache
    done
    round=1
    while [ "$round" -le "$ROUNDS" ]; do
        run "$shape" loop "$round" "$BENCH/loop" "$file"
        run "$shape" walk "$round" "$BENCH/walk" "$file"
        run "$shape" touch/2 "$round" "$BENCH/touch" "$file" 2
        run "$shape" touch/8 "$round" "$BENCH/touch" "$file" 8
        own "$shape" connreuse "$round" "$file" 1
        own "$shape" connreuse/j2 "$round" "$file" 2
        own "$shape" connreuse/tenth "$round" "$tenth" 1
        for name in $installed; do
            if [ "$round" = 1 ] || is_quick "$shape" "$name"; then
                peer "$shape" "$name" "$round" "$file"
            fi
        done
        round=$((round + 1))
    done
    # What a program needs for one connection, to tell what the others cost.
    for name in connreuse $installed; do
        case $name in
        connreuse) own "$shape" connreuse least "$least" 1 ;;
        *) peer "$shape" "$name" least "$least" ;;
        esac
    done
    rm -f "$file" "$tenth" "$least"
    echo "measured: $shape" >&2
done

awk -v result="$RESULT" -f "${0%/*}/table.awk" "$work/captures" "$runs"
echo
echo "scale $SCALE, up to $ROUNDS rounds in turn, medians; every figure: $RESULT"
