#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Response bodies left unread, and the drained fix.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
. "$HERE/nginx.sh"
build gohttp
build JavaGet

unread_body_go_large() {
    go_sample unread-body-go-large crAul 1 client 300 4 -body leave -count 10 -pause 20ms \
        /body/0/a /body/8000/b
    truth unread-body-go-large client.log open=open complete=open left-unread=unread-body <<END
Go 1.19 net/http client and server, one worker. Every other answer has a body of 8000 bytes, which
the program closes unread; the others are empty. Link with 1 ms delay, captured at the client, 300 bytes
of each frame. The truth is the client's log.
Programs: Go net/http; Go net/http
END
}

unread_body_go_small() {
    go_sample unread-body-go-small crAus 1 client 262144 4 -body leave -count 20 -pause 20ms \
        /body/0/a /body/300/b
    truth unread-body-go-small client.log open=open complete=open left-unread=unread-body <<END
Go 1.19 net/http client and server, one worker. Every other answer has a body of 300 bytes, which
the program closes unread; the others are empty. Link with 1 ms delay, captured at the client.
The truth is the client's log.
Programs: Go net/http; Go net/http
END
    fact unread-body-go-small reused-after-empty "$(awk '$3 == "request" {
        count += $6 == "true" && before[$2] ~ /body.0/; before[$2] = $4 } END { print count }' \
        "$WORK/client.log")" "the client's log: reused true after /body/0"
}

reuse_go_drained() {
    go_sample reuse-go-drained crAud 1 client 262144 4 count:client -body drain -count 20 -pause 20ms \
        /body/0/a /body/1000/b
    truth reuse-go-drained client.log open=open <<END
Go 1.19 net/http client and server, one worker. Bodies of 1000 bytes and of none in turn, all read to
their ends: one connection carries everything. The client runs on after the end of the capture.
Link with 1 ms delay, captured at the client. The truth is the client's log.
Programs: Go net/http; Go net/http
END
    fact reuse-go-drained requests "$(grep -c ' request ' "$WORK/client.log")" "the client's log"
    fact reuse-go-drained established-peak "$(sockets_peak client ESTABLISHED)" "ss at the client"
    fact reuse-go-drained time-wait-peak "$(sockets_peak client TIME_WAIT)" "ss at the client"
}

unread_body_go_workers() {
    go_sample unread-body-go-workers crAuw 0 server 400 4 count:client -body leave -workers 4 -per-host 10 -count 7 \
        -pause 30ms /body/0/a /body/700/b /body/0/c /body/9000/d
    truth unread-body-go-workers client.log $UNUSED left-unread=unread-body <<END
Go 1.19 net/http client and server, four workers, MaxIdleConnsPerHost 10. Bodies of 0, 700, 0 and 9000
bytes in turn; all are closed unread. Plain veth, captured at the server, 400 bytes of each frame.
The truth is the client's log; spare dials of the client's carry no request.
Programs: Go net/http; Go net/http
END
    fact unread-body-go-workers requests-per-connection "$(awk '$3 == "request" { requests++ }
        $3 == "open" { opens++ } END { printf "%.4f", requests / opens }' "$WORK/client.log")" \
        "the client's log: requests / open"
    fact unread-body-go-workers left-unread "$(awk '$3 == "left-unread" { sum += $6 }
        END { printf "%.2f", sum / 1024 }' "$WORK/client.log")" "the client's log: left-unread, KiB"
    fact unread-body-go-workers opens-per-second "$(log_rate client.log open)" "the client's log"
    fact unread-body-go-workers time-wait-peak "$(sockets_peak client TIME_WAIT)" "ss at the client"
}

unread_body_go_part() {
    go_sample unread-body-go-part crAup lo client 400 4 -body 100 -count 24 -pause 25ms \
        /body/80/short /body/100/all /body/9000/part
    truth unread-body-go-part client.log open=open complete=open left-unread=unread-body <<END
Go 1.19 net/http client and server, one worker, which reads only the first 100 bytes of each body:
bodies of 80 and 100 bytes are read whole, of 9000 bytes the rest is left. Loopback, 400 bytes of
each frame. The truth is the client's log. A body read to its last byte by count, without its end
being read, is complete for Go's client: the connection is reused.
Programs: Go net/http; Go net/http
END
}

unread_body_requests() {
    net_up crAur 1
    nginx_start 'keepalive_timeout 60s;'
    truncate -s 0 "$WORK/nginx/html/empty"
    head -c 5000 /dev/zero | tr '\0' x >"$WORK/nginx/html/page"
    capture_start unread-body-requests client 330
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --body leave --count 10 \
        --pause 0.02 "http://$SERVER:8080/empty" "http://$SERVER:8080/page"
    sleep 4
    capture_stop
    truth unread-body-requests client.log open=open complete=open left-unread=unread-body <<END
Python requests with one Session, stream=True: answers with a body of 5000 bytes are closed unread, empty
ones are reused. nginx. Link with 1 ms delay, captured at the client, 330 bytes of each frame.
The truth is the client's log.
Programs: Python requests; nginx
END
}

unread_body_node() {
    net_up crAuo 0
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 keepAliveTimeout=60000
    await_port server 8080
    capture_start unread-body-node client 300
    start client client.log node "$PROGRAMS/nodeget.js" body=leave count=18 pause=20 \
        "http://$SERVER:8080/body/0/a" "http://$SERVER:8080/body/15000/b"
    sleep 4
    capture_stop
    truth unread-body-node client.log open=open complete=open left-unread=unread-body <<END
Node 20 client, http.Agent with keepAlive: of every other answer the head is enough (the response is
destroyed, 15000 bytes unread), the others are empty and reused. Node server. Plain veth, captured at
the client, 300 bytes of each frame. The truth is the client's log.
Programs: Node http.Agent; Node
END
}

unread_body_java() {
    net_up crAuj 1
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start unread-body-java server 300
    start client client.log java -cp "$BUILD_CACHE" JavaGet client leave 16 20 0 \
        "http://$SERVER:8080/body/0/a" "http://$SERVER:8080/body/9000/b"
    sleep 7
    capture_stop
    truth unread-body-java server.log open=open peer-closed=unread-body peer-reset=unread-body \
        peer-closed-unanswered=unread-body peer-reset-unanswered=unread-body write-failed=unread-body <<END
Java 17 HttpClient: the stream of every other answer (9000 bytes) is closed unread, the others are
empty and reused. Go server. Link with 1 ms delay, captured at the server, 300 bytes of each frame.
The truth is the client's program; the ports come from the server's log.
Programs: Java HttpClient; Go net/http
END
}

choose unread_body_go_large unread_body_go_small unread_body_go_workers unread_body_go_part \
    unread_body_requests unread_body_node unread_body_java reuse_go_drained -- "$@"
