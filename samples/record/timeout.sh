#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Clients that give up before the head or within the body.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
. "$HERE/nginx.sh"
build gohttp
build JavaGet

client_timeout_awaiting_response_go() {
    go_sample client-timeout-awaiting-response-go crAth 1 client 262144 9 \
        -timeout 1s -count 12 -pause 50ms /body/100/a /late/1500/b /body/100/c
    truth client-timeout-awaiting-response-go client.log complete=open \
        failed-head=client-timeout-awaiting-response open=open <<END
Go 1.19 client with Client.Timeout 1 s; every third call is answered after 1.5 s only. Go server.
Link with 1 ms delay, captured at the client, which runs on. The truth is the client's log.
Programs: Go net/http; Go net/http
END
}


client_timeout_awaiting_response_go_head() {
    go_sample client-timeout-awaiting-response-go-head crAtg 0 server 262144 8 \
        -head-timeout 600ms -workers 4 -per-host 10 -count 5 -pause 40ms \
        /body/100/a /late/900/b /late/200/c /late/3000/d
    truth client-timeout-awaiting-response-go-head client.log $UNUSED \
        failed-head=client-timeout-awaiting-response <<END
Go 1.19 client with ResponseHeaderTimeout 600 ms and four workers; of the answers some come at once, some
after 0.2, 0.9 and 3 s. Go server. Plain veth, captured at the server. The truth is the client's log.
Programs: Go net/http; Go net/http
END
}

client_timeout_awaiting_response_requests() {
    net_up crAtr 1
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 keepAliveTimeout=60000
    await_port server 8080
    capture_start client-timeout-awaiting-response-requests client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 10 --pause 0.1 \
        --timeout 0.7 "http://$SERVER:8080/body/50/a" "http://$SERVER:8080/late/1100/b"
    sleep 7
    capture_stop
    truth client-timeout-awaiting-response-requests client.log open=open complete=open \
        failed=client-timeout-awaiting-response <<END
Python requests with one Session and timeout=0.7: every other call is answered after 1.1 s only.
Node server. Link with 1 ms delay, captured at the client. The truth is the client's log.
Programs: Python requests; Node
END
}

# curl_timeout NAME ID DELAY SIDE SECONDS COUNT PATH: curl --max-time; it tells its ports itself.
curl_timeout() {
    local try
    net_up "$2" "$3"
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start "$1" "$4"
    for try in $(seq "$6"); do
        run client curl -s -o /dev/null --max-time "$5" \
            -w '%{local_ip} %{local_port} open\n%{local_ip} %{local_port} exit-%{exitcode} %{size_download}\n' \
            "http://$SERVER:8080$7" >>"$WORK/client.log" || true
    done
    capture_stop 2
}

client_timeout_awaiting_response_curl() {
    curl_timeout client-timeout-awaiting-response-curl crAtc 1 client 1 5 /late/1800
    truth client-timeout-awaiting-response-curl client.log exit-28=client-timeout-awaiting-response <<END
curl --max-time 1, five times, against a Go server that answers after 1.8 s. Link with 1 ms delay,
captured at the client, long enough for the late answers. The truth is curl's exit code (28).
Programs: curl; Go net/http
END
}

client_timeout_awaiting_response_java() {
    net_lo crAtj
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-timeout-awaiting-response-java client
    start client client.log java -cp "$BUILD_CACHE" JavaGet url drain 8 60 800 \
        "http://$SERVER:8080/body/40/a" "http://$SERVER:8080/late/1300/b"
    sleep 8
    capture_stop
    grep -c failed "$WORK/client.log"
    truth client-timeout-awaiting-response-java server.log open=open \
        peer-closed=client-timeout-awaiting-response \
        peer-closed-unanswered=client-timeout-awaiting-response <<END
Java 17 HttpURLConnection with setReadTimeout(800): every other call is answered after 1.3 s only.
Go server. Loopback. The truth is the client's program and its four exceptions; ports from the server's log.
Programs: Java HttpURLConnection; Go net/http
END
}

client_timeout_awaiting_response_node() {
    net_up crAtn 0
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-timeout-awaiting-response-node client
    start client client.log node "$PROGRAMS/nodeget.js" timeout=500 count=9 pause=80 \
        "http://$SERVER:8080/body/50/a" "http://$SERVER:8080/body/50/b" "http://$SERVER:8080/late/2000/c"
    sleep 6
    capture_stop
    truth client-timeout-awaiting-response-node client.log open=open complete=open \
        timeout=client-timeout-awaiting-response <<END
Node 20 client, http.Agent with keepAlive, that destroys a request after 500 ms without an answer: every
third one. Go server. Plain veth, captured at the client. The truth is the client's log.
Programs: Node http.Agent; Go net/http
END
}

client_timeout_reading_response_go() {
    go_sample client-timeout-reading-response-go crAbg 1 client 262144 9 \
        -timeout 1s -count 12 -pause 50ms /body/100/a /stall/1600/1200/b /body/100/c
    truth client-timeout-reading-response-go client.log complete=open \
        failed-body=client-timeout-reading-response open=open <<END
Go 1.19 client with Client.Timeout 1 s; every third answer stops after half of its 1200 bytes for 1.6 s.
Go server. Link with 1 ms delay, captured at the client. The truth is the client's log.
Programs: Go net/http; Go net/http
END
}

client_timeout_reading_response_go_slow() {
    go_sample client-timeout-reading-response-go-slow crAbs 0 server 262144 8 \
        -timeout 1500ms -workers 2 -per-host 4 -count 3 -pause 100ms /drip/110/40
    truth client-timeout-reading-response-go-slow client.log $UNUSED \
        failed-body=client-timeout-reading-response <<END
Go 1.19 client with Client.Timeout 1.5 s and two workers: the answers are chunked, a small chunk every
110 ms, never silent for long, and take 4.4 s. Go server. Plain veth, captured at the server.
The truth is the client's log: all calls end by their total time.
Programs: Go net/http; Go net/http
END
}

client_timeout_reading_response_requests() {
    net_up crAbr 1
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 keepAliveTimeout=60000
    await_port server 8080
    capture_start client-timeout-reading-response-requests client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 8 --pause 0.1 \
        --timeout 0.6 "http://$SERVER:8080/body/50/a" "http://$SERVER:8080/stall/1000/2000/b"
    sleep 6
    capture_stop
    truth client-timeout-reading-response-requests client.log open=open complete=open \
        failed=client-timeout-reading-response <<END
Python requests with one Session and timeout=0.6 (between two reads): every other answer stops after
half of its 2000 bytes for 1 s. Node server. Link with 1 ms delay, captured at the client.
The truth is the client's log.
Programs: Python requests; Node
END
}

client_timeout_reading_response_curl() {
    curl_timeout client-timeout-reading-response-curl crAbc 0 client 1.2 5 /stall/1700/2000
    truth client-timeout-reading-response-curl client.log exit-28=client-timeout-reading-response <<END
curl --max-time 1.2, five times, against a Go server that stops after half of 2000 bytes for 1.7 s.
Plain veth, captured at the client. The truth is curl's exit code (28) and that it had part of the body.
Programs: curl; Go net/http
END
}

choose client_timeout_awaiting_response_go client_timeout_awaiting_response_go_head \
    client_timeout_awaiting_response_requests client_timeout_awaiting_response_curl \
    client_timeout_awaiting_response_java client_timeout_awaiting_response_node \
    client_timeout_reading_response_go client_timeout_reading_response_go_slow \
    client_timeout_reading_response_requests client_timeout_reading_response_curl -- "$@"
