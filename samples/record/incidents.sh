#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Recordings of the published incidents at their real size, too big to be samples: incidents.sh
# FOLDER NAME... writes NAME.pcap, NAME.truth and the kernel's own counts, NAME.ss, into FOLDER:
#   leaked-connections-106000-go   140 MB, 2 minutes, 3 GB of memory meanwhile
#   ports-exhausted-go             46 MB, 2 minutes; fails where the machine is too busy to fill the
#                                  ports before the first are free again, after 60 s
#   ports-filling-go               0.5 MB: tests/data/incidents has it
export OUT=${1:?usage: incidents.sh FOLDER NAME...}
shift
. "$(dirname "$0")/lib.sh"
. "$HERE/sets.sh"
build gohttp
build go-pool-client

# A Transport for each call. Eight programs, as one may have 20,000 descriptors where this was
# recorded, and eight ports, so that each has enough ephemeral ports.
leaked_connections_106000_go() {
    local each listens=""
    net_lo crBig
    for each in 1234 1235 1236 1237 1238 1239 1240 1241; do
        listens+="listen 127.0.0.1:$each reuseport backlog=4096; "
    done
    nginx_at server nginx.log "worker_processes 8; worker_rlimit_nofile 20000; user root;" \
        "server { $listens keepalive_timeout 3600s; location / { return 200 \"fine\n\"; } }" 20000
    await_port server 1241
    capture_start leaked-connections-106000-go client 320
    start client sockets-client.log "$PYTHON" "$PROGRAMS/count-sockets.py" 5 \
        "dport >= :1234 and dport <= :1241"
    for each in 0 1 2 3 4 5 6 7; do
        start client "client$each.log" env GOMAXPROCS=1 GOGC=50 "$BUILD_CACHE/gohttp" get -per-call \
            -idle 0 -count 13250 -pause 2ms "http://127.0.0.1:$((1234 + each))/"
    done
    for each in $(seq 240); do
        [ "$(cat "$WORK"/client?.log | grep -c complete)" -lt 106000 ] || break
        sleep 1
    done
    sleep 20
    capture_stop
    cp "$WORK/sockets-client.log" "$OUT/leaked-connections-106000-go.ss"
    cat "$WORK"/client?.log >"$WORK/client.log"
    truth leaked-connections-106000-go client.log open=leaked-connection <<END
Eight Go programs (GOMAXPROCS=1) with a new Transport for each call, 13,250 calls each, to
127.0.0.1:1234 to :1241 (nginx). Nobody closes. Loopback; the programs run on.
END
}

# The pool that is too small for its workers, over plain veth; for SECONDS, then HOLD more.
many_closes() { # NAME ID SECONDS HOLD SNAPLEN DELAY_MS OPTION...
    net_up "$2"
    run client cat /proc/sys/net/ipv4/ip_local_port_range | grep -q '^32768[^0-9]*60999$'
    run client sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_timestamps' # a smaller capture
    go_server server.log :8080
    capture_start "$1" client "$5"
    count_sockets client 1
    go_client client.log -urls "http://$SERVER:8080/a?n=4&ms=$6&spread=$6" -requests 1000000 -seconds "$3" \
        -hold 600s "${@:7}"
    sleep "$4"
    capture_stop
    sed 's/ .*: / /' "$WORK/client.log.err" >"$OUT/$1.errors"
    cp "$WORK/sockets-client.log" "$OUT/$1.ss"
    truth_by "$1" client.log $POOL closed=client-pool-limit/client
}

# TIME_WAIT takes all ports from 32768 to 60999.
ports_exhausted_go() {
    many_closes ports-exhausted-go crBex 75s 90 220 6 -workers 80 -think 10ms <<END
80 workers through one Go client with the default limit of 2 (MaxIdleConnsPerHost), until the
client's log says "cannot assign requested address", and on. Plain veth, no TCP timestamps,
recorded at the client.
END
    grep -q 'cannot assign requested address' "$OUT/ports-exhausted-go.errors"
}

# The same rate, for a second: small enough for the tests.
ports_filling_go() {
    many_closes ports-filling-go crBfi 1060ms 3 220 5 -workers 30 -pause 40ms <<END
As ports-exhausted-go with rounds of 30 workers, for a second.
END
    fact ports-filling-go time-wait-peak "$(sockets_peak client TIME_WAIT)" "ss at the client"
    fact ports-filling-go exhaustion-seconds "$(awk -v rate="$(log_rate client.log open)" \
        'BEGIN { print 28232 / rate }')" "28,232 / opens per second in the client's log"
}

[ $# = 0 ] || sample "${@//-/_}"
