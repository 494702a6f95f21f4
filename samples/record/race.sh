#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Requests that cross the server's close of an idle connection, or come after it.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
. "$HERE/nginx.sh"
build gohttp

# crossing DELAY CLIENT_ACTION SERVER_ACTION: $WORK/both.log from both logs, whose clock is the same.
# Where the client's last CLIENT_ACTION and the server's SERVER_ACTION are less than the link's one-way
# delay apart, the two crossed; a later one is "late". Other lines are the client's own.
crossing() {
    awk -v delay="$1" -v sent="$2" -v shut="$3" '
        { key = $1 " " $2; when = substr($NF, 2) + 0 }
        FNR == NR { if ($3 == shut) end[key] = when; next }
        { print }
        $3 == sent && key in end {
            if (when > end[key] - delay && when < end[key] + delay) print key, "crossed"
            else if (when >= end[key] + delay) print key, "late"
        }' "$WORK/server.log" "$WORK/client.log" >"$WORK/both.log"
}

keepalive_race_go() {
    go_sample keepalive-race-go crArg 20 client 262144 10 serve:-idle serve:1s \
        -count 9 -pause 980ms /body/40
    crossing 0.020 wrote deadline
    truth keepalive-race-go both.log open=open peer-closed=server-idle-timeout \
        crossed=keepalive-race <<END
Go 1.19 server with IdleTimeout 1 s; Go client that calls again 0.98 s after an answer, on a link with 20 ms
delay each way: close and request cross, and the client tries again on a new connection. Captured at the
client. The truth are the times in both logs (one clock), which are less than the delay apart; the last
connection ends idle.
Programs: Go net/http; Go net/http
END
}

keepalive_race_server_side() {
    local each
    net_up crArs 20
    start server server.log "$BUILD_CACHE/gohttp" serve -idle 1500ms
    await_port server 8080
    capture_start keepalive-race-server-side server
    for each in a b c; do
        start client "$each.log" "$BUILD_CACHE/gohttp" get -count 4 -pause 1480ms "http://$SERVER:8080/body/40/$each"
        sleep 0.4
    done
    sleep 8
    capture_stop
    cat "$WORK"/[abc].log >"$WORK/client.log"
    crossing 0.020 wrote deadline
    truth keepalive-race-server-side both.log open=open peer-closed=server-idle-timeout \
        crossed=keepalive-race <<END
As keepalive-race-go, with IdleTimeout 1.5 s, calls 1.48 s apart and three clients on one host, captured at
the server.
Programs: Go net/http; Go net/http
END
}

keepalive_race_requests() {
    net_up crArr 25
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 keepAliveTimeout=1000
    await_port server 8080
    capture_start keepalive-race-requests client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 14 \
        --pause 1.98,2.6,2.6,0.3 "http://$SERVER:8080/body/40"
    sleep 30
    capture_stop
    crossing 0.025 request closed
    truth keepalive-race-requests both.log open=open closed=server-idle-timeout \
        crossed=keepalive-race failed=keepalive-race <<END
Node 20 server with keepAliveTimeout 1000 (it closes after 2 s); Python requests with one Session that calls
again after 1.98, 2.6, 2.6 and 0.3 s in turn, on a link with 25 ms delay each way: some requests cross the close,
some connections end idle, some are reused. Captured at the client. The truth are the times in both logs
(one clock) and the client's exceptions.
Programs: Python requests; Node
END
}

keepalive_race_node() {
    net_up crAro 25
    nginx_start 'keepalive_timeout 2s;'
    capture_start keepalive-race-node client
    start client client.log node "$PROGRAMS/nodeget.js" count=10 pause=1970 "http://$SERVER:8080/"
    sleep 22
    capture_stop
    truth keepalive-race-node client.log open=open peer-closed=server-idle-timeout \
        failed=keepalive-race <<END
nginx with keepalive_timeout 2s; Node 20 client, http.Agent with keepAlive, that calls again 1.97 s after an
answer, on a link with 25 ms delay each way. Captured at the client. The truth is the client's log (ECONNRESET
for a request on a kept connection that it believed open) and nginx' configuration.
Programs: Node http.Agent; nginx
END
}

# stale NAME SIDE PATH: http.client against the server that was started.
stale() {
    capture_start "$1" "$2"
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with http.client --count 11 \
        --pause 0.3,1.9,0.1 "http://$SERVER:8080/$3"
    sleep 14
    capture_stop
}

stale_reuse_go() {
    net_up crAqg 1
    start server server.log "$BUILD_CACHE/gohttp" serve -idle 1s
    await_port server 8080
    stale stale-reuse-go client body/60
    truth stale-reuse-go client.log open=open end-seen=server-idle-timeout failed-after-end=stale-reuse <<END
Python's http.client, one connection object, against a Go server with IdleTimeout 1 s: after 1.9 s of rest it
sends on the connection that the server has closed. Link with 1 ms delay, captured at the client.
The truth is the client's log: the end of file was there before it sent. The last connection ends idle.
Programs: Python http.client; Go net/http
END
}

stale_reuse_nginx() {
    net_up crAqn 0
    nginx_start 'keepalive_timeout 1s;'
    stale stale-reuse-nginx server ''
    truth stale-reuse-nginx client.log open=open end-seen=server-idle-timeout failed-after-end=stale-reuse <<END
As stale-reuse-go against nginx with keepalive_timeout 1s. Plain veth, captured at the server.
Programs: Python http.client; nginx
END
}

stale_reuse_node() {
    net_lo crAqo
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 keepAliveTimeout=500
    await_port server 8080
    stale stale-reuse-node client body/60
    truth stale-reuse-node client.log open=open end-seen=server-idle-timeout failed-after-end=stale-reuse <<END
As stale-reuse-go against a Node server with keepAliveTimeout 500, which closes after 1.5 s. Loopback.
Programs: Python http.client; Node
END
}

choose keepalive_race_go keepalive_race_server_side keepalive_race_requests keepalive_race_node \
    stale_reuse_go stale_reuse_nginx stale_reuse_node -- "$@"
