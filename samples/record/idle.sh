#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Idle connections closed after a while by one side.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
. "$HERE/nginx.sh"
build gohttp
build JavaGet

server_idle_timeout_nginx() {
    net_up crAin 1
    nginx_start 'keepalive_timeout 3s;'
    capture_start server-idle-timeout-nginx client
    start client client.log "$BUILD_CACHE/gohttp" get -workers 4 -per-host 10 -count 4 -pause 300ms \
        "http://$SERVER:8080/"
    sleep 9
    start client client2.log "$BUILD_CACHE/gohttp" get -workers 2 -per-host 10 -count 3 -pause 200ms \
        "http://$SERVER:8080/"
    sleep 6
    capture_stop
    cat "$WORK"/client*.log >"$WORK/all.log"
    truth server-idle-timeout-nginx all.log peer-closed=server-idle-timeout <<END
nginx 1.22 with keepalive_timeout 3s; Go 1.19 clients (IdleConnTimeout 90 s) with 4 and later 2 workers,
that fall silent and see their connections closed by the server. Link with 1 ms delay, captured at the client.
The truth is the client's log (end of file read on an idle connection) and nginx' configuration.
Programs: Go net/http; nginx
END
}


client_idle_timeout_go_2s() {
    go_sample client-idle-timeout-go-2s crAi2 1 client 262144 10 -idle 2s -workers 5 -per-host 10 \
        -count 3 -pause 100ms /late/50 /late/150 /late/270 /late/410 /late/610
    truth client-idle-timeout-go-2s client.log open=open closed=client-idle-timeout <<END
Go 1.19 client with IdleConnTimeout 2 s; five workers make three calls each, answered after 0.05 to 0.6 s,
and then nothing. Go server without a timeout. Link with 1 ms delay, captured at the client.
The truth is the client's setting and log.
Programs: Go net/http; Go net/http
END
}

client_idle_timeout_go_3s() {
    go_sample client-idle-timeout-go-3s crAi3 0 server 262144 12 -idle 3s -workers 6 -per-host 10 \
        -count 2 -pause 4200ms /late/100
    truth client-idle-timeout-go-3s client.log open=open closed=client-idle-timeout <<END
Go 1.19 client with IdleConnTimeout 3 s; six workers call together, pause 4.2 s and call again: two bursts
of closes. Go server without a timeout. Plain veth, captured at the server.
The truth is the client's setting and log.
Programs: Go net/http; Go net/http
END
}

client_idle_timeout_go_90s() {
    go_sample client-idle-timeout-go-90s crAi9 1 client 262144 97 -workers 3 -per-host 4 \
        -count 2 -pause 200ms /late/60 /late/900 /late/2000
    truth client-idle-timeout-go-90s client.log $UNUSED closed=client-idle-timeout <<END
Go 1.19 client with IdleConnTimeout 90 s as in DefaultTransport; three workers. Go server without a timeout.
Link with 1 ms delay, captured at the client. The truth is the client's setting and log.
Programs: Go net/http; Go net/http
END
}

client_idle_timeout_java() {
    net_up crAij 1
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-idle-timeout-java client
    start client client.log java -cp "$BUILD_CACHE" JavaGet url drain 4 9000 0 "http://$SERVER:8080/body/300"
    sleep 38
    capture_stop
    truth client-idle-timeout-java server.log open=open peer-closed=client-idle-timeout <<END
Java 17 HttpURLConnection, whose cache closes a connection that was idle for 5 s (its sweep may be late);
four calls 9 s apart. Go server without a timeout. Link with 1 ms delay, captured at the client.
The truth is the client's default and the server's log (it read the end of file).
Programs: Java HttpURLConnection; Go net/http
END
}

client_idle_timeout_java_client() {
    net_up crAiJ 0
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-idle-timeout-java-client server
    start client client.log java -Djdk.httpclient.keepalive.timeout=4 -cp "$BUILD_CACHE" \
        JavaGet client drain 4 5500 0 "http://$SERVER:8080/body/0/a" "http://$SERVER:8080/body/700/b"
    sleep 24
    capture_stop
    truth client-idle-timeout-java-client server.log open=open peer-closed=client-idle-timeout <<END
Java 17 HttpClient with jdk.httpclient.keepalive.timeout=4; four calls 5.5 s apart. Go server without a
timeout. Plain veth, captured at the server. The truth is the client's setting and the server's log.
Programs: Java HttpClient; Go net/http
END
}

client_idle_timeout_node_fetch() {
    net_up crAif 0
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-idle-timeout-node-fetch client
    start client client.log node "$PROGRAMS/nodeget.js" with=fetch count=4 pause=6000 \
        "http://$SERVER:8080/body/300"
    sleep 26
    capture_stop
    truth client-idle-timeout-node-fetch server.log open=open peer-closed=client-idle-timeout <<END
Node 20 fetch, whose pool closes a connection that was idle for 4 s; four calls 6 s apart. Go server without
a timeout. Plain veth, captured at the client. The truth is the default and the server's log.
Programs: Node fetch; Go net/http
END
}

client_idle_timeout_node_fetch_hint() {
    net_up crAih 1
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 keepAliveTimeout=3000
    await_port server 8080
    capture_start client-idle-timeout-node-fetch-hint client
    start client client.log node "$PROGRAMS/nodeget.js" with=fetch count=4 pause=5000 \
        "http://$SERVER:8080/body/300"
    sleep 22
    capture_stop
    truth client-idle-timeout-node-fetch-hint server.log open=open peer-closed=client-idle-timeout <<END
Node 20 fetch against a Node server that advertises Keep-Alive: timeout=3: the client keeps away from
that and closes earlier. Four calls 5 s apart. Link with 1 ms delay, captured at the client.
The truth is the server's log (it read the end of file before its own timeout).
Programs: Node fetch; Node
END
}

client_idle_timeout_node_agent() {
    net_lo crAia
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-idle-timeout-node-agent client
    start client client.log node "$PROGRAMS/nodeget.js" idle=2500 count=3 pause=3300 workers=3 \
        "http://$SERVER:8080/late/20" "http://$SERVER:8080/late/220" "http://$SERVER:8080/late/500"
    sleep 14
    capture_stop
    truth client-idle-timeout-node-agent client.log open=open closed=client-idle-timeout <<END
Node 20 http.Agent with keepAlive and timeout 2500: three workers, three calls each, 3.3 s apart.
Go server without a timeout. Loopback. The truth is the client's setting and log.
Programs: Node http.Agent; Go net/http
END
}

client_idle_timeout_aiohttp() {
    net_up crAip 1
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-idle-timeout-aiohttp server
    start client client.log "$PYTHON" "$PROGRAMS/aioget.py" 15 18 3 "http://$SERVER:8080/body/100"
    sleep 55
    capture_stop
    truth client-idle-timeout-aiohttp server.log open=open peer-closed=client-idle-timeout <<END
aiohttp client with keepalive_timeout 15 (its default); three calls 18 s apart. Go server without a
timeout. Link with 1 ms delay, captured at the server. The truth is the client's setting and the
server's log (it read the end of file).
Programs: aiohttp; Go net/http
END
}

server_idle_timeout_go() {
    net_up crAsi 0
    start server server.log "$BUILD_CACHE/gohttp" serve -idle 2s
    await_port server 8080
    capture_start server-idle-timeout-go server
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 9 --pause 0.2,0.4,3.1 \
        "http://$SERVER:8080/body/0/a" "http://$SERVER:8080/body/500/b"
    sleep 14
    capture_stop
    truth server-idle-timeout-go server.log open=open deadline=server-idle-timeout <<END
Go 1.19 server with IdleTimeout 2 s; Python requests with one Session, three calls and 3.1 s of rest in turn. The
client closes its own end only before its next call. Plain veth, captured at the server.
The truth is the server's log (its read deadline expired).
Programs: Python requests; Go net/http
END
}

server_idle_timeout_node() {
    net_up crAso 1
    start server server.log node "$PROGRAMS/nodeserve.js" 8080
    await_port server 8080
    capture_start server-idle-timeout-node client
    start client client.log "$BUILD_CACHE/gohttp" get -workers 3 -per-host 5 -count 2 -pause 7300ms \
        "http://$SERVER:8080/late/20" "http://$SERVER:8080/late/300" "http://$SERVER:8080/late/800"
    sleep 17
    capture_stop
    truth server-idle-timeout-node client.log $UNUSED \
        peer-closed=server-idle-timeout <<END
Node 20 server with its default keepAliveTimeout (it advertises Keep-Alive: timeout=5); Go 1.19 client, three
workers, two calls each 7.3 s apart. Link with 1 ms delay, captured at the client.
The truth is the client's log (end of file on idle connections) and the server's default.
Programs: Go net/http; Node
END
}

server_idle_timeout_nginx_75s() {
    net_up crAs7 0
    nginx_start ''
    capture_start server-idle-timeout-nginx-75s client
    start client client.log "$BUILD_CACHE/gohttp" get -workers 3 -per-host 4 -count 2 -pause 700ms "http://$SERVER:8080/"
    sleep 3
    start client client2.log "$BUILD_CACHE/gohttp" get -count 2 -pause 500ms "http://$SERVER:8080/"
    sleep 80
    capture_stop
    cat "$WORK"/client*.log >"$WORK/all.log"
    truth server-idle-timeout-nginx-75s all.log $UNUSED \
        peer-closed=server-idle-timeout <<END
nginx with its default keepalive_timeout 75 s; two Go 1.19 clients. Plain veth,
captured at the client. The truth is the clients' log (end of file) and nginx' default.
Programs: Go net/http; nginx
END
}

choose server_idle_timeout_nginx client_idle_timeout_go_2s client_idle_timeout_go_3s \
    client_idle_timeout_go_90s client_idle_timeout_java client_idle_timeout_java_client client_idle_timeout_node_fetch \
    client_idle_timeout_node_fetch_hint client_idle_timeout_node_agent client_idle_timeout_aiohttp \
    server_idle_timeout_go server_idle_timeout_node server_idle_timeout_nginx_75s -- "$@"
