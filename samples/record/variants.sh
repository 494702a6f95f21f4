#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records further ways to make the same causes, and pairs that are easily mistaken:
# variants.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

REQUEST="GET /a HTTP/1.1\r\nHost: s\r\n\r\n"

client_max_age_python() {
    net_up crBva
    go_server server.log :8080
    capture_start client-max-age-python server
    talk client client.log client "$SERVER" 8080 --times 6 --every 0.17 ask:/a wait:0.3..1.4 \
        ask:/a wait:0.1..1 ask:/a until:3 say:old close
    finish 10
    capture_stop
    truth_by client-max-age-python client.log old=client-max-age/client <<END
Raw Python clients that retire every connection at the age of 3 s, after requests at random
times. Go server, veth, recorded at the server.
Programs: Python sockets; Go net/http
END
}

server_max_age_node() {
    net_lo crBvb
    start server server.log node -e '
        const server = require("http").createServer({keepAliveTimeout: 60000},
            (q, r) => r.end("hello"));
        server.on("connection", (s) => {
            console.log(s.remoteAddress.replace("::ffff:", ""), s.remotePort, "open");
            setTimeout(() => s.end(), 2000);
        });
        server.listen(8080);'
    await_port server 8080
    capture_start server-max-age-node client
    talk client client.log client "$SERVER" 8080 --times 6 --every 0.23 ask:/a wait:0.2..0.9 \
        ask:/a wait:0.1..0.8 ask:/a all close
    finish 10
    capture_stop
    truth_by server-max-age-node server.log open=server-max-age/server <<END
A Node 20 server that ends every connection at the age of 2 s; raw Python clients with requests
at random times. Loopback.
Programs: Python sockets; Node
END
}

truncated_response_nginx() {
    net_up crBvc 1
    go_server server.log 127.0.0.1:8081
    nginx_at server nginx.log "" \
        'server { listen 8080; location / { proxy_pass http://127.0.0.1:8081; } }'
    capture_start truncated-response-nginx client 400
    talk client client.log client "$SERVER" 8080 --times 4 --every 0.2 ask:/a wait:0.1 \
        "send:GET /short?n=800 HTTP/1.1\r\nHost: s\r\n\r\n" say:short message close
    finish 10
    capture_stop
    truth_by truncated-response-nginx client.log short=truncated-response/server <<END
nginx as a proxy before a Go server that breaks off within its response: nginx passes on what it
has and closes, short of the Content-Length. Raw Python clients, link of 1 ms each way, recorded
at the client, between client and nginx, -s 400.
Programs: Python sockets; nginx
END
}

half_close_node() {
    net_up crBvd
    go_server server.log :8080
    capture_start half-close-node client
    start client client.log node -e '
        const net = require("net");
        for (let i = 0; i < 3; i++) setTimeout(() => {
            const s = net.connect({host: process.argv[1], port: 8080, allowHalfOpen: true}, () => {
                console.log(s.localAddress, s.localPort, "open");
                s.end("GET /slow?ms=" + (100 + 150 * i) + " HTTP/1.1\r\nHost: s\r\n\r\n");
            });
            s.resume();
        }, 200 * i);' "$SERVER"
    finish 5
    capture_stop
    truth_by half-close-node client.log open=half-close/client <<END
Node 20 sockets that end() their sending side with the request and read on; a Go server answers
after 0.1 to 0.4 s. veth, recorded at the client.
Programs: Node sockets; Go net/http
END
}

server_shutdown_haproxy() {
    net_up crBve 1
    go_server server.log 127.0.0.1:8081
    cat >"$WORK/haproxy.cfg" <<END
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
listen front
    bind :8080
    server one 127.0.0.1:8081
END
    start server haproxy.log haproxy -db -f "$WORK/haproxy.cfg"
    local haproxy=$started
    await_port server 8080
    capture_start server-shutdown-haproxy client
    talk client client.log client "$SERVER" 8080 --times 6 --every 0.27 ask:/a say:served all close
    sleep 2.6
    kill -USR1 "$haproxy"
    sleep 1
    capture_stop
    truth_by server-shutdown-haproxy client.log served=server-shutdown/server <<END
HAProxy 2.6 is told to stop softly (SIGUSR1) with 6 connections that are idle since different
times. Raw Python clients, link of 1 ms each way, recorded at the client.
Programs: Python sockets; HAProxy
END
}

client_cancelled_node() {
    net_up crBvf 1
    go_server server.log :8080
    capture_start client-cancelled-node client
    start client client.log node -e '
        const http = require("http"), agent = new http.Agent({keepAlive: true});
        for (let i = 0; i < 7; i++) setTimeout(() => {
            const gone = new AbortController();
            const request = http.get({host: process.argv[1], port: 8080, path: "/slow?ms=3000",
                agent, signal: gone.signal});
            request.on("socket", (s) => s.on("connect", () =>
                console.log(s.localAddress, s.localPort, "open")));
            request.on("error", () => {});
            setTimeout(() => gone.abort(), 80 + Math.random() * 1800);
        }, 90 * i);' "$SERVER"
    finish 10
    sleep 3
    capture_stop
    truth_by client-cancelled-node client.log open=client-cancelled/client <<END
Node 20 aborts 7 requests (AbortController) after 0.08 to 1.9 s; the Go server would answer
after 3 s. Link of 1 ms each way, recorded at the client.
Programs: Node http.Agent; Go net/http
END
}

server_aborted_python() {
    net_up crBvg
    start server server.log "$PYTHON" "$PROGRAMS/python-http-server.py" 8080
    await_port server 8080
    capture_start server-aborted-python server
    talk client client.log client "$SERVER" 8080 --times 5 --every 0.2 ask:/a wait:0.05..0.3 \
        "send:GET /crash HTTP/1.1\r\nHost: s\r\n\r\n" all close
    finish 10
    capture_stop
    truth_by server-aborted-python server.log crash=server-aborted/server <<END
An exception in a handler of Python's http.server: the connection ends without a response, on
the second request of each of 5 connections. veth, recorded at the server. Truth: the server's
log.
Programs: Python sockets; Python http.server
END
}

server_error_close_python() {
    net_up crBvh
    start server server.log "$PYTHON" "$PROGRAMS/python-http-server.py" 8080
    await_port server 8080
    capture_start server-error-close-python client
    go_client client.log -urls \
        "http://$SERVER:8080/a,http://$SERVER:8080/a,http://$SERVER:8080/nothing" -workers 3 \
        -requests 6 -think 100ms -own-pool -hold 60s
    sleep 2
    capture_stop
    truth_by server-error-close-python server.log error=server-error-close open=open/none <<END
Python's http.server says Connection: close on its 404 alone; Go clients ask on. veth, recorded
at the client. Truth: the server's log.
Programs: Go net/http; Python http.server
END
}

pool_limit_two_processes_go() {
    net_up crBvj 1
    go_server server.log :8080
    capture_start pool-limit-two-processes-go client
    local each
    for each in one two; do
        go_client "$each.log" -urls "http://$SERVER:8080/a?ms=4&spread=8" -workers 6 -requests 3 \
            -pause 90ms -think 25ms -hold 60s
    done
    sleep 2.5
    capture_stop
    cat "$WORK"/{one,two}.log >"$WORK/client.log"
    truth_by pool-limit-two-processes-go client.log $POOL <<END
Two processes on one address, each a Go client with the default limit of 2, 6 workers each: kept
peers are those of both. Link of 1 ms each way, recorded at the client.
Programs: Go net/http; Go net/http
END
}

unread_body_beside_idle_process_go() {
    net_up crBvk 1
    go_server server.log :8080
    capture_start unread-body-beside-idle-process-go client
    go_client idle.log -urls "http://$SERVER:8080/a?ms=100" -workers 3 -requests 2 -own-pool \
        -hold 60s
    sleep 1
    go_client unread.log -urls \
        "http://$SERVER:8080/a?n=0,http://$SERVER:8080/a?n=0,http://$SERVER:8080/a?n=300" \
        -requests 18 -unread 3 -think 150ms -hold 60s
    sleep 3
    capture_stop
    cat "$WORK"/{idle,unread}.log >"$WORK/client.log"
    truth_by unread-body-beside-idle-process-go client.log unread=unread-body/client \
        open=open/none <<END
Two processes on one address: one keeps three connections idle, the other leaves non-empty
bodies unread in its one worker: every close has three idle peers, yet there is no limit (its
connections are reused after empty bodies and never after others). Link of 1 ms each way,
recorded at the client.
Programs: Go net/http; Go net/http
END
}

client_idle_timeout_after_burst_go() {
    net_up crBvl 1
    go_server server.log :8080
    capture_start client-idle-timeout-after-burst-go client
    go_client client.log -urls "http://$SERVER:8080/a" -workers 6 -own-pool -idle-timeout 2s -hold \
        60s
    sleep 3.5
    capture_stop
    truth_by client-idle-timeout-after-burst-go client.log \
        "idle-timeout=client-idle-timeout|client-shutdown/client" <<END
Six connections become idle within some milliseconds and are closed by IdleConnTimeout 2 s
together: spec 02, groups 1 (3), can't tell that from a shutdown. Go client, link of 1 ms each
way, recorded at the client.
Programs: Go net/http; Go net/http
END
}

client_shutdown_after_burst_go() {
    net_up crBvm 1
    go_server server.log :8080
    capture_start client-shutdown-after-burst-go client
    go_client client.log -urls "http://$SERVER:8080/a" -workers 6 -requests 2 -own-pool \
        -idle-timeout 0 -hold 1370ms
    finish 10
    capture_stop
    truth_by client-shutdown-after-burst-go client.log \
        "open=client-shutdown|client-idle-timeout/client" <<END
Six connections become idle within some milliseconds and end with their program 1.37 s later:
spec 02, groups 1 (3), can't tell that from a timeout. Go client, link of 1 ms each way,
recorded at the client.
Programs: Go net/http; Go net/http
END
}

build go-many-server
build go-pool-client
choose client_max_age_python server_max_age_node truncated_response_nginx half_close_node \
    server_shutdown_haproxy client_cancelled_node server_aborted_python server_error_close_python \
    pool_limit_two_processes_go \
    unread_body_beside_idle_process_go client_idle_timeout_after_burst_go \
    client_shutdown_after_burst_go -- "$@"
