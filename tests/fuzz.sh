#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Replays the kept inputs of every fuzz target: tests/fuzz/corpus/TARGET/*. An empty input is always
# among them. With --enable-fuzzers the targets are libFuzzer's own programs and do the same.
set -eu
failed=0
empty=$(mktemp)
trap 'rm -f "$empty"' EXIT
for target in ${fuzz_targets:?run by make check}; do
    name=${target##*/fuzz_}
    set -- "$empty"
    for file in "$top_srcdir/tests/fuzz/corpus/$name"/*; do
        [ ! -f "$file" ] || set -- "$@" "$file"
    done
    if "./$target" "$@"; then
        echo "ok: $name, $# inputs"
    else
        echo "FAILED: $name"
        failed=1
    fi
done
exit $failed
