# SPDX-License-Identifier: BSD-2-Clause
# Shared by the recording scripts: a client and a server in two network
# namespaces joined by a link, a capture with bounded time, truth from logs.
#
#   . "$(dirname "$0")/lib.sh"
#   net_up ID [DELAY_MS]       two namespaces IDc (10.83.0.1, fd83::1) and IDs (10.83.0.2, fd83::2);
#                              plain veth, or a link with a delay each way in milliseconds
#   net_lo ID                  one namespace: both sides are ID (127.0.0.1, ::1), device lo
#   run SIDE COMMAND...        in the foreground on side "client" or "server"
#   start SIDE LOG COMMAND...  in the background, standard output into $WORK/LOG; pid in $started
#   await_port SIDE PORT       until something listens there (10 s at most)
#   await_end PID SECONDS      until that program has ended; stops it after SECONDS
#   stop PID [SIGNAL]          ends one program started here (TERM)
#   capture_start NAME SIDE [SNAPLEN]   tcpdump on that side's device into samples/NAME.pcap
#   capture_stop               waits for the tail, then stops it
#   build PROGRAM              compiles programs/PROGRAM.go or PROGRAM.java into $WORK
#   truth NAME LOG ACTION=CAUSE...      writes samples/NAME.truth (comments from standard input)
#   fact NAME KEY VALUE SOURCE...       a measured value into samples/NAME.truth, and where it is from
#   count_sockets SIDE SECONDS [PORT]   from now on that side's sockets by state, as ss lists them,
#                              into $WORK/sockets-SIDE.log; of PORT (8080) alone
#   sockets_peak SIDE STATE    the most of them that were counted at once
#   sockets_waits SIDE STATE   how long each of them was seen in it, of those for 1 s or more
#   log_rate LOG ACTION        how often that is logged per second, from the first line to the last
#   check NAME                 fails unless the capture has as many SYNs as the truth has rows
#   sample FUNCTION...         runs each in its own shell, so that one failure stops only itself
#   together FUNCTION...       the same, all at once (each needs its own network ID)
#   choose FUNCTION... -- "$@" at once: those named by the script's arguments, or all of them; a
#                              sample's function has its name with _ for -
#
# $PYTHON is Debian's Python, with its requests and aiohttp; $SPACES begins the names of all networks;
# $KEEP is a folder that gets the logs of each sample.
#
# Log lines of the programs: ADDRESS PORT ACTION [details]. "open" starts a connection; the last
# ACTION that the map knows decides its cause, and *=CAUSE is for connections without any line. A line "ADDRESS PORT open" may come again (port reuse).
# Every network, program and file made here is removed on exit; samples stay.

set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
OUT=${OUT:-$(dirname "$HERE")}
PROGRAMS=$HERE/programs
PYTHON=${PYTHON:-/usr/bin/python3}
WORK=$(mktemp -d "${TMPDIR:-/tmp}/record.XXXXXX")
export BUILD_CACHE=${BUILD_CACHE:-$WORK}
CLIENT=10.83.0.1
SERVER=10.83.0.2
CLIENT6=fd83::1
SERVER6=fd83::2
pids=()
spaces=()
started=
capture=

cleanup() {
    [ -z "${KEEP:-}" ] || cp -r "$WORK" "$KEEP/"
    local pid space
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
    for space in "${spaces[@]}"; do ip netns del "$space" 2>/dev/null || true; done
    rm -rf "$WORK"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

space_add() {
    ip netns del "$1" 2>/dev/null || true
    ip netns add "$1"
    spaces+=("$1")
    ip -n "$1" link set lo up
    # Each connection gets its own port for as long as a sample lasts.
    ip netns exec "$1" sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse'
}

side_up() { # SPACE DEVICE ADDRESS ADDRESS6
    ip -n "$1" addr add "$3/24" dev "$2"
    ip -n "$1" addr add "$4/64" dev "$2" nodad
    ip -n "$1" link set "$2" up
}

net_up() {
    local id=${SPACES:-}$1 delay=${2:-0}
    client_space=${id}c server_space=${id}s device=wire
    CLIENT=10.83.0.1 SERVER=10.83.0.2
    space_add "$client_space"
    space_add "$server_space"
    if [ "$delay" = 0 ]; then
        ip link add wire netns "$client_space" type veth peer name wire netns "$server_space"
    else
        # netem isn't in every kernel: the delay is made by a program between two tap devices.
        nice -n -15 "$PYTHON" "$PROGRAMS/wire.py" "$client_space" "$server_space" "$delay" "${id:0:8}" \
            >"$WORK/wire.log" 2>&1 &
        pids+=($!)
        local try
        for try in $(seq 100); do grep -q ready "$WORK/wire.log" && break; sleep 0.05; done
    fi
    side_up "$client_space" wire "$CLIENT" "$CLIENT6"
    side_up "$server_space" wire "$SERVER" "$SERVER6"
    # Wait for neighbours, so that no SYN is lost to address resolution.
    local address
    for address in "$SERVER" "$SERVER6"; do
        run client timeout 2 bash -c ": </dev/tcp/$address/9" 2>/dev/null || true
    done
}

net_lo() {
    client_space=${SPACES:-}$1 server_space=${SPACES:-}$1 device=lo
    CLIENT=127.0.0.1 SERVER=127.0.0.1 CLIENT6=::1 SERVER6=::1
    space_add "$client_space"
}

space_of() {
    case $1 in
    client) echo "$client_space" ;;
    server) echo "$server_space" ;;
    *) echo "side is client or server, not $1" >&2; return 2 ;;
    esac
}

run() {
    local space
    space=$(space_of "$1")
    shift
    ip netns exec "$space" "$@"
}

start() {
    local space log=$WORK/$2
    space=$(space_of "$1")
    shift 2
    ip netns exec "$space" "$@" >"$log" 2>"$log.err" &
    started=$!
    pids+=("$started")
}

await_port() {
    local space try
    space=$(space_of "$1")
    for try in $(seq 200); do
        [ -n "$(ip netns exec "$space" ss -Hltn "sport = :$2")" ] && return 0
        sleep 0.05
    done
    echo "nothing listens on port $2 of the $1" >&2
    return 1
}

await_end() {
    local tries=$(($2 * 10))
    while kill -0 "$1" 2>/dev/null && [ $tries -gt 0 ]; do
        sleep 0.1
        tries=$((tries - 1))
    done
    stop "$1"
}

stop() {
    kill "-${2:-TERM}" "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
}

capture_start() {
    local space try
    space=$(space_of "$2")
    captured=$1
    ip netns exec "$space" tcpdump -i "$device" --immediate-mode -U -B 32768 -n -Z root \
        -s "${3:-262144}" -w "$OUT/$1.pcap" tcp 2>"$WORK/tcpdump.log" &
    capture=$!
    pids+=("$capture")
    for try in $(seq 100); do
        grep -q '^tcpdump: listening\|listening on' "$WORK/tcpdump.log" && break
        sleep 0.05
    done
    sleep 0.3
}

capture_stop() {
    sleep "${1:-1}"
    stop "$capture" INT
    grep -q '^0 packets dropped by kernel' "$WORK/tcpdump.log" ||
        { cat "$WORK/tcpdump.log" >&2; return 1; }
}

build() {
    case $(ls "$PROGRAMS/$1".go "$PROGRAMS/$1".java 2>/dev/null) in
    *.go) [ "$BUILD_CACHE/$1" -nt "$PROGRAMS/$1.go" ] ||
        GOCACHE=${GOCACHE:-$BUILD_CACHE/go} GO111MODULE=off \
            go build -o "$BUILD_CACHE/$1" "$PROGRAMS/$1.go" ;;
    *.java) [ "$BUILD_CACHE/$1.class" -nt "$PROGRAMS/$1.java" ] ||
        javac -d "$BUILD_CACHE" "$PROGRAMS/$1.java" ;;
    *) echo "no program $1" >&2; return 1 ;;
    esac
}

truth() {
    local name=$1 log=$WORK/$2
    shift 2
    {
        sed 's/^/# /'
        awk -v map="$*" '
            BEGIN {
                count = split(map, pairs, " ")
                for (i = 1; i <= count; i++) {
                    at = index(pairs[i], "=")
                    cause[substr(pairs[i], 1, at - 1)] = substr(pairs[i], at + 1)
                }
            }
            NF < 3 { next }
            $3 == "open" { row[$1 " " $2] = ++rows; who[rows] = $1 " " $2; said[rows] = "" }
            ($3 in cause) && (($1 " " $2) in row) { said[row[$1 " " $2]] = cause[$3] }
            END {
                for (i = 1; i <= rows; i++) {
                    if (said[i] == "") { print "no cause known for " who[i] >"/dev/stderr"; bad = 1 }
                    print who[i], said[i]
                }
                if ("*" in cause) print "*", cause["*"]
                exit bad
            }' "$log"
    } >"$OUT/$name.truth"
    check "$name"
}

fact() {
    awk -v line="# $2 = $3 (${*:4})" '!/^#/ && !told++ { print line } { print }' \
        "$OUT/$1.truth" >"$WORK/truth"
    cp "$WORK/truth" "$OUT/$1.truth"
}

count_sockets() {
    start "$1" "sockets-$1.log" nice -n -15 "$PYTHON" "$PROGRAMS/count-sockets.py" "$2" \
        "sport = :${3:-8080} or dport = :${3:-8080}"
}

sockets_peak() {
    awk -v state="$2" '$2 == state && $3 > most { most = $3 } END { print most + 0 }' \
        "$WORK/sockets-$1.log"
}

sockets_waits() {
    awk -v state="left-$2" '$2 == state && $3 >= 1 { print $3 }' "$WORK/sockets-$1.log" | sort -n
}

log_rate() {
    awk -v action="$2" '{ at = $NF; sub(/^@/, "", at); if (!first) first = at; last = at }
        $3 == action { count++ } END { printf "%.3f\n", count / (last - first) }' "$WORK/$1"
}

check() {
    local rows syns
    rows=$(grep -vc '^#' "$OUT/$1.truth")
    syns=$(tshark -n -r "$OUT/$1.pcap" -Y 'tcp.flags.syn==1 && tcp.flags.ack==0 && !tcp.analysis.retransmission' \
        2>/dev/null | wc -l || true)
    echo "$1: $syns connections, $rows rows, $(stat -c %s "$OUT/$1.pcap") bytes"
    grep -q '^\*' "$OUT/$1.truth" || [ "$rows" = "$syns" ]
}

alone() { # FUNCTION
    WORK=$(mktemp -d "${TMPDIR:-/tmp}/record.XXXXXX")
    pids=() spaces=()
    trap cleanup EXIT
    "$1"
}

sample() {
    local each failed=0
    for each in "$@"; do
        (alone "$each") &
        wait $! || { echo "failed: $each" >&2; failed=1; }
    done
    return $failed
}

together() {
    local each failed=0 running=()
    for each in "$@"; do
        (alone "$each") &
        running+=("$!")
    done
    for each in "${!running[@]}"; do
        wait "${running[$each]}" || { echo "failed: ${*:each+1:1}" >&2; failed=1; }
    done
    return $failed
}

choose() {
    local all=() wanted=()
    while [ "$1" != -- ]; do
        all+=("$1")
        shift
    done
    shift
    wanted=("${@//-/_}")
    [ $# -gt 0 ] || wanted=("${all[@]}")
    together "${wanted[@]}"
}
