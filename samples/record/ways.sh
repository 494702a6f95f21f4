#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Tells for every cause in how many ways the samples make it: CAUSE WAYS PROGRAM, PROGRAM ... A way is
# another program on the side that the cause blames (a failed connect: the client's), and where
# it blames no side another pair of programs. They stand in the truth files:
#   # Programs: CLIENT, CLIENT; SERVER, SERVER        of all connections, but
#   # Programs (CAUSE): CLIENT; SERVER                of those with this cause
set -eu
cd "$(dirname "$0")/.."

awk '
    function add(cause, way) {
        if (((cause, way) in seen)) return
        seen[cause, way] = 1
        ways[cause]++
        list[cause] = list[cause] (list[cause] == "" ? "" : ", ") way
    }
    function count(cause, programs,    sides, clients, servers, side, m, n, i, j) {
        split(programs, sides, /; */)
        m = split(sides[1], clients, /, */)
        n = split(sides[2], servers, /, */)
        for (i = 1; i <= m; i++) {
            for (j = 1; j <= n; j++) {
                side = cause ~ /^client-/ || family[cause] == "CONNECT" ? "CLIENT" : by[cause]
                if (cause ~ /^server-/) side = "SERVER"
                if (side == "CLIENT") add(cause, clients[i])
                else if (side == "SERVER") add(cause, servers[j])
                else add(cause, clients[i] " with " servers[j])
            }
        }
    }
    FILENAME ~ /causes\.def$/ {
        if (/^CAUSE\(/) {
            split($0, field, /[(), "]+/)
            order[++causes] = field[3]
            family[field[3]] = field[4]
            by[field[3]] = field[5]
        }
        next
    }
    FNR == 1 { delete own; delete told; all = "" }
    /^# Programs: / { all = substr($0, 13); next }
    /^# Programs \(/ { at = index($0, ")"); own[substr($0, 13, at - 13)] = substr($0, at + 3); next }
    /^#/ { next }
    {
        cause = $1 == "*" ? $2 : $3
        sub(/\|.*/, "", cause)
        if (cause in told) next
        told[cause] = 1
        if (all == "") { print FILENAME ": no programs" >"/dev/stderr"; bad = 1 }
        count(cause, cause in own ? own[cause] : all)
    }
    END {
        for (i = 1; i <= causes; i++) print order[i], ways[order[i]] + 0, list[order[i]]
        exit bad
    }' ../src/judge/causes.def ./*.truth
