#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The samples as a set: each cause is made in three ways at least, by another program each; every
# capture has its truth; samples/README tells of all; and they are small enough to keep.
. "${top_srcdir:-.}/tests/common.sh"
command -v bash >/dev/null 2>&1 || {
    echo 'skipped: bash is not installed'
    exit 77
}

# few: causes with fewer than three ways; what is unattributed is made by taking packets away.
few() {
    awk '$1 != "unattributed" && $2 < 3 { print; bad = 1 } END { exit bad }' "$work/ways"
}

alone() {
    find samples -name '*.pcap*' | sed 's/\.pcap.*//' | sort >"$work/captures"
    find samples -name '*.truth' | sed 's/\.truth$//' | sort | diff "$work/captures" -
}

small() {
    find samples -name '*.pcap*' -exec cat {} + | wc -c | awk '{ print; exit $1 > 2000000 }'
}

run bash samples/record/ways.sh
is 0 'each sample names its programs'
mv "$work/out" "$work/ways"
holds 'there are causes' test "$(wc -l <"$work/ways")" -ge 38
holds 'each cause is made in three ways' few
holds 'each capture has its truth' alone
holds 'the captures hold 2,000,000 bytes at most' small
run bash samples/record/readme.sh -
is 0 'samples/README can be written'
holds 'samples/README is up to date (samples/record/readme.sh)' diff samples/README "$work/out"
finish
