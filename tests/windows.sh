#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Records beyond --max-records are judged in windows: whatever the cap, every connection is one row,
# totals, histogram and the causes of single connections are those of a run without one.
. "${top_srcdir:-.}/tests/common.sh"
: "${CONNREUSE:?run by make check}" "${GENERATE:?run by make check}"

# What one connection says alone, whatever the others did.
alone='client-asked-close|close-delimited-response|connect-refused|half-close|opaque-closed'
alone="$alone|protocol-error|stale-reuse|truncated-response|tunnel-closed|unused-connection"

# counts FILE: totals and histogram of a report.
counts() {
    sed -n 's/^{"type":"summary".*\("totals":.*\),"families".*/\1/p' "$1"
}

# causes FILE: a line for each row, with its connections.
causes() {
    sed -n 's/^{"type":"summary".*,"causes":\[\(.*\)\],"pairs":.*/\1/p' "$1" | tr '}' '\n' |
        sed -n 's/.*"id":"\([^"]*\)".*"by":"\([^"]*\)","connections":\([0-9]*\).*/\1 \2 \3/p'
}

sums() {
    counts "$1" | grep -oE '"(connections|requests|responses|bytes)":[0-9]+' | head -4
}

causes_alone() {
    causes "$1" | grep -E "^($alone) "
}

# rows FILE: an id a connection. Which of two equal ids is the second one depends on the window.
rows() {
    sed -n 's/^{"type":"connection".*"id":"\(c[0-9a-f]*\).*/\1/p' "$1" | sort
}

lines() {
    grep '^{"type":"connection"' "$1"
}

sum() {
    awk '{ all += $NF } END { print all + 0 }'
}

# differ_not COMMAND: it says the same of both runs, and something.
differ_not() {
    "$1" "$work/whole" >"$work/wanted"
    "$1" "$work/windows" >"$work/got"
    [ -s "$work/wanted" ] && cmp "$work/wanted" "$work/got"
}

# settled CAPTURE CAP: a run in windows of at most CAP records, beside one of all records.
settled() {
    what="${1##*/}, $2 kept"
    run "$CONNREUSE" -q -T ndjson --max-records "$2" -o "$work/file.ndjson" "$1"
    is 0 "$what"
    mv "$work/out" "$work/windows"
    holds "$what: there were windows" grep -q '"windows":[1-9]' "$work/windows"
    holds "$what: a file is written as standard output" cmp "$work/windows" \
        "$work/file.ndjson"
    holds "$what: totals and histogram" differ_not counts
    holds "$what: every connection once" differ_not rows
    [ -z "$(causes_alone "$work/whole")" ] ||
        holds "$what: causes of single connections" differ_not causes_alone
    holds "$what: every connection has a cause" \
        test "$(causes "$work/whole" | sum)" = "$(causes "$work/windows" | sum)"
}

"$GENERATE" oneshot 0.003 >"$work/oneshot.pcap" 2>"$work/err"
"$GENERATE" mixed 0.02 >"$work/mixed.pcap" 2>"$work/err"
"$GENERATE" lossy 0.02 >"$work/lossy.pcap" 2>"$work/err"
for capture in "$work/oneshot.pcap" "$work/mixed.pcap" "$work/lossy.pcap" \
    $(captures pool-limit-burst-go) $(captures mixed-); do
    "$CONNREUSE" -q -T ndjson "$capture" >"$work/whole"
    most=$(rows "$work/whole" | wc -l)
    settled "$capture" $((most / 3))
    settled "$capture" $((most / 10 + 1))
done

# In small pieces through a pipe.
"$CONNREUSE" -q -T ndjson --max-records 300 "$work/mixed.pcap" >"$work/whole"
dd if="$work/mixed.pcap" bs=5000 2>"$work/err" |
    "$CONNREUSE" -q -T ndjson --max-records 300 - >"$work/windows"
holds 'the same windows through a pipe' differ_not counts
holds 'the same rows through a pipe' differ_not lines

# All samples as one capture, of all causes. What is a probe, and closed by the network, is told by
# the other connections, and ratios leave out probes.
# shellcheck disable=SC2046
"$CONNREUSE" -q -T ndjson $(captures) >"$work/whole" 2>"$work/err"
# shellcheck disable=SC2046
"$CONNREUSE" -q -T ndjson --max-records 100 $(captures) >"$work/windows" 2>"$work/err"
holds 'all samples, 100 kept: totals' differ_not sums
holds 'all samples, 100 kept: every connection once' differ_not rows
holds 'all samples, 100 kept: causes of single connections' differ_not causes_alone

run "$CONNREUSE" -q -T json --max-records 0 "$sample"
is 2 'no record kept is a usage error'
run "$CONNREUSE" -q --max-records 10 -T json samples/pool-limit-2-go.pcap
holds 'a warning tells' grep -q '"id":"windows"' "$work/out"
run "$CONNREUSE" -q --max-records 10 -o "$work/none/x.ndjson" samples/pool-limit-2-go.pcap
is 7 'a file of rows that cannot be opened'
finish
