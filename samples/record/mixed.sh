#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Two causes on one pair.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
. "$HERE/nginx.sh"
. "$HERE/sets.sh"
. "$HERE/other.sh"
build gohttp
build go-many-server
build go-pool-client

mixed_unread_timeout_go() {
    go_sample mixed-unread-timeout-go crAxu 1 client 400 9 -body leave -timeout 700ms -workers 2 \
        -per-host 5 -count 10 -pause 40ms \
        /body/0/a /body/500/b /body/0/c /late/1100/d /body/0/e /body/7000/f /body/0/g
    truth mixed-unread-timeout-go client.log $UNUSED failed-head=client-timeout-awaiting-response \
        left-unread=unread-body <<END
Go 1.19 client with two workers and Client.Timeout 0.7 s that leaves all bodies unread: of seven calls four
have empty answers, two have 500 and 7000 bytes, one is answered after 1.1 s only. Go server. Link
with 1 ms delay, captured at the client, 400 bytes of each frame. The truth is the client's log.
Programs: Go net/http; Go net/http
END
}

mixed_request_limit_idle_nginx() {
    net_up crAxn 0
    nginx_start 'keepalive_timeout 2s; keepalive_requests 3;'
    capture_start mixed-request-limit-idle-nginx server
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 16 \
        --pause 0.1,0.1,0.1,0.1,2.7 "http://$SERVER:8080/"
    sleep 14
    capture_stop
    nginx_log
    awk '{ print } $4 == 3 { print $1, $2, "limit" }' "$WORK/access.log" >"$WORK/limit.log"
    truth mixed-request-limit-idle-nginx limit.log request=server-idle-timeout \
        limit=server-request-limit <<END
nginx with keepalive_requests 3 and keepalive_timeout 2s; Python requests with one Session: five calls and
2.7 s of rest in turn. Plain veth, captured at the server. The truth is nginx' access log: a connection
with three requests reached the limit, one with fewer was left idle until nginx closed it.
Programs: Python requests; nginx
END
}

mixed_pool_limit_server_idle_go() {
    net_up crXps 1
    nginx_start 'keepalive_timeout 1s;'
    capture_start mixed-pool-limit-server-idle-go client
    go_client client.log -urls "http://$SERVER:8080/" -workers 7 -requests 3 -pause 2200ms -hold 60s
    sleep 9
    capture_stop
    truth_by mixed-pool-limit-server-idle-go client.log $POOL server-closed=server-idle-timeout/server \
        <<END
Bursts of 7 through a Go client with the default limit of 2, three times, 2.2 s apart, to nginx with
keepalive_timeout 1s: five are closed at once by the client, the two that stay by nginx. Link of
1 ms each way, recorded at the client. Truth: the Transport's own words.
Programs: Go net/http; nginx
END
}

mixed_unread_pool_limit_go() {
    net_up crXup
    go_server server.log :8080
    capture_start mixed-unread-pool-limit-go client 400
    go_client client.log -urls "http://$SERVER:8080/a?n=7000&ms=20" -workers 6 -requests 4 -unread 3 \
        -pause 300ms -hold 60s
    sleep 4
    capture_stop
    truth_by mixed-unread-pool-limit-go client.log $POOL unread=unread-body/client <<END
Bursts of 6 through a Go client with the default limit of 2; in the third of four all bodies (7,000
bytes) are closed unread, in the others they are read. Go server, veth, recorded at the client,
-s 400. Truth: the client's log.
Programs: Go net/http; Go net/http
END
}

mixed_client_timeout_server_idle_requests() {
    net_up crXts 1
    start server server.log "$BUILD_CACHE/gohttp" serve -idle 1300ms
    await_port server 8080
    capture_start mixed-client-timeout-server-idle-requests client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 14 --timeout 0.6 \
        --pause 0.1,1.8,0.2,0.1 "http://$SERVER:8080/body/60" "http://$SERVER:8080/body/0" \
        "http://$SERVER:8080/late/1500"
    sleep 16
    capture_stop
    sed -n 's/ failed .*/ failed/p; / open /p' "$WORK/client.log" >"$WORK/both.log"
    sed -n '/ deadline /p' "$WORK/server.log" >>"$WORK/both.log"
    truth_by mixed-client-timeout-server-idle-requests both.log open=open/none \
        failed=client-timeout-awaiting-response/client deadline=server-idle-timeout/server <<END
Python requests with one Session and timeout=0.6 to a Go server with IdleTimeout 1.3 s: every third
answer would take 1.5 s, every fourth pause is 1.8 s. Link of 1 ms each way, recorded at the client.
Truth: the client's exceptions and the server's deadlines.
Programs: Python requests; Go net/http
END
}

mixed_request_limit_idle_apache() {
    net_lo crXra
    apache_at "MaxKeepAliveRequests 3
        KeepAliveTimeout 1"
    capture_start mixed-request-limit-idle-apache client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 20 \
        --pause 0.1,0.1,0.1,0.1,1.9 "http://$SERVER:8080/a"
    sleep 13
    capture_stop
    awk '{ print } $4 == 3 { print $1, $2, "limit" }' "$WORK/access.log" >"$WORK/limit.log"
    opens "$WORK/limit.log" >"$WORK/both.log"
    truth_by mixed-request-limit-idle-apache both.log request=server-idle-timeout \
        limit=server-request-limit <<END
Apache 2.4 with MaxKeepAliveRequests 3 and KeepAliveTimeout 1; Python requests with one Session: five
calls and 1.9 s of rest in turn. Loopback. Truth: Apache's access log: after three
answers with keep-alive a fourth ends the connection; one with fewer was left idle until Apache
closed it.
Programs: Python requests; Apache
END
}

mixed_timeout_shutdown_node() {
    net_up crXsn 1
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 keepAliveTimeout=60000
    local server=$started
    await_port server 8080
    capture_start mixed-timeout-shutdown-node client
    talk client waits.log client "$SERVER" 8080 --times 4 --every 0.35 limit:0.8 ask:/ \
        "send:GET /late/9000 HTTP/1.1\r\nHost: s\r\n\r\n" say:given-up all
    talk client idle.log client "$SERVER" 8080 --times 5 --every 0.41 ask:/ say:idle all close
    sleep 2.6
    talk client busy.log client "$SERVER" 8080 --times 2 --every 0.1 ask:/ \
        "send:GET /late/9000 HTTP/1.1\r\nHost: s\r\n\r\n" say:cut-off all close
    sleep 0.5
    stop "$server" KILL
    capture_stop
    cat "$WORK"/{waits,idle,busy}.log | grep -v failed >"$WORK/client.log"
    truth_by mixed-timeout-shutdown-node client.log idle=server-shutdown/server \
        cut-off=server-aborted/server given-up=client-timeout-awaiting-response/client <<END
Raw Python clients of a Node 20 server: four give up a request after 0.8 s; then the server is killed
(kill -9) with five idle connections and two that wait for an answer. Link of 1 ms each way, recorded
at the client. Truth: the raw clients' log.
Programs: Python sockets; Node
END
}

mixed_race_idle_apache() {
    net_up crXia 25
    apache_at "KeepAliveTimeout 1"
    capture_start mixed-race-idle-apache client
    local each
    for each in 1 2; do
        start client "$each.log" "$PYTHON" "$PROGRAMS/pyget.py" --with http.client --count 13 \
            --pause 0.977,0.3,1.6,0.972 "http://$SERVER:8080/a"
        sleep 0.7
    done
    sleep 19
    capture_stop
    cat "$WORK"/[12].log >"$WORK/client.log"
    truth_by mixed-race-idle-apache client.log open=open/none end-seen=server-idle-timeout/server \
        failed=keepalive-race/server failed-after-end=stale-reuse/server <<END
Apache 2.4 with KeepAliveTimeout 1 and two programs with Python's http.client, on a link with 25 ms
delay each way, with pauses of 0.97, 0.3 and 1.6 s: some requests cross the close, some come after
it, some connections end idle. Recorded at the client. Truth: the clients' log (whether the end of
file was there before they sent).
Programs: Python http.client; Apache
END
}

mixed_error_close_idle_nginx() {
    net_up crXen
    nginx_start 'keepalive_timeout 2s; large_client_header_buffers 2 1k;'
    local long
    long=$(printf '%01200d' 0)
    capture_start mixed-error-close-idle-nginx server
    talk client idle.log client "$SERVER" 8080 --times 4 --every 0.37 ask:/ ask:/ say:idle all close
    talk client errors.log client "$SERVER" 8080 --times 4 --every 0.45 ask:/ wait:0.2 \
        "send:GET /$long HTTP/1.1\r\nHost: s\r\n\r\n" say:error all close
    finish 20
    sleep 1
    capture_stop
    cat "$WORK"/{idle,errors}.log >"$WORK/client.log"
    truth_by mixed-error-close-idle-nginx client.log idle=server-idle-timeout/server \
        error=server-error-close/server <<END
nginx with keepalive_timeout 2s: four connections are left idle, on four others the second request
has too long a target (414 and Connection: close). Raw Python clients, veth, recorded at the server.
Truth: the raw clients' log.
Programs: Python sockets; nginx
END
}

mixed_idle_timeout_kill_go() {
    net_up crXik 1
    go_server server.log :8080
    capture_start mixed-idle-timeout-kill-go client
    go_client client.log -urls "http://$SERVER:8080/a" -workers 7 -stagger 400ms -own-pool \
        -idle-timeout 1200ms -hold 60s
    local client=$started
    sleep 2.6
    stop "$client" KILL
    capture_stop
    truth_by mixed-idle-timeout-kill-go client.log idle-timeout=client-idle-timeout/client \
        open=client-shutdown/client <<END
Seven pools of one Go client with IdleConnTimeout 1.2 s become idle 0.4 s apart; the program is killed
(kill -9) when the first of them have been closed by the timeout. Go server. Link of 1 ms each way,
recorded at the client. Truth: the Transport's own words, and what was open when it was killed.
Programs: Go net/http; Go net/http
END
}

choose mixed_unread_timeout_go mixed_request_limit_idle_nginx mixed_pool_limit_server_idle_go \
    mixed_unread_pool_limit_go mixed_client_timeout_server_idle_requests \
    mixed_request_limit_idle_apache mixed_timeout_shutdown_node mixed_race_idle_apache \
    mixed_error_close_idle_nginx mixed_idle_timeout_kill_go -- "$@"
