#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# golden.sh [write]: the report of every sample in text, JSON and NDJSON is the one kept in
# tests/golden/. `make golden` writes them anew; the difference is then the review.
set -u
LC_ALL=C
NO_COLOR=1
export LC_ALL NO_COLOR
mode=${1:-check}
cd "${top_srcdir:-.}" || exit 99
. tests/captures.sh
golden=tests/golden
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The run section tells when and how, and differs from run to run. The sockets over time are half of
# a report: JSON shows them, the summary line of NDJSON need not be kept with them too.
without_run() {
    sed -e '/^"run": /d' -e '/^{"type":"summary"/{
        s/"run":{.*},"inputs":/"inputs":/
        s/"sockets":{.*},"what_if":/"what_if":/
    }'
}

passed=0
failed=0
# compare NAME SUFFIX FORMAT: of $sample; the format may bring options. JSON holds a selection of the connections;
# NDJSON has them all.
compare() {
    # shellcheck disable=SC2086
    if ! "$CONNREUSE" -q -T $3 "$sample" >"$work/report" 2>"$work/errors"; then
        echo "FAILED: $1: exit status $? with -T $3"
        cat "$work/errors"
        failed=$((failed + 1))
        return
    fi
    without_run <"$work/report" >"$work/new"
    if [ "$mode" = write ]; then
        cp "$work/new" "$golden/$1.$2"
    elif [ ! -f "$golden/$1.$2" ]; then
        echo "FAILED: there is no $golden/$1.$2: run 'make golden'"
        failed=$((failed + 1))
        return
    elif ! diff -u "$golden/$1.$2" "$work/new" >"$work/diff"; then
        echo "FAILED: $1.$2"
        cut -c 1-400 "$work/diff" | head -20
        failed=$((failed + 1))
        return
    fi
    passed=$((passed + 1))
}

for sample in $(captures); do
    name=$(name_of "$sample")
    compare "$name" txt text
    compare "$name" json "json --max-connections 5"
    compare "$name" ndjson ndjson
done
# A report whose sample is gone would never be looked at again.
for kept in "$golden"/*.json; do
    [ -f "$kept" ] || continue
    name=${kept#"$golden"/}
    name=${name%.json}
    [ -f "samples/$name.pcap" ] || [ -f "samples/$name.pcap.gz" ] && continue
    if [ "$mode" = write ]; then
        rm -f "$golden/$name".txt "$golden/$name".json "$golden/$name".ndjson
    else
        echo "FAILED: $kept has no sample"
        failed=$((failed + 1))
    fi
done
echo "$passed reports equal, $failed differ"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
