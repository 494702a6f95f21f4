#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# docs/RULES is what the program prints: the table and its page can't part. `make rules` writes it.
set -u
cd "${top_srcdir:-.}" || exit 99
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$CONNREUSE" rules >"$work/rules" || exit 1
if [ "${1:-}" = write ]; then
    cp "$work/rules" docs/RULES
elif cmp -s "$work/rules" docs/RULES; then
    echo "ok: docs/RULES tells all $(grep -c '^[0-9]*\. ' docs/RULES) rules"
else
    echo "FAILED: docs/RULES is not what 'connreuse rules' prints: run 'make rules'"
    diff "$work/rules" docs/RULES | head -20
    exit 1
fi
