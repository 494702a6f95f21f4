#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Writes samples/README from the comments and rows of the truth files; "readme.sh -" writes it to
# standard output.
set -eu
cd "$(dirname "$0")/.."
[ "${1:-}" = - ] || exec >README

cat <<'END'
Captures of real programs, each with the truth about every connection beside it
(NAME.truth: client address, client port, cause, in opening order; "cause|other"
where the packets can't decide). The truth comes from the programs' own logs and
settings, never from looking at packets. Recorded in network namespaces or on
loopback by the scripts in record/: record/all.sh NAME records one again, as root.

In how many ways, by another program each, a cause is made here: the client's program, the
server's or, where the cause blames neither, the pair of both. "unattributed" is made by
the tests, which take packets away.

END
record/ways.sh | awk '
    {
        line = sprintf("    %-34s %2d  ", $1, $2)
        for (i = 3; i <= NF; i++) {
            if (length(line) + length($i) > 98) { print line; line = sprintf("%41s", "") }
            line = line (line ~ /  $/ ? "" : " ") $i
        }
        sub(/ +$/, "", line)
        print line
    }'
for truth in *.truth; do
    name=${truth%.truth}
    printf '\n%s\n' "$(ls "$name".pcap*)"
    sed -n 's/^# */    /p' "$truth"
    printf '    Expected:'
    grep -v '^#' "$truth" | awk '
        /^\*/ { count[$2 " (every connection)"]++; next }
        { count[$3]++ }
        END { for (cause in count) print count[cause], cause }' | sort -k 1,1rn -k 2 |
        awk '{ printf "%s %s", (NR > 1 ? "," : ""), $0 } END { print "." }'
    found=$(record/all.sh -n "$name" | sed 's,^\./,record/,')
    [ -z "$found" ] || echo "    Recorded by: $found"
done
