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
. tests/captures.sh
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

# differ_in ONLY-OURS THEIRS OURS: what differs, as FIGURE OURS THEIRS; "-" for a connection that only
# one has.
differ_in() {
    awk '
        { ends = $1 " " $2 " " $3 " " $4; closer = $7 == "open" ? "open" : $7 ":" $8 }
        FILENAME == ARGV[1] { known[ends]; requests[ends] = $5; responses[ends] = $6
                              closers[ends] = closer; next }
        FILENAME == ARGV[2] { if (!(ends in known)) print "connections", $5 "/" $6, "-"
                              ours[ends]; next }
        !(ends in known) { next }
        requests[ends] != $5 { print "requests", $5, requests[ends] }
        responses[ends] != $6 { print "responses", $6, responses[ends] }
        closers[ends] != closer { print "closer", closer, closers[ends] }
        END { for (ends in known)
                  if (!(ends in ours)) print "connections", "-", requests[ends] "/" responses[ends] }
    ' "$2" "$3" "$1"
}

# of_corpus: the notes of `check` as FILE FIGURE OURS THEIRS.
of_corpus() {
    sed -n "
        s/^DIFF \([^:]*\):.*/\1/
        t file
        s/^ .*: \(requests\|responses\) \([^,]*\), tshark \[\(.*\)\] .*/\1 \2 \3/p
        s/^ .*: closed_by \([^,]*\), tshark \([^ ]*\) .*/closer \1 \2/p
        s/^ .*: not found (tshark \([0-9]*\) req \([0-9]*\) resp)/connections - \1\/\2/p
        s/^ .*extra HTTP connection .* \([0-9]*\) req \([0-9]*\) resp/connections \1\/\2 -/p
        s/^ .*: client and server swapped .*/client server client/p
        b
        :file
        s/^/file /p" | sed 's/, /,/g' |
        awk '$1 == "file" { file = $2; next } { print file, $0 }'
}

# explain KIND: lines of NAME FIGURE OURS THEIRS on standard input, against tests/tshark.differences,
# where how often each is there stands too. Differences that are not in the table, and rows of it
# that no longer are, go to standard output.
explain() {
    sort | uniq -c | awk -v "kind=$1" '{ print kind, $2, $3, $4, $5, $1 }' | sort >"$work/found"
    sed -n "s/^\($1\( [^ ]*\)\{5\}\) .*/\1/p" tests/tshark.differences | sort >"$work/table"
    comm -23 "$work/found" "$work/table" | sed 's/^/FAILED: not explained: /'
    comm -13 "$work/found" "$work/table" | sed 's/^/FAILED: explained, but not found: /'
}

compared=0
same=0
: >"$work/samples"
for sample in $(captures); do
    name=$(name_of "$sample").pcap
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
    compared=$((compared + ours))
    same=$((same + ours - differ))
    if [ "$differ" != 0 ] || [ "$theirs" != "$ours" ]; then
        differ_in "$work/only-ours" "$work/theirs" "$work/ours" | sed "s/^/$name /" \
            >>"$work/samples"
    fi
done
explain sample <"$work/samples" >"$work/unexplained"
echo "samples: $same of $compared HTTP connections as tshark has them"

# One connection alone gives NDJSON of one line, which `check` takes for another form: a second line
# that holds nothing keeps it from that.
corpus=${CORPUS:-../shared/corpus}
if [ -x "$corpus/check" ] && command -v python3 >/dev/null 2>&1; then
    case $CONNREUSE in /*) ;; *) CONNREUSE=$PWD/$CONNREUSE ;; esac
    python3 "$corpus/check" --per-file --max-notes 100000 \
        --tool "$CONNREUSE --format ndjson {}; status=\$?; echo '{ }'; exit \$status" \
        >"$work/corpus" 2>&1 || echo 'FAILED: check' >>"$work/unexplained"
    of_corpus <"$work/corpus" | explain corpus >>"$work/unexplained"
    sed -n '/^== against tshark/,/^== per project/p; /^== robustness/,$p' "$work/corpus"
    echo "corpus: $(grep -c '^DIFF ' "$work/corpus") captures differ"
else
    echo "skipped: the corpus of other projects' captures is not there"
fi
cat "$work/unexplained"
[ ! -s "$work/unexplained" ] && [ "$compared" -gt 0 ]
