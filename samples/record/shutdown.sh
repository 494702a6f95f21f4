#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records the samples about programs that end, abort or retire connections: shutdown.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

STAYS="ask:/a say:served all close"

server_shutdown_go() {
    net_up crBsg 1
    go_server server.log :8080
    capture_start server-shutdown-go client
    talk client client.log client "$SERVER" 8080 --times 6 --every 0.3 $STAYS
    sleep 2.5
    stop "$server" TERM
    capture_stop
    truth_by server-shutdown-go server.log shutdown=server-shutdown/server <<END
Go net/http server, Server.Shutdown with 6 connections that became idle 0.3 s apart; raw clients
close when the server does. Link of 1 ms each way, recorded at the client. Truth: the server's
log.
Programs: Python sockets; Go net/http
END
}

server_shutdown_kill_go() {
    net_up crBsk
    go_server server.log :8080
    capture_start server-shutdown-kill-go server
    talk client idle.log client "$SERVER" 8080 --times 5 --every 0.3 $STAYS
    talk client busy.log client "$SERVER" 8080 --times 2 --every 0.1 ask:/a \
        "send:GET /slow?ms=9000 HTTP/1.1\r\nHost: s\r\n\r\n" say:asked all close
    sleep 2.5
    stop "$server" KILL
    capture_stop
    cat "$WORK/idle.log" "$WORK/busy.log" >"$WORK/client.log"
    truth_by server-shutdown-kill-go client.log served=server-shutdown/server \
        asked=server-aborted/server <<END
kill -9 of a Go server with 5 idle connections (idle since different times) and 2 that wait for
a response. veth, recorded at the server. Truth: the raw clients' log.
Programs: Python sockets; Go net/http
END
}

server_shutdown_nginx_reload() {
    net_up crBsn 1
    go_server server.log 127.0.0.1:8081
    nginx_at server nginx.log "" \
        "server { listen 8080; keepalive_timeout 60s;
            location / { proxy_pass http://127.0.0.1:8081; } }"
    capture_start server-shutdown-nginx-reload client
    talk client idle.log client "$SERVER" 8080 --times 6 --every 0.25 $STAYS
    sleep 1
    talk client busy.log client "$SERVER" 8080 ask:/a \
        "send:GET /slow?ms=1500 HTTP/1.1\r\nHost: s\r\n\r\n" message say:finished all close
    sleep 1
    kill -HUP "$nginx"
    sleep 1
    talk client later.log client "$SERVER" 8080 --times 2 --every 0.2 ask:/a say:stays hold
    sleep 1
    capture_stop
    cat "$WORK/idle.log" "$WORK/busy.log" "$WORK/later.log" >"$WORK/client.log"
    truth_by server-shutdown-nginx-reload client.log served=server-shutdown/server \
        "finished=server-shutdown|server-said-close/server" stays=open/none <<END
nginx 1.22 is told to reload with 6 idle connections: its old worker closes them at once. A
seventh waits for a response then and gets it with Connection: close (spec 02, groups 3: the
runner-up is accepted too). Two connections are made to the new worker and stay open. Link of 1
ms each way, recorded at the client. Truth: the raw clients' log.
Programs: Python sockets; nginx
END
}

server_shutdown_kill_node() {
    net_lo crBso
    start server server.log node -e 'require("http").createServer({keepAliveTimeout: 60000},
        (q, r) => r.end("hello")).listen(8080)'
    server=$started
    await_port server 8080
    capture_start server-shutdown-kill-node client
    talk client client.log client "$SERVER" 8080 --times 5 --every 0.37 $STAYS
    sleep 2.6
    stop "$server" TERM
    capture_stop
    truth_by server-shutdown-kill-node client.log served=server-shutdown/server <<END
SIGTERM to a Node 20 server (keepAliveTimeout 60 s) with 5 connections that are idle for 0.5 to
2 s. Loopback.
Programs: Python sockets; Node
END
}

client_shutdown_go_close_idle() {
    net_up crBcg 1
    go_server server.log :8080
    capture_start client-shutdown-go-close-idle client
    go_client client.log -urls "http://$SERVER:8080/a?ms=400" -workers 6 -stagger 300ms -requests \
        3 -idle-per-host 10 \
        -hold 700ms -close-idle
    await_end "$started" 20
    capture_stop
    truth_by client-shutdown-go-close-idle client.log $POOL <<END
Go client calls Transport.CloseIdleConnections while its connections are idle since different
times (6 workers, 0.3 s apart). Link of 1 ms each way, recorded at the client. Truth: the
Transport.
Programs: Go net/http; Go net/http
END
}

client_shutdown_exit_python() {
    net_up crBce
    go_server server.log :8080
    capture_start client-shutdown-exit-python server
    talk client client.log client "$SERVER" 8080 --times 7 --every 0.2 ask:/a ask:/a say:served
    await_end "$started" 20
    capture_stop
    truth_by client-shutdown-exit-python client.log served=client-shutdown/client <<END
A Python program (raw sockets) makes two requests on each of 7 connections, 0.2 s apart, leaves
them idle and exits. Go server, veth, recorded at the server.
Programs: Python sockets; Go net/http
END
}

client_shutdown_kill_go() {
    net_up crBck
    go_server server.log :8080
    capture_start client-shutdown-kill-go client
    go_client client.log -urls "http://$SERVER:8080/a?ms=30" -workers 6 -stagger 150ms -requests 2 \
        -think 150ms -own-pool -hold 60s
    killed=$started
    go_client busy.log -urls "http://$SERVER:8080/slow?ms=60000" -workers 1
    busy=$started
    sleep 2
    kill -KILL "$killed" "$busy"
    capture_stop
    sed 'p; s/open/waiting/' "$WORK/busy.log" | cat "$WORK/client.log" - >"$WORK/all.log"
    truth_by client-shutdown-kill-go all.log open=client-shutdown/client \
        "waiting=client-cancelled|client-timeout-awaiting-response/client" <<END
kill -9 of Go clients: 6 connections idle since different times and one (of a second process,
killed by the same command) that waits for a response: spec 02, groups 2, makes that one client-
cancelled; alone it would be a timeout. veth, recorded at the client.
Programs: Go net/http; Go net/http
END
}

server_aborted_panic_go() {
    net_up crBag 1
    go_server server.log :8080
    capture_start server-aborted-panic-go client
    go_client client.log -urls \
        "http://$SERVER:8080/a,http://$SERVER:8080/a,http://$SERVER:8080/panic?ms=20&spread=700" \
        -workers 4 -requests 6 -stagger 50ms -idle-per-host 10 -hold 60s -own-pool
    sleep 6
    capture_stop
    truth_by server-aborted-panic-go server.log aborted=server-aborted/server open=open/none \
        unused=unused-connection/client <<END
Every third request makes the Go handler panic after 20 to 720 ms (http.ErrAbortHandler): the
connection ends without a response. Go client that goes on with a new connection (and repeats
the request once itself, as Go does on a reused connection). Link of 1 ms each way, recorded at
the client. Truth: the server's log.
Programs: Go net/http; Go net/http
END
}

server_aborted_444_nginx() {
    net_up crBan
    nginx_at server nginx.log "" \
        'server { listen 8080; location /drop { return 444; } location / { return 200 "fine\n"; } }'
    capture_start server-aborted-444-nginx client
    talk client client.log client "$SERVER" 8080 --times 5 --every 0.2 ask:/a wait:0.05..0.4 \
        "send:GET /drop HTTP/1.1\r\nHost: s\r\n\r\n" say:dropped all close
    await_end "$started" 20
    capture_stop
    truth_by server-aborted-444-nginx client.log dropped=server-aborted/server <<END
nginx answers the second request of each of 5 connections by closing (return 444). veth,
recorded at the client.
Programs: Python sockets; nginx
END
}

server_aborted_kill_go() {
    net_up crBak
    go_server server.log :8080
    capture_start server-aborted-kill-go server
    talk client client.log client "$SERVER" 8080 \
        "send:GET /slow?ms=9000 HTTP/1.1\r\nHost: s\r\n\r\n" say:asked all close
    sleep 0.9
    stop "$server" KILL
    capture_stop
    truth_by server-aborted-kill-go client.log asked=server-aborted/server <<END
kill -9 of a Go server while its only connection waits for a response. veth, recorded at the
server.
Programs: Python sockets; Go net/http
END
}

client_cancelled_go() {
    net_up crBcc 1
    go_server server.log :8080
    capture_start client-cancelled-go client
    go_client client.log -urls "http://$SERVER:8080/slow?ms=2500" -workers 9 -stagger 70ms \
        -cancel-min 60ms -cancel-max 1900ms -hold 60s
    sleep 5
    capture_stop
    truth_by client-cancelled-go client.log cancelled-head=client-cancelled/client <<END
Go client cancels each of 9 requests by its context after 60 to 1900 ms; the server would answer
after 2.5 s and is answered by RST. Link of 1 ms each way, recorded at the client.
Programs: Go net/http; Go net/http
END
}

client_cancelled_python() {
    net_up crBcp
    go_server server.log :8080
    capture_start client-cancelled-python server
    talk client client.log client "$SERVER" 8080 --times 7 --every 0.15 ask:/a \
        "send:GET /slow?ms=4000 HTTP/1.1\r\nHost: s\r\n\r\n" wait:0.1..2.5 say:gave-up close
    await_end "$started" 20
    sleep 4
    capture_stop
    truth_by client-cancelled-python client.log gave-up=client-cancelled/client <<END
Raw Python clients, 7 connections: after one answered request a second one, given up after 0.1
to 2.5 s (users who leave). Go server that would answer after 4 s. veth, recorded at the server.
Programs: Python sockets; Go net/http
END
}

max_age() { # NAME ID SERVER-OPTION CLIENT-OPTION LOG MAP...
    net_up "$2" 1
    go_server server.log :8080 $3
    capture_start "$1" client
    go_client client.log -urls "http://$SERVER:8080/a" -workers 5 -stagger 130ms -own-pool \
        -requests 7 -think 1s $4 -hold 60s
    sleep 10
    capture_stop
    truth_by "$1" "$5" "${@:6}"
}

client_max_age_go() { max_age client-max-age-go crBma "" "-max-age 2s" client.log \
    max-age=client-max-age/client open=open/none <<END
A Go client whose dialer retires a connection that is 2 s old and idle; 5 workers with a pool
each, 0 to 1 s between requests. Link of 1 ms each way, recorded at the client. Truth: the
client's log.
Programs: Go net/http; Go net/http
END
}

server_max_age_go() { max_age server-max-age-go crBms "-max-age 2500ms" "" server.log \
    max-age=server-max-age/server open=open/none <<END
A Go server that closes a connection that is 2.5 s old when it is idle; 5 Go clients with a pool
each, 0 to 1 s between requests. Link of 1 ms each way, recorded at the client. Truth: the
server's log.
Programs: Go net/http; Go net/http
END
}

server_said_close_keepalive_time_nginx() {
    net_up crBkt
    nginx_at server nginx.log "" \
        'server { listen 8080; keepalive_time 2s; location / { return 200 "fine\n"; } }'
    capture_start server-said-close-keepalive-time-nginx client
    talk client fast.log client "$SERVER" 8080 --times 2 --every 0.3 ask:/a wait:0.1..0.4 \
        again:20 say:last all close
    talk client slow.log client "$SERVER" 8080 --times 3 --every 0.2 ask:/a wait:0.5..1.1 \
        again:9 say:last all close
    await_end "$started" 20
    capture_stop
    cat "$WORK"/{fast,slow}.log >"$WORK/client.log"
    truth_by server-said-close-keepalive-time-nginx client.log last=server-said-close/server <<END
nginx with keepalive_time 2s: the first response after that says Connection: close (announced,
so not server-max-age). veth, recorded at the client.
Programs: Python sockets; nginx
END
}

build go-many-server
build go-pool-client
choose server_shutdown_go server_shutdown_kill_go server_shutdown_nginx_reload \
    server_shutdown_kill_node client_shutdown_go_close_idle client_shutdown_exit_python \
    client_shutdown_kill_go server_aborted_panic_go server_aborted_444_nginx \
        server_aborted_kill_go \
    client_cancelled_go client_cancelled_python client_max_age_go server_max_age_go \
    server_said_close_keepalive_time_nginx -- "$@"
