#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records the samples about single conversations: unused, tunnels, opaque, half-close,
# message forms: talks.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

REQUEST="GET /a HTTP/1.1\r\nHost: s\r\n\r\n"

certificate() { # makes $WORK/both.pem
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout "$WORK/key.pem" -out \
        "$WORK/cert.pem" 2>/dev/null
    cat "$WORK/key.pem" "$WORK/cert.pem" >"$WORK/both.pem"
}

unused_connection_checks() {
    net_up crBua
    go_server server.log :8080
    cat >"$WORK/haproxy.cfg" <<END
defaults
    mode http
    timeout connect 2s
    timeout client 5s
    timeout server 5s
listen front
    bind 127.0.0.1:8000
    server one $SERVER:8080 check inter 600ms
END
    capture_start unused-connection-checks client
    start client haproxy.log haproxy -db -f "$WORK/haproxy.cfg"
    talk client check.log client "$SERVER" 8080 --times 3 --every 0.5 say:checked close
    talk client early.log client "$SERVER" 8080 --times 2 --every 0.2 wait:2.5 say:never-used close
    sleep 4
    capture_stop
    truth_all unused-connection-checks "unused-connection client" <<END
TCP health checks of HAProxy 2.6 (every 0.6 s, ended by RST) and of a plain client that connects
and closes, and two connections that are made early and given up after 2.5 s, to a Go server.
veth, recorded at the client. Truth: no program here sends a request. (HAProxy answers SYN,ACK
by RST,ACK; the server never accepts those.)
Programs: HAProxy, Python sockets; Go net/http
END
}

unused_connection_server_closes() {
    net_up crBub 1
    nginx_at server nginx.log "" \
        'server { listen 8080; client_header_timeout 1500ms; location / { return 200 "fine\n"; } }'
    capture_start unused-connection-server-closes client
    talk client client.log client "$SERVER" 8080 --times 4 --every 0.3 say:never-used all close
    finish 10
    capture_stop
    truth_by unused-connection-server-closes client.log never-used=unused-connection/server <<END
Connections without a request, closed by nginx after client_header_timeout 1.5 s. Raw Python
clients, link of 1 ms each way, recorded at the client.
Programs: Python sockets; nginx
END
}

tunnel_closed_websocket() {
    net_up crBtw 1
    local upgrade="Upgrade: websocket\r\nConnection: Upgrade\r\n"
    talk server server.log server 8080 head \
        "send:HTTP/1.1 101 Switching Protocols\r\n$upgrade" \
        "send:Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n" \
        some "send:\x81\x05hello" some "send:\x88\x02\x03\xe8" close
    await_port server 8080
    capture_start tunnel-closed-websocket client
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.4 \
        "send:GET /chat HTTP/1.1\r\nHost: s\r\n${upgrade}Sec-WebSocket-Version: 13\r\n" \
        "send:Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" \
        head "send:\x81\x85\x01\x02\x03\x04igoho" some wait:0.3 \
            "send:\x88\x82\x01\x02\x03\x04\x02\xea" say:tunnelled all close
    finish 10
    capture_stop
    truth_by tunnel-closed-websocket client.log tunnelled=tunnel-closed/server <<END
Three WebSocket sessions (101, frames, close frames), raw Python on both sides. Link of 1 ms
each way, recorded at the client.
Programs: Python sockets; Python sockets
END
}

tunnel_closed_connect() {
    net_up crBtc
    go_server server.log 127.0.0.1:8081
    start server proxy.log "$PYTHON" "$PROGRAMS/connect-proxy.py" 3128
    await_port server 3128
    capture_start tunnel-closed-connect client
    local each
    for each in 1 2 3; do
        run client curl -s -o /dev/null -o /dev/null -p -x "http://$SERVER:3128" \
            "http://127.0.0.1:8081/a?n=$((each * 100))" "http://127.0.0.1:8081/a"
    done
    run client curl -s -o /dev/null -p -x "http://$SERVER:3128" http://127.0.0.1:9/ || true
    capture_stop
    truth_by tunnel-closed-connect proxy.log tunnel=tunnel-closed \
        "refused=server-error-close|server-said-close/server" <<END
curl asks through a proxy's CONNECT, two requests in each of three tunnels; a fourth CONNECT
gets 502 with Connection: close, so no tunnel. veth, recorded at the client, between curl and
the proxy. Truth: the proxy's log.
Programs: curl; Python sockets
END
}

opaque_closed_tls_curl() {
    net_up crBoc
    certificate
    go_server server.log :8443 -cert "$WORK/both.pem"
    capture_start opaque-closed-tls-curl client 320
    local each
    for each in 1 2 3; do run client curl -sk --http1.1 -o /dev/null \
        "https://$SERVER:8443/a?n=$((each * 1000))"; done
    run client sh -c "echo | openssl s_client -tls1_2 -connect $SERVER:8443" >/dev/null 2>&1 || true
    capture_stop
    truth_by opaque-closed-tls-curl server.log open=opaque-closed <<END
HTTPS: curl three times, openssl s_client (TLS 1.2, no request) once, to a Go server. veth,
recorded at the client, -s 320.
Programs: curl, openssl; Go net/http
END
}

opaque_server_idle_timeout_tls_go() {
    net_up crBoi 1
    certificate
    go_server server.log :8443 -cert "$WORK/both.pem" -idle-timeout 1300ms
    capture_start opaque-server-idle-timeout-tls-go client 320
    go_client client.log -urls "https://$SERVER:8443/a" -workers 4 -stagger 350ms -own-pool -hold \
        60s
    sleep 5
    capture_stop
    truth_by opaque-server-idle-timeout-tls-go server.log \
        "open=server-idle-timeout|opaque-closed/server" <<END
HTTPS from a Go client to a Go server with IdleTimeout 1.3 s, 4 connections 0.35 s apart:
opaque, but their gaps cluster (spec 02 lets an idle cluster give server-idle-timeout). Link of
1 ms each way, recorded at the client, -s 320.
Programs: Go net/http; Go net/http
END
}

opaque_idle_timeouts_tls_python() {
    net_up crBoa 1
    certificate
    start server server.log "$PYTHON" "$PROGRAMS/tls-ends.py" server 8443 "$WORK/both.pem" 1.1
    start server other.log "$PYTHON" "$PROGRAMS/tls-ends.py" server 8444 "$WORK/both.pem" 0
    await_port server 8443
    await_port server 8444
    capture_start opaque-idle-timeouts-tls-python client 320
    run client "$PYTHON" "$PROGRAMS/tls-ends.py" client "$SERVER" 8443 4 0 >"$WORK/first.log"
    run client "$PYTHON" "$PROGRAMS/tls-ends.py" client "$SERVER" 8444 4 1.6 >"$WORK/second.log"
    capture_stop
    sed 's/timer$/server-timer/' "$WORK/server.log" >"$WORK/timers.log"
    sed 's/timer$/client-timer/' "$WORK/second.log" >>"$WORK/timers.log"
    truth_by opaque-idle-timeouts-tls-python timers.log \
        "server-timer=server-idle-timeout|opaque-closed/client" \
        "client-timer=client-idle-timeout|opaque-closed/server" <<END
HTTPS between Python programs: the idle timer of one side, 1.1 s the server's on four connections
and 1.6 s the client's on four more, sends close_notify and waits for the other side's end, whose
FIN is the first. Link of 1 ms each way, recorded at the client, -s 320. Truth: the timers' own logs.
Programs: Python ssl; Python ssl
END
}

opaque_closed_http2_nginx() {
    net_up crBoh
    nginx_at server nginx.log "" 'server { listen 8080 http2; location / { return 200 "fine\n"; } }'
    capture_start opaque-closed-http2-nginx client
    local each
    for each in 1 2 3 4; do run client curl -s --http2-prior-knowledge -o /dev/null \
        "http://$SERVER:8080/$each"; done
    talk server banner.log server 8025 "send:220 mail.test ready\r\n" some "send:250 fine\r\n" \
        some "send:221 bye\r\n" close
    await_port server 8025
    talk client mail.log client "$SERVER" 8025 some "send:HELO s\r\n" some wait:0.2 \
        "send:QUIT\r\n" some say:mail all close
    finish 5
    capture_stop
    truth_all opaque-closed-http2-nginx opaque-closed <<END
HTTP/2 without TLS: curl with prior knowledge and nginx, four times; and one SMTP session (the
server speaks first) between raw Python programs. veth, recorded at the client.
Programs: curl; nginx
END
}

half_close_python() {
    net_up crBhc 1
    go_server server.log :8080
    nginx_at server nginx.log "" 'server { listen 8081; location / { return 200 "fine\n"; } }'
    capture_start half-close-python client
    talk client go.log client "$SERVER" 8080 --times 3 --every 0.2 \
        "send:GET /slow?ms=400 HTTP/1.1\r\nHost: s\r\n\r\n" shut message say:half all close
    talk client nginx.log client "$SERVER" 8081 --times 2 --every 0.2 ask:/a wait:0.2 \
        "send:$REQUEST" shut message say:half all close
    finish 10
    sleep 1
    capture_stop
    cat "$WORK/go.log" <(grep -v '^20' "$WORK/nginx.log") >"$WORK/client.log"
    truth_by half-close-python client.log half=half-close/client <<END
Raw Python clients end their sending side after a request and read on (shutdown SHUT_WR); Go
(answers after 0.4 s) and nginx answer in full. Link of 1 ms each way, recorded at the client.
Programs: Python sockets; Go net/http, nginx
END
}

# Silence is evidence only while the capture goes on: a connection to a port that nobody serves.
still_there() {
    run client bash -c "exec 3<>/dev/tcp/$SERVER/9" 2>/dev/null || true
}

close_wait_leak_python() {
    net_up crBcw
    go_server server.log :8080 -idle-timeout 1s
    capture_start close-wait-leak-python client
    talk client client.log client "$SERVER" 8080 --times 4 --every 0.5 ask:/a say:forgotten hold
    sleep 70
    still_there
    capture_stop
    truth_by close-wait-leak-python client.log forgotten=close-wait-leak/server \
        '*=connect-refused/server' <<END
A Go server closes 4 idle connections after 1 s; the raw Python client never closes its side
(CLOSE_WAIT) within the 70 s of the capture, whose end a refused connection marks. veth,
recorded at the client.
Programs: Python sockets; Go net/http
Programs (connect-refused): bash; none
END
}

close_wait_leak_server_python() {
    net_up crBcx
    talk server server.log server 8080 message \
        "send:HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" hold
    await_port server 8080
    capture_start close-wait-leak-server-python server
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.4 ask:/a wait:0.3 say:left \
        close
    sleep 9
    still_there
    capture_stop
    truth_by close-wait-leak-server-python client.log left=close-wait-leak/client \
        '*=connect-refused/server' <<END
Raw Python clients close 0.3 s after the response, the raw Python server never closes; the
capture ends 8 s later, with a refused connection. veth, recorded at the server.
Programs: Python sockets; Python sockets
Programs (connect-refused): bash; none
END
}

close_wait_leak_half_close() {
    net_up crBch 1
    talk server server.log server 8080 message wait:0.3 \
        "send:HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" hold
    go_server other.log :8081
    await_port server 8080
    capture_start close-wait-leak-half-close client
    talk client left.log client "$SERVER" 8080 --times 3 --every 0.4 "send:$REQUEST" shut message \
        say:left hold
    talk client half.log client "$SERVER" 8081 --times 2 --every 0.4 \
        "send:GET /slow?ms=400 HTTP/1.1\r\nHost: s\r\n\r\n" shut message say:half all close
    sleep 8
    still_there
    capture_stop
    cat "$WORK"/{left,half}.log >"$WORK/client.log"
    truth_by close-wait-leak-half-close client.log left=close-wait-leak/client \
        half=half-close/client '*=connect-refused/server' <<END
Raw Python clients end their sending side after a request and read on. A raw Python server answers
after 0.3 s in full and never closes its side; a Go server closes after its answer. A refused
connection marks the end. Link of 1 ms each way, recorded at the client.
Programs: Python sockets; Python sockets, Go net/http
Programs (connect-refused): bash; none
END
}

message_forms_go() {
    net_up crBmf 1
    go_server server.log :8080
    local url=http://$SERVER:8080
    capture_start message-forms-go client
    go_client head.log -urls "http://$SERVER:8080/a?n=5000" -method HEAD -requests 2 -hold 60s
    go_client empty.log -urls \
        "$url/status?status=204,$url/status?status=304,$url/a" -requests 3 -hold 60s
    go_client chunked.log -urls \
        "http://$SERVER:8080/trailers?n=50,http://$SERVER:8080/stream?n=3&ms=10" -requests 4 -hold \
        60s
    go_client expect.log -urls "http://$SERVER:8080/a" -body 2000 -expect -requests 2 -hold 60s
    talk client pipeline.log client "$SERVER" 8080 \
        "send:${REQUEST}HEAD /a HTTP/1.1\r\nHost: s\r\n\r\n$REQUEST" message head message \
        say:stays hold
    talk client hints.log client "$SERVER" 8080 ask:/a \
        "send:${REQUEST}GET /slow?ms=200 HTTP/1.1\r\nHost: s\r\nConnection: close\r\n\r\n" message \
        message say:asked all close
    sleep 2.5
    capture_stop
    cat "$WORK"/{head,empty,chunked,expect,pipeline,hints}.log >"$WORK/client.log"
    truth_by message-forms-go client.log open=open/none stays=open/none \
        asked=client-asked-close/server <<END
Messages of every form, all to one Go server: HEAD, 204 and 304, chunked with trailers and in
parts, Expect: 100-continue with 100, three requests in one segment (pipelining), and two of
them of which the last says Connection: close. Link of 1 ms each way, recorded at the client.
Programs: Go net/http, Python sockets; Go net/http
END
}

expect_refused_go() {
    net_up crBex
    go_server server.log :8080
    capture_start expect-refused-go client
    go_client client.log -urls "http://$SERVER:8080/early?status=401" -body 400000 -expect \
        -requests 3 -hold 60s
    sleep 2
    capture_stop
    truth_by expect-refused-go client.log "open=server-error-close|server-said-close" <<END
Go client with Expect: 100-continue, Go handler that answers 401 at once: the body is never sent
and not owed; the response says Connection: close. veth, recorded at the client.
Programs: Go net/http; Go net/http
END
}

build go-many-server
build go-pool-client
choose unused_connection_checks unused_connection_server_closes tunnel_closed_websocket \
    opaque_idle_timeouts_tls_python tunnel_closed_connect opaque_closed_tls_curl opaque_server_idle_timeout_tls_go \
    opaque_closed_http2_nginx half_close_python close_wait_leak_python \
        close_wait_leak_server_python close_wait_leak_half_close \
    message_forms_go expect_refused_go -- "$@"
