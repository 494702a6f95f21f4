#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# -j changes how long it takes, never what is reported: JSON and NDJSON of one, two and four threads
# are the same bytes (but the run section) for every sample and every generated capture, from files,
# from a pipe and compressed, settled in windows or not.
# shellcheck source=tests/common.sh
. "${top_srcdir:-.}/tests/common.sh"
: "${CONNREUSE:?run by make check}" "${GENERATE:?run by make check}"

# The run section tells when and how.
without_run() {
    sed -i -e '/^"run": /d' -e '/^{"type":"summary"/s/"run":{.*},"inputs":/"inputs":/' "$@"
}

# same NAME ARGUMENT...: the reports of every -j are equal; standard input is $work/input.
same() {
    name=$1
    shift
    for jobs in 1 2 4; do
        rm -rf "${work:?}/$jobs"
        mkdir "$work/$jobs"
        "$CONNREUSE" -q "-j$jobs" -o "$work/$jobs/report.json" -o "$work/$jobs/report.ndjson" "$@" \
            <"$work/input" >"$work/out" 2>"$work/err"
        echo $? >"$work/$jobs/status"
        without_run "$work/$jobs"/*json
    done
    holds "$name, two threads" diff -rq "$work/1" "$work/2"
    holds "$name, four threads" diff -rq "$work/1" "$work/4"
    holds "$name: there are reports" grep -q '"connections"' "$work"/1/*.json
}

: >"$work/input"
samples=$(captures)
# shellcheck disable=SC2086
same 'each sample' --separate $samples
same 'all samples as one capture' --max-connections all $samples
same 'all samples, a window of 50 connections at a time' --max-records 50 $samples
same 'some packets only' -c 1000 -f 'tcp' -s 200 $samples

for shape in keepalive oneshot idle bodies lossy mixed; do
    "$GENERATE" "$shape" 0.004 >"$work/$shape.pcap" 2>"$work/err"
    same "$shape" "$work/$shape.pcap"
done
same 'lossy, settled in windows' --max-records 100 "$work/lossy.pcap"
cp "$work/mixed.pcap" "$work/input"
same 'mixed, on standard input' -
if gzip -c "$work/mixed.pcap" >"$work/mixed.pcap.gz" 2>"$work/err" &&
    "$CONNREUSE" -q "$work/mixed.pcap.gz" >"$work/out" 2>"$work/err"; then
    same 'mixed, compressed' "$work/mixed.pcap.gz"
    cp "$work/mixed.pcap.gz" "$work/input"
    same 'mixed, compressed on standard input' -
    head -c 100000 "$work/mixed.pcap.gz" >"$work/cut.pcap.gz"
    same 'mixed, compressed and cut' "$work/cut.pcap.gz"

    # A live pipe: what has come when the signal does is in the report, whoever unpacks or works.
    mkfifo "$work/pipe"
    for jobs in 1 4; do
        { cat "$work/mixed.pcap.gz"; sleep 8; } >"$work/pipe" &
        writer=$!
        timeout --foreground -s INT --preserve-status 3 "$CONNREUSE" -q "-j$jobs" -T json - \
            <"$work/pipe" >"$work/out" 2>"$work/err"
        status=$?
        kill "$writer" 2>/dev/null
        wait "$writer" 2>/dev/null
        is 0 "SIGINT with $jobs threads, compressed, does not change the status"
        "$CONNREUSE" -q -T json - <"$work/mixed.pcap" >"$work/whole"
        grep '^"totals"' "$work/whole" >"$work/totals"
        holds 'the report tells of all that came' sh -c \
            "grep '^\"totals\"' '$work/out' | cmp - '$work/totals'"
    done
fi

run sh -c "'$CONNREUSE' -j4 -T json '$work/mixed.pcap' >/dev/full"
is 7 'four threads and a full disk'
run sh -c "{ '$CONNREUSE' -j4 -T ndjson '$work/mixed.pcap'; echo \$? >'$work/code'; } | head -n 1 >/dev/null"
holds 'four threads and a closed pipe' grep -qx 7 "$work/code"
finish
