#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The command line: options, outputs, exit statuses and their order, error messages.
# shellcheck source=tests/common.sh
. "${top_srcdir:-.}/tests/common.sh"

lines() { wc -l <"$work/out" | tr -d ' '; }
# without_run FILE: an NDJSON or JSON report without the section that differs from run to run.
without_run() {
    sed -e '/^"run": /d' -e '/^{"type":"summary"/s/"run":{.*},"inputs":/"inputs":/' "$1"
}
same() {
    without_run "$1" >"$work/same.1"
    without_run "$2" >"$work/same.2"
    cmp "$work/same.1" "$work/same.2"
}
# Leaves the inputs out too: they tell how a capture was stored.
same_but_inputs() {
    grep -v '^{"type":"summary"' "$1" | sed 's/"input":[0-9]*//g' >"$work/same.1"
    grep -v '^{"type":"summary"' "$2" | sed 's/"input":[0-9]*//g' >"$work/same.2"
    [ -s "$work/same.1" ] && cmp "$work/same.1" "$work/same.2"
}
json() { grep -q -e "$1" "$work/out"; }

# --- A report, in every format
run "$CONNREUSE" "$sample"
is 0 'a capture gives a report'
holds 'the text fits 24 lines of 80 columns' awk 'length > 80 || NR > 24 { exit 1 }' "$work/out"
sed -n '/^What the first one prints/,/^Install/p' README | sed -n 's/^    //p' >"$work/readme"
grep -v '^$' "$work/out" >"$work/shown"
holds 'the README shows what its first command prints' cmp "$work/shown" "$work/readme"
holds 'nothing goes to standard error' test ! -s "$work/err"
run "$CONNREUSE" analyze "$sample" && cp "$work/out" "$work/by-name"
run "$CONNREUSE" "$sample"
holds 'analyze is the default command' cmp "$work/out" "$work/by-name"
run "$CONNREUSE" -qj2 -s0 "-nr$sample"
holds 'a value may touch the letter of its option' cmp "$work/out" "$work/by-name"
cp "$sample" "$work/second.pcap"
run "$CONNREUSE" -Tjson -r "$sample" "$work/second.pcap"
holds 'inputs stand in the order of the arguments, -r or not' \
    sh -c "grep -o '\"name\":\"[^\"]*pcap\"' '$work/out' | sed -n 2p | grep -q second"
run "$CONNREUSE" -T json "$sample"
is 0 '-T json'
holds 'JSON names its schema' json '"name":"connreuse.report"'
cp "$work/out" "$work/report.json"
run "$CONNREUSE" -T ndjson "$sample"
holds 'NDJSON ends with the summary' sh -c "tail -n 1 '$work/out' | grep -q '^{\"type\":\"summary\"'"
cp "$work/out" "$work/report.ndjson"
run "$CONNREUSE" -T html "$sample"
is 0 '-T html'
holds 'HTML is one page' sh -c "head -c 200 '$work/out' | grep -qi '<!doctype html>'"
run "$CONNREUSE" -T json "$sample"
holds 'two runs differ only in run' same "$work/out" "$work/report.json"

# --- Outputs
run "$CONNREUSE" -o "$work/a.json" -o "$work/a.txt" -o "$work/a.ndjson" -o "$work/a.html" "$sample"
is 0 'several -o'
holds '-o leaves standard output empty' test ! -s "$work/out"
holds 'the suffix .json chooses JSON' same "$work/a.json" "$work/report.json"
holds 'the suffix .ndjson chooses NDJSON' same "$work/a.ndjson" "$work/report.ndjson"
holds 'the suffix .txt chooses text' cmp "$work/a.txt" "$work/by-name"
holds 'nothing else is left beside the outputs' \
    sh -c "! ls '$work' | grep '^a\.[a-z]*\.'"
chmod 640 "$work/a.json"
run "$CONNREUSE" -o "$work/a.json" "$sample"
holds 'a file that is written anew keeps its permissions' \
    test "$(stat -c %a "$work/a.json")" = 640
run "$CONNREUSE" -T ndjson -o "$work/b.json" "$sample"
holds '-o and -T write both' same "$work/out" "$work/report.ndjson"
run "$CONNREUSE" -o "$work/a.doc" "$sample"
is 2 'an unknown suffix is a usage error'
run "$CONNREUSE" -o "$work/no/such/a.json" "$sample"
is 7 'an output that cannot be made is exit 7'
says 'the message names the file and the folder' 'a\.json: there is no folder .*no/such'
run "$CONNREUSE" -o "$work/no/such/a.json" "$work/none.pcap"
holds 'which is told before anything is read' test "$(wc -l <"$work/err")" = 1
run "$CONNREUSE" --separate "$sample" samples/reuse-go-drained.pcap
holds 'separate texts begin with the name of their capture' \
    test "$(grep -c '^samples/.*pcap$' "$work/out")" = 2
run "$CONNREUSE" samples/client-idle-timeout-go-2s.pcap samples/unread-body-go-large.pcap \
    samples/reuse-go-drained.pcap
holds 'what is wrong between inputs is said once' \
    grep -q '^Capture:.*gap-between-inputs (2)' "$work/out"
run "$CONNREUSE" --separate -o "$work/s.json" "$sample" samples/reuse-go-drained.pcap
is 0 '--separate'
holds 'each capture has its own report' test -s "$work/s-unread-body-go-large.json" -a \
    -s "$work/s-reuse-go-drained.json"
run "$CONNREUSE" render "$work/report.json"
is 0 'render'
holds 'a rendered report is the one of the capture' cmp "$work/out" "$work/by-name"
run "$CONNREUSE" render -T json "$work/report.json"
holds 'rendering as JSON changes nothing' same "$work/out" "$work/report.json"
run "$CONNREUSE" render --title 'Another one' "$work/report.json"
holds 'render gives a report another title' grep -qx 'Another one' "$work/out"
run "$CONNREUSE" render --max-connections 1 "$work/report.json"
is 2 'render takes no option that it would ignore'
run "$CONNREUSE" render "$sample"
is 3 'render of what is no report'
sed 's/"totals"/"total"/' "$work/report.json" >"$work/damaged.json"
run "$CONNREUSE" render "$work/damaged.json"
is 3 'render of a report without its totals'
holds 'says what it lacks' grep -q 'no valid "totals"' "$work/err"
head -c 3000 "$work/report.json" >"$work/cut.json"
run "$CONNREUSE" render "$work/cut.json"
is 3 'render of a report that is cut short'

# --- Inputs
run sh -c "cat '$sample' | '$CONNREUSE' -T ndjson -"
is 0 'standard input'
holds 'a pipe gives the same connections' same_but_inputs "$work/out" "$work/report.ndjson"
run sh -c "cat '$sample' | '$CONNREUSE' -T ndjson"
holds 'standard input is read when it is no terminal' \
    same_but_inputs "$work/out" "$work/report.ndjson"
run "$CONNREUSE" -T ndjson -r "$sample"
holds '-r reads a capture' same "$work/out" "$work/report.ndjson"
echo "$sample" >"$work/list"
run "$CONNREUSE" -T ndjson --files-from "$work/list"
holds '--files-from reads names' same "$work/out" "$work/report.ndjson"
printf '%s\r\n\n  \n' "$sample" >"$work/list"
run "$CONNREUSE" -T ndjson --files-from "$work/list"
holds 'blanks around them do not count' same "$work/out" "$work/report.ndjson"
cp "$sample" "$work/it's one.pcap"
run sh -c "cd '$work' && '$CONNREUSE' \"it's one.pcap\""
holds 'a name is shown as a shell takes it' \
    grep -qF "connreuse -v 'it'\\''s one.pcap'" "$work/out"
run "$CONNREUSE" -T ndjson --files-from "$work/no-list" "$sample"
is 3 'a list that is missing'
says 'the message names it once' "no-list: No such file or directory$"
holds 'the other captures are analysed' same "$work/out" "$work/report.ndjson"
: >"$work/empty-list"
run "$CONNREUSE" --files-from "$work/empty-list" </dev/null
is 3 'a list that names nothing'
says 'the message says so' 'names no capture'
cp "$sample" "$work/copy.pcap"
run "$CONNREUSE" -T ndjson "$sample" "$work/copy.pcap"
is 0 'a capture and its copy'
sed '$d' "$work/report.ndjson" >"$work/rows"
holds 'packets of two captures count once' sh -c "sed '\$d' '$work/out' | cmp - '$work/rows'"
holds 'and that is told' json 'read side by side'
mkdir "$work/a" "$work/b"
cp "$sample" "$work/a/x.pcap"
cp "$sample" "$work/b/x.pcap"
run "$CONNREUSE" --separate -o "$work/u.json" "$work/a" "$work/b/x.pcap"
is 0 '--separate of a folder'
holds 'each capture keeps a report of its own' test -s "$work/u-x.json" -a -s "$work/u-x-2.json"
mkdir "$work/many"
for number in 1 2 3 4 5 6 7; do
    for ten in 1 2 3 4 5; do cp "$sample" "$work/many/$ten$number.pcap"; done
done
run sh -c "ulimit -Sn 30; '$CONNREUSE' -q -T ndjson '$work/many'"
is 0 'more captures than a shell lets be open'
if command -v editcap >/dev/null 2>&1; then
    # Rotated as tcpdump -C does, given in the wrong order.
    editcap -F pcap -c 40 "$sample" "$work/part.pcap" && set -- "$work"/part_*.pcap
    # One that has no packets yet stands between them.
    head -c 24 "$1" >"$work/begun.pcap"
    reversed=
    for part in "$@"; do reversed="$part $work/begun.pcap $reversed"; done
    # shellcheck disable=SC2086
    run "$CONNREUSE" -T ndjson $reversed
    is 0 'a rotated set'
    strip() {
        grep -v '^{"type":"summary"' "$1" |
            sed -e 's/"input":[0-9]*//g' -e 's/"frame":[0-9]*//g' -e 's/"filter":"[^"]*"//g' | sort
    }
    strip "$work/out" >"$work/set.1"
    strip "$work/report.ndjson" >"$work/set.2"
    holds 'a rotated set in any order is one capture' cmp "$work/set.1" "$work/set.2"
fi
run "$CONNREUSE" -T json -c 20 "$sample"
holds '-c stops after so many packets' json '"packets":20,'
run "$CONNREUSE" -T json -c 020 "$sample"
holds 'numbers are decimal' json '"packets":20,'
run "$CONNREUSE" -T json -a packets:20 "$sample"
holds '-a packets:N does too' json '"packets":20,'
long=samples/server-idle-timeout-go.pcap
run "$CONNREUSE" -T ndjson -a duration:2 "$long"
holds '-a duration:N ends before the first packet after it' \
    json '"packets":13,.*"last":"2026-11-22T06:44:44.217895000Z"'
holds 'and counts none beyond' json '"coverage":{"packets":13,'
run "$CONNREUSE" -T ndjson -c 20 "$sample" "$long"
holds 'packets that were only looked at, to order captures, do not count' \
    json '"packets":0,.*"packets":20,.*"coverage":{"packets":20,'
if command -v editcap >/dev/null 2>&1; then
    editcap -F pcapng "$sample" "$work/later.pcapng"
    { head -c 3000 "$work/later.pcapng" && printf '%4000s' ''; } >"$work/corrupt.pcapng"
    run "$CONNREUSE" -T json -c 20 "$long" "$work/corrupt.pcapng"
    is 0 'and a capture that is corrupt behind them was read'
fi
run "$CONNREUSE" -T json -f 'tcp port 1' "$sample"
holds '-f leaves packets out' json '"connections":0,'
says 'a report without TCP is told' 'no TCP segments were read'
holds 'and why, in it' json '"id":"no-tcp","text":"no TCP segments; packets by reason: filtered-out: 100"'
run "$CONNREUSE" -q -f 'tcp port 1' "$sample"
holds 'the text shows it' grep -q '^Capture:  no TCP segments' "$work/out"
holds '-q keeps standard error silent' test ! -s "$work/err"
head -c 24 "$sample" >"$work/no-packets.pcap"
run "$CONNREUSE" "$work/no-packets.pcap"
is 0 'a capture without packets'
says 'it is told' 'no TCP segments were read'
holds 'and in the report' grep -q 'no TCP segments and no other packets' "$work/out"
run "$CONNREUSE" -T json -f "tcp port 8080" "$sample"
holds '-f keeps packets' sh -c "! grep -q '\"connections\":0,\"closed\"' '$work/out'"
run "$CONNREUSE" -T json -s 60 "$sample"
holds '-s cuts packets' json '"snaplen_cut":[1-9]'

# --- Choice
server=$(sed -n '1s/.*"server":{"address":"\([^"]*\)","port":\([0-9]*\).*/\1:\2/p' \
    "$work/report.ndjson")
run "$CONNREUSE" -T ndjson --server "$server" "$sample"
holds '--server keeps the server' \
    test "$(lines)" = "$(wc -l <"$work/report.ndjson" | tr -d ' ')"
run "$CONNREUSE" -T ndjson --server 192.0.2.0/24 "$sample"
holds '--server leaves out all others' test "$(lines)" = 1
run "$CONNREUSE" -T ndjson --client 0.0.0.0/0 "$sample"
holds '--client keeps a network' \
    test "$(lines)" = "$(wc -l <"$work/report.ndjson" | tr -d ' ')"
run "$CONNREUSE" -T ndjson --client '[2001:db8::]/32' "$sample"
holds '--client leaves out all others' test "$(lines)" = 1
run "$CONNREUSE" -T json --cause keepalive-race "$sample"
is 0 '--cause lists one cause only'
run "$CONNREUSE" -T ndjson --cause open samples/pool-limit-2-go.pcap
holds 'NDJSON says how many that are' test "$(lines)" -gt 1 -a \
    "$(sed -n 's/.*"included":\([0-9]*\),"selection":"all of cause open".*/\1/p' "$work/out")" = \
    $(($(lines) - 1))
run "$CONNREUSE" -T json --max-connections 2 "$sample"
holds '--max-connections limits the rows of JSON' json '"included":2,'
run "$CONNREUSE" -T json --label site=a --label day=b --title 'A day' "$sample"
holds '--label is in the report' json '"labels":{"site":"a","day":"b"}'
run "$CONNREUSE" --title '' -T json "$sample"
holds 'an empty title is none' json '"title":null'
run env LC_ALL=C "$CONNREUSE" --title 'Größe' --label 'für=ä' -T json "$sample"
is 0 'a title and a label need no locale'
holds 'and are kept' json '"labels":{"für":"ä"},"title":"Größe"'
run "$CONNREUSE" --client ::/0 -T ndjson "$sample"
holds 'a network of IPv6 holds no IPv4 address' test "$(lines)" = 1
cp "$sample" "$work/capture.json"
ln -s capture.json "$work/link.json"
run "$CONNREUSE" -o "$work/link.json" "$work/capture.json"
is 7 'no report takes the place of its capture'
holds 'which is still there' cmp -s "$sample" "$work/capture.json"
run "$CONNREUSE" --color "$sample"
is 0 'a bare --color'
holds 'and has colours' grep -q "$(printf '\033')\[1m" "$work/out"
run "$CONNREUSE" --color never --progress "$sample"
is 0 'a word is the value of --color'
holds '--color never has no colours' cmp "$work/out" "$work/by-name"
if script -qec true /dev/null >/dev/null 2>&1; then
    # terminal COMMAND: on a terminal of its own.
    terminal() { run script -qec "$1" /dev/null; }
    colours() { grep -q "$(printf '\033\\[')" "$work/out"; }
    terminal "env -u NO_COLOR TERM=xterm '$CONNREUSE' '$sample'"
    is 0 'a report on a terminal'
    holds 'it has colours' colours
    terminal "env NO_COLOR= TERM=xterm '$CONNREUSE' '$sample'"
    holds 'an empty NO_COLOR leaves them on' colours
    terminal "env NO_COLOR=1 TERM=xterm '$CONNREUSE' '$sample'"
    is 0 'NO_COLOR'
    holds 'switches them off' sh -c "grep -q Coverage '$work/out' && ! grep -q '$(printf '\033')' '$work/out'"
    terminal "env -u NO_COLOR TERM=dumb '$CONNREUSE' '$sample'"
    holds 'a dumb terminal has none' sh -c "grep -q Coverage '$work/out' && ! grep -q '$(printf '\033')' '$work/out'"
    terminal "stty cols 50; '$CONNREUSE' '$sample'"
    tr -d '\r' <"$work/out" >"$work/narrow"
    holds 'lines are as long as the terminal is wide' \
        awk 'length > most { most = length } END { exit !(most > 40 && most <= 50) }' "$work/narrow"
fi
run "$CONNREUSE" --no-probes --top 1 --http-ports 8080,81 -n -j 1000 -q -v --color=never \
    --progress=never --max-connections all "$sample"
is 0 'options that tcpdump and tshark users know'
run "$CONNREUSE" -T ndjson --no-probes samples/client-asked-close-probes-ipv6.pcap
holds '--no-probes leaves probes out of rows, pairs and sums' test "$(lines)" = 3 -a \
    "$(grep -c -e '"probe":true' -e '"probes":{"connections":[1-9]' "$work/out")" = 0

# --- Gates and their order
run "$CONNREUSE" --fail-on 'reuse_ratio<0' "$sample"
is 0 'a gate that does not hold'
run "$CONNREUSE" --fail-on 'connections>=1' "$sample"
is 1 'a gate that holds'
says 'the gate tells its value' "connections>=1' holds: the value is [0-9]"
run "$CONNREUSE" --fail-on 'cause:unread-body>99%' "$sample"
says 'a share is told as one' "unread-body>99%' holds: the value is 100%"
run "$CONNREUSE" --fail-on 'time_wait_peak==30' samples/pool-limit-2-go.pcap
is 1 'the most sockets in TIME_WAIT'
run "$CONNREUSE" --fail-on 'cause:unread-body > 50%' --fail-on 'requests_per_connection.p99<0' \
    "$sample"
is 1 'a share'
run "$CONNREUSE" --fail-on 'family:incomplete-body==0' "$sample"
is 0 'a family'
run "$CONNREUSE" --fail-on 'finding:reuse-good>1' "$sample"
is 0 'a finding'
run "$CONNREUSE" --server 192.0.2.1 --fail-on 'reuse_ratio<0.9' "$sample"
is 6 'a gate with nothing to judge is no pass'
run "$CONNREUSE" --fail-on 'connections>=1' --fail-on 'reuse_ratio<0' "$sample" "$work/none.pcap"
is 3 'a missing input goes before a gate'
for gate in 'reuse<1' 'reuse_ratio' 'reuse_ratio<x' 'cause:none>0' 'reuse_ratio<5%' \
    'requests_per_connection.p42>1'; do
    run "$CONNREUSE" --fail-on "$gate" "$sample"
    is 2 "--fail-on '$gate' is a usage error"
done
head -c 5000 "$sample" >"$work/cut.pcap"
run "$CONNREUSE" "$work/cut.pcap"
is 0 'a capture that is cut short is a warning'
says 'the warning says where and how much' 'cut\.pcap: cut short in (the header of )?packet [0-9]+ \([0-9]+ bytes missing\); [0-9]+ packets used'
run "$CONNREUSE" -q "$work/cut.pcap"
holds '-q leaves warnings out' test ! -s "$work/err"
run "$CONNREUSE" --strict "$work/cut.pcap"
is 4 '--strict makes it exit 4'
run "$CONNREUSE" --strict -f 'not (src port 8080 and tcp[13] & 8 != 0)' "$sample"
is 4 'so do packets that are missing'
if command -v editcap >/dev/null 2>&1; then
    # An interface statistics block: three packets were dropped.
    editcap -F pcapng "$sample" "$work/dropped.pcapng"
    printf '\5\0\0\0\50\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' >>"$work/dropped.pcapng"
    printf '\5\0\10\0\3\0\0\0\0\0\0\0\0\0\0\0\50\0\0\0' >>"$work/dropped.pcapng"
    run "$CONNREUSE" --strict "$work/dropped.pcapng"
    is 4 'and packets that the kernel dropped'
    says 'which are told' ': packets dropped while capturing: 3;'
fi
run "$CONNREUSE" --strict "$sample"
is 0 '--strict of a whole capture'
run "$CONNREUSE" --strict --fail-on 'connections>=0' "$work/cut.pcap"
is 4 '--strict goes before a gate'
run "$CONNREUSE" --strict "$work/cut.pcap" "$work/none.pcap"
is 3 'a missing input goes before --strict'
run "$CONNREUSE" --strict -o "$work/no/such/a.json" "$work/cut.pcap" "$work/none.pcap"
is 7 'a lost output goes before a missing input'

# --- Bad input
run "$CONNREUSE" "$work/none.pcap"
is 3 'a missing file'
says 'the message says so' 'none\.pcap: .*[Nn]o such file'
run "$CONNREUSE" analyse "$sample"
is 3 'a mistyped command is a missing file'
says 'and no command' "'analyse' is no command either"
run "$CONNREUSE" "$work/report.json"
is 3 'a saved report is no capture'
says 'the message says what reads it' 'connreuse render'
: >"$work/empty.pcap"
run "$CONNREUSE" "$work/empty.pcap"
is 3 'an empty file'
run "$CONNREUSE" README
is 3 'a file that is no capture'
mkdir "$work/folder"
run "$CONNREUSE" "$work/folder"
is 3 'a folder without captures'
cp "$sample" README "$work/folder"
run "$CONNREUSE" -T ndjson "$work/folder"
is 0 'a folder with a capture'
says 'what is no capture is passed over' 'README: .*passed over'
holds 'a folder gives the same connections' same_but_inputs "$work/out" "$work/report.ndjson"
head -c 24 "$sample" >"$work/header.pcap"
run "$CONNREUSE" "$work/header.pcap"
is 0 'a capture without packets'
# Link type 147 (reserved for private use) instead of Ethernet, in this machine's byte order.
{ head -c 20 "$sample"; printf '\223\0\0\0'; tail -c +25 "$sample"; } >"$work/link.pcap"
run "$CONNREUSE" "$work/link.pcap"
is 3 'a capture of unknown link types only'
says 'the message names the link type' 'link type 147'

# --- Usage
for option in --no-such -Q '--color=blue' '-T xml' '-T csv' '-o report.csv' '-a time:5' \
    '-a duration:0' '-a packets:0' '--http-ports x' '--http-ports 80,0' '--http-ports 65536' \
    '--client host' '--server 10.0.0.0/40' '--label x' '--label =x' '--cause nothing' \
    '--max-connections few' '--max-records 0' '-c 0x10' '-c -1' '-s x' '-j -1' '--top -1' '- -' \
    '-w out.pcap' '--redact host' '--names hosts'; do
    # shellcheck disable=SC2086
    run "$CONNREUSE" $option "$sample"
    is 2 "$option is a usage error"
done
run "$CONNREUSE" -f 'port port' "$sample"
is 2 'a filter that is none'
says 'usage errors name the help' "--help"
for number in 0x10 ' 0X1p3' nan inf 1e999 ''; do
    run "$CONNREUSE" --fail-on "connections>$number" "$sample"
    is 2 "'$number' is no number of --fail-on"
done
run "$CONNREUSE" render "$work/none.json"
is 3 'render of a missing report'
says 'the message names it once' 'connreuse: [^ ]*none\.json: No such file or directory$'
for command in diff merge extract show; do
    run "$CONNREUSE" "$command" "$sample"
    is 2 "$command is not there yet"
    says "$command: the message names what is" 'commands: analyze, live'
done
run "$CONNREUSE" live
is 2 'live without an interface'
run "$CONNREUSE" live -i no-such-interface
is 5 'live on no such interface'
run "$CONNREUSE" -D
holds '-D lists interfaces, or says why not' test "$status" = 0 -o "$status" = 5
run "$CONNREUSE" -i no-such-interface --fail-on 'connections>0'
is 5 '-i is live'
if script -qec true /dev/null >/dev/null 2>&1; then
    run script -qec "'$CONNREUSE'" /dev/null
    is 2 'no arguments on a terminal: short help'
    holds 'the help names the commands' grep -q 'explain' "$work/out"
fi
for command in '' analyze live render explain rules schema; do
    # shellcheck disable=SC2086
    run "$CONNREUSE" $command --help
    is 0 "$command --help"
    holds 'in plain characters' sh -c "grep -qF '[OPTION...]' '$work/out' &&
        ! grep -q '[^[:print:][:space:]]' '$work/out'"
    [ "$command" = live ] && holds 'live offers no option that it refuses' \
        sh -c "! grep -qE -e '--(read|files-from|separate)' '$work/out'"
done
run "$CONNREUSE" render -V
is 0 'a command tells the version too'
run "$CONNREUSE" -V
holds '-V tells the version' grep -qx "connreuse ${VERSION:-.*}" "$work/out"

# --- The other commands
run "$CONNREUSE" explain unread-body
is 0 'explain'
holds 'explain tells the family' grep -q 'incomplete-body' "$work/out"
holds 'its lines fit 80 columns' awk 'length > 80 { exit 1 }' "$work/out"
holds 'each label begins a line, in plain words' \
    sh -c "grep -q '^meaning  ' '$work/out' && grep -q '^confused with  ' '$work/out'"
run "$CONNREUSE" explain
holds 'explain without a cause lists them' grep -q 'keepalive-race' "$work/out"
run "$CONNREUSE" explain no-such-cause
is 2 'explain of no cause'
run "$CONNREUSE" rules
holds 'rules ends with the rule that always holds' grep -q 'unattributed' "$work/out"
run "$CONNREUSE" schema
holds 'schema is a JSON Schema' grep -q '2020-12' "$work/out"
run "$CONNREUSE" rules extra
is 2 'rules takes nothing'
finish
