#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records the samples about slow clients and slow servers: slow.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

HEAD_PART="GET /a HTTP/1.1\r\nHost: s\r\nX-Slow: "
BODY_PART="POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 400\r\n\r\nonly this much"

server_timeout_reading_request_nginx() {
    net_up crBrn 1
    nginx_at server nginx.log "" 'server { listen 8080; keepalive_timeout 75s;
        client_header_timeout 2s; client_body_timeout 2s;
        location / { proxy_pass http://127.0.0.1:1; } location = /ok { return 200 "fine\n"; } }'
    capture_start server-timeout-reading-request-nginx client
    talk client head.log client "$SERVER" 8080 --times 3 --every 0.3 ask:/ok "send:$HEAD_PART" \
        wait:0.1..0.5 send:more say:slow all close
    talk client body.log client "$SERVER" 8080 --times 3 --every 0.4 ask:/ok "send:$BODY_PART" \
        say:slow all close
    await_end "$started" 20
    capture_stop 2
    cat "$WORK"/{head,body}.log >"$WORK/client.log"
    truth_by server-timeout-reading-request-nginx client.log \
        slow=server-timeout-reading-request/server <<END
nginx with client_header_timeout 2s and client_body_timeout 2s; raw clients stop in the middle
of a head (3) or of a body (3). nginx sends no 408, only FIN. Link of 1 ms each way, recorded at
the client. Truth: the raw clients' log.
Programs: Python sockets; nginx
END
}

server_timeout_reading_request_go() {
    net_up crBrg 1
    go_server server.log :8080 -head-timeout 1500ms -read-timeout 3s
    capture_start server-timeout-reading-request-go client
    talk client head.log client "$SERVER" 8080 --times 3 --every 0.3 ask:/a "send:$HEAD_PART" \
        say:slow all close
    talk client body.log client "$SERVER" 8080 --times 3 --every 0.4 "send:$BODY_PART" say:slow \
        all close
    await_end "$started" 20
    capture_stop 2
    cat "$WORK"/{head,body}.log >"$WORK/client.log"
    truth_by server-timeout-reading-request-go client.log \
        slow=server-timeout-reading-request/server <<END
Go server with ReadHeaderTimeout 1.5 s and ReadTimeout 3 s; raw clients stop in the middle of a
second request's head (3) or of a first request's body (3). Link of 1 ms each way, recorded at
the client. Truth: the raw clients' log.
Programs: Python sockets; Go net/http
END
}

server_timeout_reading_request_haproxy() {
    net_up crBrh
    go_server server.log 127.0.0.1:8081
    cat >"$WORK/haproxy.cfg" <<END
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    timeout http-request 2s
    timeout http-keep-alive 20s
listen front
    bind :8080
    server one 127.0.0.1:8081
END
    start server haproxy.log haproxy -db -f "$WORK/haproxy.cfg"
    await_port server 8080
    capture_start server-timeout-reading-request-haproxy server
    talk client client.log client "$SERVER" 8080 --times 4 --every 0.25 ask:/a "send:$HEAD_PART" \
        say:slow all close
    await_end "$started" 20
    capture_stop
    truth_by server-timeout-reading-request-haproxy client.log \
        slow=server-timeout-reading-request/server <<END
HAProxy 2.6 with timeout http-request 2s; raw clients stop in the middle of a second request's
head: 408 and close. veth, recorded at the server. Truth: the raw clients' log.
Programs: Python sockets; HAProxy
END
}

server_timeout_writing_response_go() {
    net_up crBwg 1
    go_server server.log :8080 -write-timeout 1s
    capture_start server-timeout-writing-response-go client
    go_client client.log -urls "http://$SERVER:8080/a,http://$SERVER:8080/slow?ms=1500" -workers 5 \
        -requests 4 -stagger 230ms -own-pool -hold 60s
    sleep 9
    capture_stop
    truth_by server-timeout-writing-response-go server.log \
        write-timeout=server-timeout-writing-response/server open=open/none <<END
Go server with WriteTimeout 1s, and a handler of 1.5 s: the connection is closed without a
response when the handler returns. Go clients, link of 1 ms each way, recorded at the client.
Truth: the server's log.
Programs: Go net/http; Go net/http
END
}

server_timeout_writing_response_nginx() {
    net_up crBwn 1
    head -c 3000000 /dev/zero >"$WORK/big"
    nginx_at server nginx.log "user root;" \
        "server { listen 8080 sndbuf=8k; send_timeout 2s; root $WORK;
            location = /a { return 200 \"fine\n\"; } }"
    capture_start server-timeout-writing-response-nginx client 320
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.3 option:receive-buffer=4096 \
        ask:/a \
        "send:GET /big HTTP/1.1\r\nHost: s\r\n\r\n" say:stuck wait:6 all close
    await_end "$started" 20
    capture_stop
    truth_by server-timeout-writing-response-nginx client.log \
        stuck=server-timeout-writing-response/server <<END
nginx with send_timeout 2s; raw clients with small buffers ask for 3,000,000 bytes and don't
read for 6 s: zero window, then nginx gives up. Link of 1 ms each way, recorded at the client,
-s 320. Truth: the raw clients' log.
Programs: Python sockets; nginx
END
}

timeout_handler_503_go() {
    net_up crBth
    go_server server.log :8080 -handler-timeout 1200ms
    capture_start timeout-handler-503-go client
    go_client client.log -urls "http://$SERVER:8080/a,http://$SERVER:8080/slow?ms=2000" -workers 3 \
        -requests 4 -stagger 150ms -own-pool -hold 60s
    sleep 5
    capture_stop
    truth_by timeout-handler-503-go client.log $POOL <<END
Go server with http.TimeoutHandler 1.2 s and a handler of 2 s: status 503 after 1.2 s, the
connections stay open and are reused. veth, recorded at the client.
Programs: Go net/http; Go net/http
END
}

client_timeout_late_answer_go() {
    net_up crBla 1
    go_server server.log :8080
    capture_start client-timeout-late-answer-go server
    count_sockets client 0.02
    count_sockets server 0.02
    go_client client.log -urls "http://$SERVER:8080/slow?ms=1100&spread=1500" -workers 12 \
        -stagger 130ms -timeout 1s -hold 60s
    sleep 7
    capture_stop
    truth_by client-timeout-late-answer-go client.log \
        timeout-head=client-timeout-awaiting-response/client <<END
Go client with Timeout 1 s, Go handlers of 1.1 to 2.6 s: the client is in FIN_WAIT2 and the server
in CLOSE_WAIT until the late answer, which is answered by RST. Link of 1 ms each way, recorded at
the server.
Programs: Go net/http; Go net/http
END
    local each
    for each in "client FIN_WAIT2 fin-wait2" "server CLOSE_WAIT close-wait"; do
        set -- $each
        fact client-timeout-late-answer-go "$3-peak" "$(sockets_peak "$1" "$2")" "ss at the $1"
        fact client-timeout-late-answer-go "$3-longest" "$(sockets_waits "$1" "$2" | tail -1)" \
            "ss at the $1: of one, seconds"
        fact client-timeout-late-answer-go "$3-waits" "$(sockets_waits "$1" "$2" | wc -l)" \
            "ss at the $1: of 1 s or more"
        fact client-timeout-late-answer-go "$3-mean" "$(sockets_waits "$1" "$2" | awk '
            { sum += $1 } END { print sum / NR }')" "ss at the $1: of these, seconds"
    done
    fact client-timeout-late-answer-go late-longest "$(awk '$3 == "handled" && $4 > most {
        most = $4 } END { print most - 1 }' "$WORK/server.log")" \
        "the server's log: the slowest handler, without the client's 1 s"
    fact client-timeout-late-answer-go saved-by-twice "$(awk '$3 == "handled" { all++
        saved += $4 < 2 } END { printf "%.1f", 100 * saved / all }' "$WORK/server.log")" \
        "the server's log: handlers that took less than 2 s, per cent"
}

client_timeout_retry_chain_go() {
    net_up crBrc
    go_server server.log :8080
    capture_start client-timeout-retry-chain-go client
    go_client client.log -urls "http://$SERVER:8080/slow?ms=2000,http://$SERVER:8080/a" -workers 2 \
        -requests 2 -timeout 700ms -retry 3 -own-pool -hold 60s
    sleep 6
    capture_stop
    truth_by client-timeout-retry-chain-go client.log \
        timeout-head=client-timeout-awaiting-response/client open=open/none <<END
Go client with Timeout 0.7 s that tries a request three times more, each time on a new
connection: /slow takes 2 s. veth, recorded at the client.
Programs: Go net/http; Go net/http
END
    fact client-timeout-retry-chain-go retried "$(awk '$3 == "timeout-head" { gave_up[++n] = $4 }
        $3 == "open" { opened[++m] = $4 } END { for (i = 1; i <= m; i++) for (j = 1; j <= n; j++)
            if (opened[i] >= gave_up[j] && opened[i] < gave_up[j] + 1) { count++; break }
        print count }' "$WORK/client.log")" "the client's log: open < 1 s after timeout-head"
}

client_timeout_awaiting_response_python_urllib() {
    net_up crBtp
    go_server server.log :8080
    capture_start client-timeout-awaiting-response-python-urllib client
    local each
    for each in 1 2 3 4; do
        run client "$PYTHON" -c "import urllib.request
try: urllib.request.urlopen('http://$SERVER:8080/slow?ms=1800', timeout=1.2)
except OSError: pass" || true
    done
    capture_stop 3
    truth_all client-timeout-awaiting-response-python-urllib \
        "client-timeout-awaiting-response client" <<END
Python urllib with timeout 1.2 s, four times, Go handler of 1.8 s (urllib says Connection:
close; the timeout comes first). veth, recorded at the client. Truth: every call ended with a
timeout.
Programs: Python urllib; Go net/http
END
}

address_drift_python() {
    net_up crBad 1
    ip -n crBads addr add 10.83.0.3/24 dev wire
    go_server server.log "$SERVER:8080,10.83.0.3:8080"
    capture_start address-drift-python client
    talk client old.log client "$SERVER" 8080 "send:GET /a HTTP/1.1\r\nHost: api.test\r\n\r\n" \
        message wait:0.3 again:9 say:stays hold
    sleep 1.2
    local each
    for each in 1 2 3; do
        talk client "new$each.log" client 10.83.0.3 8080 \
            "send:GET /a HTTP/1.1\r\nHost: api.test\r\n\r\n" message say:stays hold
        sleep 0.4
    done
    sleep 1
    capture_stop
    cat "$WORK"/{old,new1,new2,new3}.log >"$WORK/client.log"
    truth_by address-drift-python client.log stays=open/none <<END
One Host on two addresses: a connection to 10.83.0.2 that is never idle for long is used on,
while from 1.2 s on the same Host is asked on new connections to 10.83.0.3 (its name moved). Raw
Python clients, Go server, link of 1 ms each way, recorded at the client.
Programs: Python sockets; Go net/http
END
}

build go-many-server
build go-pool-client
choose server_timeout_reading_request_nginx server_timeout_reading_request_go \
    server_timeout_reading_request_haproxy server_timeout_writing_response_go \
    server_timeout_writing_response_nginx timeout_handler_503_go client_timeout_late_answer_go \
    client_timeout_retry_chain_go client_timeout_awaiting_response_python_urllib \
    address_drift_python -- "$@"
