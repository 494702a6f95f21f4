#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The house rules that a script can check: floors, budgets, headers that stand alone, style, words.
set -u
LC_ALL=C
export LC_ALL
cd "${top_srcdir:-.}" || exit 99
failed=0
checks=0

# result NAME TEXT: a check holds when it found nothing to say.
result() {
    checks=$((checks + 1))
    if [ -z "$2" ]; then
        echo "ok: $1"
    else
        echo "FAILED: $1"
        printf '%s\n' "$2" | head -20
        failed=1
    fi
}

sources=$(find src -name '*.[ch]' ! -name embedded_data.c | sort)
tests=$(find tests -name '*.[ch]' | sort)

# Floor of each folder; a file includes its own floor and those below.
result 'a low floor never includes a high one' "$(
    # shellcheck disable=SC2086
    awk 'BEGIN { n = split("base capture engine judge report command", name, " ")
                 for (i = 1; i <= n; i++) floor[name[i]] = i }
         { split(FILENAME, path, "/") }
         /^#include "/ && (path[2] in floor) {
             split($2, part, /["\/]/)
             if (!(part[2] in floor)) print FILENAME ": " $0 " is not written from src/"
             else if (floor[part[2]] > floor[path[2]]) print FILENAME ": " $0
         }' $sources)"
result 'json-c only in report/' "$(grep -rln 'include <json-c' src | grep -v '^src/report/')"
result 'pcap.h only in capture/' "$(grep -rln 'include <pcap' src | grep -v '^src/capture/')"
result 'no cause is named below judge/' "$(
    grep -rnE 'CAUSE_[A-Z]' src/base src/capture src/engine)"

# shellcheck disable=SC2086
over_budget() {
    limit=$1
    shift
    wc -l "$@" | awk -v limit="$limit" '$2 != "total" && $1 > limit { print $2 ": " $1 " lines" }'
}
# shellcheck disable=SC2046
result 'files have at most 400 lines' "$(over_budget 400 $(printf '%s\n' "$sources" "$tests" | grep '\.c$'))"
# shellcheck disable=SC2046
result 'headers have at most 90 lines' "$(over_budget 90 $(printf '%s\n' "$sources" | grep '\.h$'))"
# shellcheck disable=SC2086
result 'functions have at most 60 lines' "$(
    awk 'FNR == 1 { begin = 0 }
         /^[A-Za-z_].*\(/ && !/;[ \t]*$/ && !begin { name = $0 }
         /^{/ { begin = FNR }
         /^}/ && begin { if (FNR - begin - 1 > 60) print FILENAME ": " FNR - begin - 1 ": " name
                         begin = 0 }' $sources $tests)"
# shellcheck disable=SC2086
result 'functions take at most 5 parameters' "$(
    awk 'FNR == 1 { on = 0 }
         /^[A-Za-z_].*\(/ { on = 1; head = "" }
         on { head = head $0 " " }
         on && /;[ \t]*$/ { on = 0 }
         on && /^{/ {
             on = 0
             list = head
             sub(/^[^(]*\(/, "", list)
             while (gsub(/\([^()]*\)/, "", list)) continue
             if (gsub(/,/, "", list) > 4) print FILENAME ": " substr(head, 1, 80)
         }' $sources)"
# shellcheck disable=SC2086
result 'every file names its licence' "$(
    for file in $sources $tests; do
        [ "$(head -n 1 "$file")" = '// SPDX-License-Identifier: BSD-2-Clause' ] || echo "$file"
    done)"
result 'headers have #pragma once' "$(
    # shellcheck disable=SC2046
    grep -L '^#pragma once' $(printf '%s\n' "$sources" "$tests" | grep '\.h$'))"
# shellcheck disable=SC2086
result 'no utils, no leftover marks' "$(
    find src tests -name 'util*.[ch]'
    grep -nEiw 'todo|fixme|xxx|stub|placeholder' $sources $tests Makefile.am configure.ac README)"
result 'no absolute path of a machine' "$(
    # The text files of the project; captures and scripts for namespaces use /tmp and /dev.
    grep -rnIE '(^|[^A-Za-z0-9_.])/(home|root|work|Users)/[A-Za-z]' \
        src tests docs samples Makefile.am configure.ac README bootstrap .ci 2>/dev/null |
        grep -v '^tests/house.sh:')"
# shellcheck disable=SC2086
result 'no mutable state at file scope outside main.c' "$(
    grep -nE '^ *static [^(]*(;|= .*;)$' $sources | grep -vE '\bconst\b|^src/main.c:')"

if command -v clang-format-14 >/dev/null 2>&1; then
    # shellcheck disable=SC2086
    result 'style is that of .clang-format' "$(
        for file in $sources $tests; do
            clang-format-14 "$file" | cmp -s - "$file" || echo "$file"
        done)"
else
    echo 'skipped: style (clang-format-14 is not installed)'
fi

# Each header alone, with warnings as errors.
result 'every header compiles alone' "$(
    for file in $(printf '%s\n' "$sources" | grep '\.h$'); do
        # shellcheck disable=SC2086
        printf '#include "%s"\n' "${file#src/}" |
            ${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -fsyntax-only -Isrc \
                ${CPPFLAGS:-} -x c - 2>&1 | grep -m 1 'error'
    done)"

if [ -f Makefile.am ]; then
    # shellcheck disable=SC2086
    result 'Makefile.am lists every source' "$(
        for file in $(find src -name '*.[ch]' -o -name '*.def' -o -path 'src/data/*' -type f); do
            case $file in
            src/base/embedded_data.c) ;;
            *) grep -qF "$file" Makefile.am || echo "$file" ;;
            esac
        done)"
fi
echo "$checks house rules checked"
exit $failed
