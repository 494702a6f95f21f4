#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Announced closes: Connection: close, HTTP/1.0, request limits, bodies until close.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
. "$HERE/nginx.sh"
build gohttp

client_asked_close_kube_probe() { # as two kubelet probes with periodSeconds 10
    go_sample client-asked-close-kube-probe crAkp 0 server 262144 64 count:server \
        -close -agent kube-probe/1.21 -workers 2 -count 7 -pause 10s /healthz
    truth client-asked-close-kube-probe client.log open=client-asked-close <<END
Two Go 1.19 clients ask for /healthz every 10 s at the same moment, as kubelet does for a liveness
and a readiness probe: User-Agent kube-probe/1.21 and Connection: close. Go server, which closes
first most of the time. Plain veth, captured at the server for 64 s: the sockets in TIME_WAIT there
come in pairs of ports, and their number is that of 60 s. The truth is the client's setting.
Programs: Go net/http; Go net/http
END
    # In the sixth period: the kernel's timers end a few seconds late, and 14 sockets overlap then.
    fact client-asked-close-kube-probe time-wait "$(awk '!first { first = $1 }
        $1 - first > 55 && $2 == "TIME_WAIT" { print $3; exit }' "$WORK/sockets-server.log")" \
        "ss at the server after 55 s"
}


client_asked_close_urllib() {
    net_up crAcu 1
    start server server.log node "$PROGRAMS/nodeserve.js" 8080
    await_port server 8080
    capture_start client-asked-close-urllib client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with urllib --count 8 --pause 0.2 \
        "http://$SERVER:8080/body/0/a" "http://$SERVER:8080/body/900/b"
    sleep 4
    capture_stop
    truth client-asked-close-urllib client.log open=client-asked-close <<END
Python's urllib.request, which sends Connection: close with every request; bodies of 0 and 900 bytes.
Node server. Link with 1 ms delay, captured at the client. The truth is the client's log.
Programs: Python urllib; Node
END
}

client_asked_close_go_workers() {
    net_lo crAcw
    nginx_start 'keepalive_timeout 60s;'
    capture_start client-asked-close-go-workers client
    start client client.log "$BUILD_CACHE/gohttp" get -no-keep-alives -workers 3 -count 4 -pause 40ms \
        "http://$SERVER:8080/"
    sleep 3
    capture_stop
    truth client-asked-close-go-workers client.log open=client-asked-close <<END
Go 1.19 client with DisableKeepAlives, three workers; nginx. Loopback.
The truth is the client's setting and log.
Programs: Go net/http; nginx
END
}

client_asked_close_ab() {
    net_up crAca 0
    nginx_start 'keepalive_timeout 60s;'
    capture_start client-asked-close-ab server
    run client ab -q -n 8 -c 2 "http://$SERVER:8080/" >/dev/null
    capture_stop
    nginx_log
    truth client-asked-close-ab access.log request=client-asked-close '*=unused-connection' <<END
ab without -k: HTTP/1.0 without keep-alive, two at a time; nginx. Plain veth, captured at the server.
The ports come from nginx' access log; the truth is the option that isn't there. ab opens one
connection more than it has requests for.
Programs: ab; nginx
END
}

server_said_close_go() {
    net_up crAsg 1
    start server server.log "$BUILD_CACHE/gohttp" serve -close
    await_port server 8080
    capture_start server-said-close-go client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 8 --pause 0.1 \
        "http://$SERVER:8080/body/0/a" "http://$SERVER:8080/body/900/b"
    sleep 4
    capture_stop
    truth server-said-close-go client.log open=server-said-close <<END
Go 1.19 server with SetKeepAlivesEnabled(false); Python requests with one Session. Link with 1 ms delay,
captured at the client. The truth is the server's setting; ports from the client's log.
Programs: Python requests; Go net/http
END
}

server_said_close_nginx() {
    net_up crAsn 0
    nginx_start 'keepalive_timeout 0;'
    capture_start server-said-close-nginx server
    start client client.log "$BUILD_CACHE/gohttp" get -workers 3 -count 4 -pause 50ms "http://$SERVER:8080/"
    sleep 3
    capture_stop
    truth server-said-close-nginx client.log $UNUSED request=server-said-close <<END
nginx with keepalive_timeout 0; Go 1.19 client with three workers. Plain veth, captured at the server.
The truth is the server's setting; ports from the client's log.
Programs: Go net/http; nginx
END
}

server_said_close_node() {
    net_lo crAso
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 close=yes
    await_port server 8080
    capture_start server-said-close-node client
    start client client.log node "$PROGRAMS/nodeget.js" count=8 pause=60 "http://$SERVER:8080/body/300"
    sleep 4
    capture_stop
    truth server-said-close-node client.log open=server-said-close <<END
Node 20 server that sets Connection: close; Node client with a keepAlive agent. Loopback.
The truth is the server's program; ports from the client's log.
Programs: Node http.Agent; Node
END
}

server_said_close_http10() {
    net_up crAsh 1
    start server server.log "$PYTHON" "$PROGRAMS/pyserve.py" --http 1.0 --length yes
    await_port server 8080
    capture_start server-said-close-http10 client
    start client client.log "$BUILD_CACHE/gohttp" get -count 8 -pause 80ms "http://$SERVER:8080/page"
    sleep 4
    capture_stop
    truth server-said-close-http10 client.log open=server-said-close <<END
Python's http.server speaking HTTP/1.0 with Content-Length and no keep-alive; Go 1.19 client.
Link with 1 ms delay, captured at the client. The truth is the server's program.
Programs: Go net/http; Python http.server
END
}

# NAME ID HTTP-VERSION: answers without length to a Go client and to curl.
until_close() {
    net_up "$2" 1
    start server server.log "$PYTHON" "$PROGRAMS/pyserve.py" --http "$3" --length no
    await_port server 8080
    capture_start "$1" server
    start client client.log "$BUILD_CACHE/gohttp" get -count 6 -pause 80ms "http://$SERVER:8080/page"
    sleep 2
    local try
    for try in 1 2 3; do run client curl -s -o /dev/null "http://$SERVER:8080/page"; done
    sleep 1
    capture_stop
}

close_delimited_response_http10() {
    until_close close-delimited-response-http10 crAdt 1.0
    truth close-delimited-response-http10 server.log open=close-delimited-response <<END
Python's http.server speaking HTTP/1.0 with neither Content-Length nor keep-alive: the body ends with the
connection. Go 1.19 client, then curl. Link with 1 ms delay, captured at the server. Truth: the server's log.
Programs: Go net/http, curl; Python http.server
END
}

close_delimited_response_http11() {
    until_close close-delimited-response-http11 crAde 1.1
    truth close-delimited-response-http11 server.log open=close-delimited-response <<END
Python's http.server speaking HTTP/1.1 with neither Content-Length nor chunks nor Connection: close.
Go 1.19 client, then curl. Link with 1 ms delay, captured at the server. Truth: the server's log.
Programs: Go net/http, curl; Python http.server
END
}

# NAME ID N CLIENT...: nginx with keepalive_requests N.
nginx_limit() {
    local name=$1 id=$2 limit=$3
    shift 3
    net_up "$id" 1
    nginx_start "keepalive_timeout 60s; keepalive_requests $limit;"
    capture_start "$name" client
    start client client.log "$@" "http://$SERVER:8080/"
    sleep 5
    capture_stop
    nginx_log
}

server_request_limit_nginx_5() {
    nginx_limit server-request-limit-nginx-5 crAl5 5 \
        "$BUILD_CACHE/gohttp" get -workers 2 -per-host 10 -count 17 -pause 30ms
    awk -v limit=5 '{ print } $4 == limit { print $1, $2, "limit" }' "$WORK/access.log" >"$WORK/limit.log"
    truth server-request-limit-nginx-5 limit.log open=open limit=server-request-limit <<END
nginx with keepalive_requests 5; Go 1.19 client with two workers, 17 calls each. Link with 1 ms delay,
captured at the client. Truth: nginx' access log (its count of requests on each connection).
Programs: Go net/http; nginx
END
}

server_request_limit_nginx_8() {
    nginx_limit server-request-limit-nginx-8 crAl8 8 \
        "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 26 --pause 0.02
    awk -v limit=8 '{ print } $4 == limit { print $1, $2, "limit" }' "$WORK/access.log" >"$WORK/limit.log"
    truth server-request-limit-nginx-8 limit.log open=open limit=server-request-limit <<END
nginx with keepalive_requests 8; Python requests with one Session, 26 calls. Link with 1 ms delay,
captured at the client. Truth: nginx' access log (its count of requests on each connection).
Programs: Python requests; nginx
END
}

server_request_limit_node() {
    net_up crAln 0
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 maxRequestsPerSocket=4 keepAliveTimeout=60000
    await_port server 8080
    capture_start server-request-limit-node server
    start client client.log "$BUILD_CACHE/gohttp" get -count 22 -pause 20ms "http://$SERVER:8080/body/200"
    sleep 3
    capture_stop
    awk '{ print } $3 == "request" && ++count[$2] == 4 { print $1, $2, "limit" }' \
        "$WORK/server.log" >"$WORK/limit.log"
    truth server-request-limit-node limit.log open=open limit=server-request-limit <<END
Node 20 server with maxRequestsPerSocket 4; Go 1.19 client, 22 calls in turn. Plain veth, captured at
the server. Truth: the server's log.
Programs: Go net/http; Node
END
}

client_asked_close_probes_ipv6() {
    net_up crAk6 1
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-asked-close-probes-ipv6 server
    start client app.log "$BUILD_CACHE/gohttp" get -workers 2 -count 8 -pause 1400ms -agent shop/1.4 \
        "http://[$SERVER6]:8080/body/90/orders" "http://[$SERVER6]:8080/late/30/prices"
    start client probe.log "$BUILD_CACHE/gohttp" get -close -count 6 -pause 2s -agent kube-probe/1.21 \
        "http://[$SERVER6]:8080/healthz"
    sleep 13
    capture_stop
    sed -i 's/ open / open-probe /; s/ request / request-probe /' "$WORK/probe.log"
    cat "$WORK/app.log" "$WORK/probe.log" | sort -t @ -k 2 -s |
        awk '$3 == "open-probe" { print $1, $2, "open" } { print }' >"$WORK/client.log"
    truth client-asked-close-probes-ipv6 client.log $UNUSED open-probe=client-asked-close <<END
A service that reuses its connections (Go 1.19, two workers, bodies read) and a probe of the same host every
2 s with Connection: close and User-Agent kube-probe/1.21; Go server, IPv6. Link with 1 ms delay, captured
at the server; the service runs on. The truth is the clients' log and settings.
Programs: Go net/http; Go net/http
END
}

close_delimited_response_requests() {
    net_lo crAdr
    start server server.log "$PYTHON" "$PROGRAMS/pyserve.py" --http 1.0 --length no
    await_port server 8080
    capture_start close-delimited-response-requests client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 8 --pause 0.1 \
        "http://$SERVER:8080/list"
    sleep 4
    capture_stop
    truth close-delimited-response-requests client.log open=close-delimited-response <<END
Python's http.server speaking HTTP/1.0 with neither Content-Length nor keep-alive; Python requests with one
Session. Loopback. The truth is the server's program; ports from the client's log.
Programs: Python requests; Python http.server
END
}

choose client_asked_close_kube_probe client_asked_close_urllib client_asked_close_go_workers \
    client_asked_close_ab client_asked_close_probes_ipv6 server_said_close_go \
    server_said_close_nginx server_said_close_node server_said_close_http10 \
    close_delimited_response_http10 close_delimited_response_http11 \
    close_delimited_response_requests server_request_limit_nginx_5 server_request_limit_nginx_8 \
    server_request_limit_node -- "$@"
