#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Compresses the captures of more than 12,000 bytes, but those that README, docs or tests name: these
# stay plain, for readers and builds without gzip. Run after recording; samples/ holds 2,000,000 bytes.
set -eu
cd "$(dirname "$0")/.."

is_named() {
    grep -qE "(/|\")$1(\.pcap)?\"|$1\.pcap" ../README ../docs/* ../tests/*.sh ../tests/*.[ch] \
        ../tests/*.def
}

for truth in *.truth; do
    name=${truth%.truth}
    # A new recording stands beside the compressed one that it replaces.
    [ ! -e "$name.pcap" ] || rm -f "$name.pcap.gz"
    if is_named "$name"; then
        [ -e "$name.pcap" ] || gunzip "$name.pcap.gz"
    elif [ -e "$name.pcap" ] && [ "$(stat -c %s "$name.pcap")" -gt 12000 ]; then
        gzip -9n "$name.pcap"
    fi
done
cat ./*.pcap ./*.pcap.gz | wc -c
