#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Further servers that make the same causes: Apache, lighttpd, HAProxy, Squid, gunicorn, uvicorn,
# waitress, WEBrick, socat: servers.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$HERE/sets.sh"
. "$HERE/other.sh"
build gohttp
build go-many-server

# idle_sample NAME SIDE SECONDS: three Go workers ask twice each, far enough apart, then wait.
idle_sample() {
    capture_start "$1" "$2"
    start client client.log "$BUILD_CACHE/gohttp" get -workers 3 -per-host 5 -count 2 \
        -pause "$3ms" "http://$SERVER:8080/a"
    start client later.log "$BUILD_CACHE/gohttp" get -count 3 -pause 700ms "http://$SERVER:8080/a"
    sleep "$((($3 * 2 + 4000) / 1000))"
    capture_stop
    cat "$WORK"/{client,later}.log >"$WORK/all.log"
    truth_by "$1" all.log open=open/none closed-unused=unused-connection/client \
        peer-closed-unused=unused-connection/server peer-closed=server-idle-timeout/server
}

server_idle_timeout_apache() {
    net_up crCia 1
    apache_at "KeepAliveTimeout 2"
    idle_sample server-idle-timeout-apache client 2600 <<END
Apache 2.4 (event) with KeepAliveTimeout 2, which it advertises; two Go 1.19 clients with one and
three workers. Link of 1 ms each way, recorded at the client. Truth: the clients' log (end of file
on idle connections).
Programs: Go net/http; Apache
END
}

server_idle_timeout_lighttpd() {
    net_up crCil
    lighttpd_at 'server.max-keep-alive-idle = 3'
    capture_start server-idle-timeout-lighttpd server
    talk client client.log client "$SERVER" 8080 --times 9 --every 0.43 ask:/a say:idle all close
    finish 20
    capture_stop
    truth_by server-idle-timeout-lighttpd client.log idle=server-idle-timeout/server <<END
lighttpd 1.4 with max-keep-alive-idle 3; it looks once a second, so that connections whose gaps are
different are closed at one moment. Raw Python clients, 9 connections 0.43 s apart. veth, recorded
at the server. Truth: the raw clients' log.
Programs: Python sockets; lighttpd
END
}

server_idle_timeout_gunicorn() {
    net_up crCig 1
    python_app gunicorn -k gthread --threads 8 --keep-alive 2
    idle_sample server-idle-timeout-gunicorn client 3500 <<END
gunicorn 20.1 with threads and --keep-alive 2; two Go 1.19 clients with one and three workers. Link
of 1 ms each way, recorded at the client. Truth: the clients' log (end of file).
Programs: Go net/http; gunicorn
END
}

server_idle_timeout_uvicorn() {
    net_lo crCiu
    python_app uvicorn --timeout-keep-alive 2
    idle_sample server-idle-timeout-uvicorn client 2700 <<END
uvicorn 0.17 with --timeout-keep-alive 2; two Go 1.19 clients with one and three workers. Loopback.
Truth: the clients' log (end of file).
Programs: Go net/http; uvicorn
END
}

server_idle_timeout_waitress() {
    net_up crCiw 1
    python_app waitress --channel-timeout=2 --cleanup-interval=1
    capture_start server-idle-timeout-waitress client
    talk client client.log client "$SERVER" 8080 --times 5 --every 0.43 ask:/a say:idle all close
    finish 20
    capture_stop
    truth_by server-idle-timeout-waitress client.log idle=server-idle-timeout/server <<END
waitress 2.1 with channel_timeout 2; it looks once a second, so that its second look closes
connections with different gaps at one moment and leaves none. Raw Python clients, 5 connections
0.43 s apart. Link of 1 ms each way, recorded at the client. Truth: the raw clients' log.
Programs: Python sockets; waitress
END
}

server_idle_timeout_webrick() {
    net_up crCib 1
    site
    start server webrick.log ruby -r webrick -e '
        WEBrick::HTTPServer.new(Port: 8080, BindAddress: "0.0.0.0", DocumentRoot: ARGV[0],
            RequestTimeout: 2, AccessLog: []).start' "$WORK/site"
    await_port server 8080
    capture_start server-idle-timeout-webrick client
    talk client client.log client "$SERVER" 8080 --times 5 --every 0.43 ask:/a say:idle all close
    finish 20
    capture_stop
    truth_by server-idle-timeout-webrick client.log idle=server-idle-timeout/server <<END
WEBrick 1.8 with RequestTimeout 2, on a busy host, which makes ages no less equal than gaps. Raw
Python clients, 5 connections with one request each, 0.43 s apart. Link of 1 ms each way, recorded
at the client. Truth: the raw clients' log.
Programs: Python sockets; WEBrick
END
}

server_request_limit_apache() {
    net_up crCla 1
    apache_at "MaxKeepAliveRequests 4
        KeepAliveTimeout 60"
    capture_start server-request-limit-apache client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 18 --pause 0.06 \
        "http://$SERVER:8080/a"
    sleep 4
    capture_stop
    awk '{ print } $4 == 4 { print $1, $2, "limit" }' "$WORK/access.log" >"$WORK/limit.log"
    opens "$WORK/limit.log" >"$WORK/server.log"
    truth_by server-request-limit-apache server.log open=open/none limit=server-request-limit <<END
Apache 2.4 with MaxKeepAliveRequests 4 (four answers with keep-alive and max=N, then one with close);
Python requests with one Session, 18 calls. Link of 1 ms each way, recorded at the client. Truth: Apache's
access log (its count of requests on each connection).
Programs: Python requests; Apache
END
}

server_request_limit_lighttpd() {
    net_up crCll
    lighttpd_at 'server.max-keep-alive-requests = 3
        server.max-keep-alive-idle = 60'
    capture_start server-request-limit-lighttpd server
    start client client.log "$BUILD_CACHE/gohttp" get -workers 2 -per-host 4 -count 8 -pause 70ms \
        "http://$SERVER:8080/a"
    sleep 3
    capture_stop
    stop "$lighttpd" TERM # writes its log
    awk '{ print } ++count[$2] == 3 { print $1, $2, "limit" }' "$WORK/access.log" >"$WORK/limit.log"
    opens "$WORK/limit.log" >"$WORK/server.log"
    truth_by server-request-limit-lighttpd server.log open=open/none limit=server-request-limit \
        <<END
lighttpd 1.4 with max-keep-alive-requests 3; Go 1.19 client with two workers, 8 calls each. veth,
recorded at the server. Truth: lighttpd's access log (requests on each connection).
Programs: Go net/http; lighttpd
END
}

server_timeout_reading_request_apache() {
    net_up crCra
    apache_at "RequestReadTimeout header=2 body=2
        KeepAliveTimeout 60"
    capture_start server-timeout-reading-request-apache server
    talk client client.log client "$SERVER" 8080 --times 4 --every 0.35 ask:/a \
        "send:GET /a HTTP/1.1\r\nHost: s\r\nX-Slow: " say:slow all close
    finish 20
    capture_stop
    truth_by server-timeout-reading-request-apache client.log \
        slow=server-timeout-reading-request/server <<END
Apache 2.4 with RequestReadTimeout header=2; raw clients stop in the middle of a second request's
head. veth, recorded at the server. Truth: the raw clients' log.
Programs: Python sockets; Apache
END
}

# stuck NAME: three clients that don't read 3,000,000 bytes.
stuck() {
    head -c 3000000 /dev/zero >"$WORK/site/big"
    capture_start "$1" client 320
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.3 option:receive-buffer=4096 \
        ask:/a "send:GET /big HTTP/1.1\r\nHost: s\r\n\r\n" say:stuck wait:7 all close
    finish 25
    capture_stop
    truth_by "$1" client.log stuck=server-timeout-writing-response/server
}

server_timeout_writing_response_apache() {
    net_up crCwa 1
    apache_at "Timeout 3
        SendBufferSize 8192"
    stuck server-timeout-writing-response-apache <<END
Apache 2.4 with Timeout 3; raw clients with small buffers ask for 3,000,000 bytes and don't read
for 7 s. Link of 1 ms each way, recorded at the client, -s 320. Truth: the raw clients' log.
Programs: Python sockets; Apache
END
}

server_timeout_writing_response_lighttpd() {
    net_up crCwl
    lighttpd_at 'server.max-write-idle = 2'
    stuck server-timeout-writing-response-lighttpd <<END
lighttpd 1.4 with max-write-idle 2; raw clients with small buffers ask for 3,000,000 bytes and don't
read for 7 s. veth, recorded at the client, -s 320. Truth: the raw clients' log.
Programs: Python sockets; lighttpd
END
}

server_timeout_writing_response_gunicorn() {
    net_up crCwg 1
    python_app gunicorn --workers 5 --timeout 2
    capture_start server-timeout-writing-response-gunicorn client
    talk client client.log client "$SERVER" 8080 --times 5 --every 0.4 \
        "send:GET /sleep/20 HTTP/1.1\r\nHost: s\r\n\r\n" say:waits all close
    finish 20
    capture_stop
    grep -q 'WORKER TIMEOUT' "$WORK/app.log.err"
    truth_by server-timeout-writing-response-gunicorn client.log \
        "waits=server-timeout-writing-response|server-aborted/server" <<END
gunicorn 20.1 with --timeout 2 and five synchronous workers, whose handler takes 20 s: each worker is
killed (WORKER TIMEOUT in its log) without a response, after 2 to 3 s, as gunicorn looks once a
second: waits that need not cluster, and a process that is killed, so both causes are true. Raw
Python clients, link of 1 ms each way, recorded at the client. Truth: gunicorn's log, and the raw
clients' for the ports.
Programs: Python sockets; gunicorn
END
}

server_timeout_writing_response_node() {
    net_up crCwn
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 timeout=1400 keepAliveTimeout=30000
    await_port server 8080
    capture_start server-timeout-writing-response-node server
    talk client client.log client "$SERVER" 8080 --times 5 --every 0.3 \
        "send:GET /body/40 HTTP/1.1\r\nHost: s\r\n\r\n" message \
        "send:GET /late/4000 HTTP/1.1\r\nHost: s\r\n\r\n" say:waits all close
    finish 20
    capture_stop
    truth_by server-timeout-writing-response-node client.log \
        waits=server-timeout-writing-response/server <<END
Node 20 server with server.timeout 1400: it destroys a connection on which nothing moved for so long,
also one whose handler is at work (4 s). Raw Python clients, veth, recorded at the server. Truth:
the raw clients' log.
Programs: Python sockets; Node
END
}

early_response_lighttpd_413() {
    net_up crCel 1
    lighttpd_at 'server.max-request-size = 10'
    capture_start early-response-lighttpd-413 client
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.4 ask:/a \
        "send:POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 60000\r\n\r\n" fill:6000 say:early \
        all close
    finish 20
    capture_stop 2
    truth_by early-response-lighttpd-413 client.log early=early-response/server <<END
lighttpd 1.4 with max-request-size 10 (KB) answers an upload of 60,000 bytes by 413 at its head; raw
clients send 6,000 bytes of it and wait. Link of 1 ms each way, recorded at the client. Truth: the
raw clients' log.
Programs: Python sockets; lighttpd
END
}

early_response_haproxy_403() {
    net_up crCeh
    go_server server.log 127.0.0.1:8081
    haproxy_at "" "    http-request deny if METH_PUT"
    capture_start early-response-haproxy-403 server
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.3 ask:/a \
        "send:PUT /a HTTP/1.1\r\nHost: s\r\nContent-Length: 80000\r\n\r\n" fill:3000 say:early \
        all close
    finish 20
    capture_stop 2
    truth_by early-response-haproxy-403 client.log early=early-response/server <<END
HAProxy 2.6 denies PUT: 403 at the head of an upload of 80,000 bytes; raw clients send 3,000 of them
and wait. veth, recorded at the server. Truth: the raw clients' log.
Programs: Python sockets; HAProxy
END
}

close_delimited_response_socat() {
    net_up crCds 1
    printf 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nload 0.42\n' >"$WORK/answer"
    start server socat.log socat TCP-LISTEN:8080,reuseaddr,fork \
        "SYSTEM:read line; cat '$WORK/answer'; sleep 0.1"
    await_port server 8080
    capture_start close-delimited-response-socat client
    local each
    for each in 1 2 3; do
        run client curl -s -o /dev/null "http://$SERVER:8080/status"
        run client wget -q -O /dev/null "http://$SERVER:8080/status"
    done
    capture_stop
    truth_all close-delimited-response-socat "close-delimited-response server" <<END
socat with a shell line as server, as for a health page: HTTP/1.0, no length, the end of the
connection ends the body. curl and wget three times each. Link of 1 ms each way, recorded at the
client. Truth: the server's program.
Programs: curl, wget; socat
END
}

close_delimited_response_node() {
    net_lo crCdn
    start server server.log node -e '
        require("http").createServer((q, r) => {
            r.removeHeader("transfer-encoding");
            r.removeHeader("connection");
            r.write("part ");
            setTimeout(() => r.end("rest"), 60);
        }).listen(8080);'
    await_port server 8080
    capture_start close-delimited-response-node client
    start client client.log "$BUILD_CACHE/gohttp" get -count 6 -pause 80ms "http://$SERVER:8080/page"
    sleep 3
    capture_stop
    truth_by close-delimited-response-node client.log open=close-delimited-response/server <<END
Node 20 server that removes Transfer-Encoding and Connection from its head: the body ends with the
connection. Go 1.19 client. Loopback. Truth: the server's program; ports from the client's log.
Programs: Go net/http; Node
END
}

server_max_age_python() {
    net_up crCmp 1
    start server server.log "$PYTHON" "$PROGRAMS/aged-server.py" 8080 2.2
    await_port server 8080
    capture_start server-max-age-python server
    talk client client.log client "$SERVER" 8080 --times 6 --every 0.31 ask:/a wait:0.2..1 \
        ask:/a wait:0.1..0.9 ask:/a all close
    finish 15
    capture_stop
    truth_by server-max-age-python server.log old=server-max-age/server <<END
A Python asyncio server that closes every connection at the age of 2.2 s; raw Python clients with
requests at random times. Link of 1 ms each way, recorded at the server. Truth: the server's log.
Programs: Python sockets; Python asyncio
END
}

server_shutdown_uvicorn() {
    net_up crCsu
    python_app uvicorn --timeout-keep-alive 60
    capture_start server-shutdown-uvicorn client
    talk client client.log client "$SERVER" 8080 --times 6 --every 0.33 ask:/a say:served all close
    sleep 2.8
    kill -TERM "$app"
    capture_stop
    truth_by server-shutdown-uvicorn client.log served=server-shutdown/server <<END
SIGTERM to uvicorn 0.17 with 6 connections that are idle since different times. Raw Python clients,
veth, recorded at the client. Truth: the raw clients' log.
Programs: Python sockets; uvicorn
END
}

server_shutdown_apache_graceful() {
    net_up crCsa 1
    apache_at "KeepAliveTimeout 60"
    capture_start server-shutdown-apache-graceful client
    talk client client.log client "$SERVER" 8080 --times 6 --every 0.28 ask:/a say:served all close
    sleep 2.5
    kill -USR1 "$apache"
    sleep 1.5
    talk client later.log client "$SERVER" 8080 --times 2 --every 0.2 ask:/a say:stays hold
    sleep 1
    capture_stop
    cat "$WORK"/{client,later}.log >"$WORK/all.log"
    truth_by server-shutdown-apache-graceful all.log served=server-shutdown/server stays=open/none \
        <<END
Apache 2.4 (event) is told to reload (SIGUSR1) with 6 idle connections, which its old process
closes; two connections to the new one stay open. Raw Python clients, link of 1 ms each way,
recorded at the client. Truth: the raw clients' log.
Programs: Python sockets; Apache
END
}

choose server_idle_timeout_apache server_idle_timeout_lighttpd server_idle_timeout_gunicorn \
    server_idle_timeout_uvicorn server_idle_timeout_waitress server_idle_timeout_webrick \
    server_request_limit_apache server_request_limit_lighttpd \
    server_timeout_reading_request_apache server_timeout_writing_response_apache \
    server_timeout_writing_response_lighttpd server_timeout_writing_response_gunicorn \
    server_timeout_writing_response_node \
    early_response_lighttpd_413 early_response_haproxy_403 close_delimited_response_socat \
    close_delimited_response_node server_max_age_python server_shutdown_uvicorn \
    server_shutdown_apache_graceful -- "$@"
