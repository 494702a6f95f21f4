#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compares every sample with tshark: the connections that carry HTTP, their requests and final
# responses, and who sent the first FIN or RST. Differences that are ours to defend stand with their
# reason in tests/tshark.differences. Other projects' captures are compared too where CORPUS, or the
# folder ../shared/corpus beside the sources, holds a `check`.
set -u
LC_ALL=C
export LC_ALL
cd "${top_srcdir:-.}" || exit 99
if [ -n "${WITHOUT_TSHARK:-}" ] || ! command -v tshark >/dev/null 2>&1; then
    echo 'skipped: tshark is not installed, or WITHOUT_TSHARK is set'
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# by_tshark FILE ORDER BODIES: a line for each TCP stream with HTTP: END END REQUESTS RESPONSES CLOSER,
# the lower end first. ORDER FALSE: segments as they come, so that bytes that the snapshot length cut
# are not waited for. BODIES FALSE: bodies are not put together: heads of unfinished ones count.
by_tshark() {
    tshark -n -r "$1" -o "tcp.reassemble_out_of_order:$2" -o tcp.try_heuristic_first:TRUE \
        -o "http.desegment_body:$3" --disable-protocol tls -Y tcp -T fields -E separator=';' \
        -e tcp.stream -e ip.src -e ipv6.src -e tcp.srcport -e ip.dst -e ipv6.dst -e tcp.dstport \
        -e tcp.flags.fin -e tcp.flags.reset -e http.request.method -e http.response.code \
        2>/dev/null | awk -F ';' '
        {
            from = $2 $3 " " $4
            to = $5 $6 " " $7
            ends[$1] = from < to ? from " " to : to " " from
            if (($8 ~ /1/ || $9 ~ /1/) && !($1 in closer)) closer[$1] = from
            if ($10 != "") requests[$1] += split($10, unused, ",")
            count = split($11, codes, ",")
            for (i = 1; i <= count; i++) if (codes[i] >= 200 || codes[i] == 101) responses[$1]++
        }
        END {
            for (stream in ends)
                if (requests[stream] + responses[stream])
                    print ends[stream], requests[stream] + 0, responses[stream] + 0,
                          (stream in closer) ? closer[stream] : "open"
        }' | sort
}

# by_connreuse FILE: the same lines.
by_connreuse() {
    "$CONNREUSE" -q -T ndjson "$1" | awk '
        function part(pattern, skip,    text) {
            if (!match($0, pattern)) return ""
            text = substr($0, RSTART + skip, RLENGTH - skip)
            gsub(/[",]/, "", text)
            return text
        }
        /^{"type":"connection"/ {
            client = part("\"client\":{\"address\":\"[^\"]*\"", 20)
            sub(/.*"client":{"address":"[^"]*","port":/, "&\n")
            split($0, halves, "\n")
            client = client " " halves[2] + 0
            server = part("\"server\":{\"address\":\"[^\"]*\"", 20)
            sub(/.*"server":{"address":"[^"]*","port":/, "&\n", halves[2])
            split(halves[2], rest, "\n")
            server = server " " rest[2] + 0
            requests = part("\"requests\":[0-9]+", 11)
            responses = part("\"responses\":[0-9]+", 12)
            by = part("\"close\":{\"by\":[^,]*", 14)
            if (requests + responses)
                print client < server ? client " " server : server " " client, requests, responses,
                      by == "client" ? client : by == "server" ? server : "open"
        }' | sort
}

compared=0
same=0
unexplained=0
for sample in samples/*.pcap; do
    name=${sample#samples/}
    by_connreuse "$sample" >"$work/ours"
    by_tshark "$sample" TRUE TRUE >"$work/theirs"
    if ! cmp -s "$work/ours" "$work/theirs"; then
        # A head counts for us whatever becomes of its body and of bytes that were cut: each of
        # tshark's own modes may agree.
        by_tshark "$sample" TRUE FALSE >"$work/heads"
        by_tshark "$sample" FALSE TRUE >"$work/cut"
        sort -mu "$work/theirs" "$work/heads" "$work/cut" >"$work/either"
        comm -23 "$work/ours" "$work/either" >"$work/only-ours"
    else
        : >"$work/only-ours"
    fi
    ours=$(wc -l <"$work/ours")
    differ=$(wc -l <"$work/only-ours")
    theirs=$(wc -l <"$work/theirs")
    missing=$((theirs - ours))
    compared=$((compared + ours))
    same=$((same + ours - differ))
    [ "$differ" = 0 ] && [ "$missing" = 0 ] && continue
    if grep -q "^sample $name $((differ)) $missing " tests/tshark.differences; then
        echo "explained: $name: $((differ)) differ"
    else
        unexplained=$((unexplained + 1))
        echo "FAILED: $name: $((differ)) connections differ, $missing missing; ours, then tshark's:"
        head -5 "$work/only-ours"
        comm -13 "$work/ours" "$work/either" | head -10
    fi
done
echo "samples: $same of $compared HTTP connections as tshark has them, $unexplained unexplained"

# One connection alone gives NDJSON of one line, which `check` takes for another form: a second line
# that holds nothing keeps it from that.
corpus=${CORPUS:-../shared/corpus}
if [ -x "$corpus/check" ] && command -v python3 >/dev/null 2>&1; then
    case $CONNREUSE in /*) ;; *) CONNREUSE=$PWD/$CONNREUSE ;; esac
    python3 "$corpus/check" --per-file \
        --tool "$CONNREUSE --format ndjson {}; status=\$?; echo '{ }'; exit \$status" \
        >"$work/corpus" 2>&1 || unexplained=$((unexplained + 1))
    for file in $(sed -n 's/^DIFF \([^:]*\):.*/\1/p' "$work/corpus"); do
        grep -q "^corpus $file " tests/tshark.differences && continue
        unexplained=$((unexplained + 1))
        echo "FAILED: unexplained difference in $file"
        grep -A 4 "^DIFF $file:" "$work/corpus"
    done
    sed -n '/^== against tshark/,/^== per project/p; /^== robustness/,$p' "$work/corpus"
    echo "corpus: $(grep -c '^DIFF ' "$work/corpus") captures differ," \
        "$(grep -c '^corpus ' tests/tshark.differences) are explained in tests/tshark.differences"
else
    echo "skipped: the corpus of other projects' captures is not there"
fi
[ "$unexplained" = 0 ] && [ "$compared" -gt 0 ]
