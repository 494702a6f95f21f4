#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records the samples about early, short and refused answers and about announced closes:
# bodies.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

REQUEST="GET /a HTTP/1.1\r\nHost: s\r\n\r\n"

early_response_nginx_413() {
    net_up crBen 1
    nginx_at server nginx.log "" \
        "client_body_temp_path $WORK;
            server { listen 8080; client_max_body_size 10k; location / { return 200 fine; } }"
    capture_start early-response-nginx-413 client 300
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.3 ask:/a \
        "send:POST /upload HTTP/1.1\r\nHost: s\r\nContent-Length: 60000\r\n\r\n" fill:8000 message \
            say:told all close
    await_end "$started" 20
    capture_stop
    truth_by early-response-nginx-413 client.log told=early-response/server <<END
nginx with client_max_body_size 10k answers an upload of 60,000 bytes by 413 before its end; raw
clients that stop sending when they have the answer. nginx lingers before its FIN. Link of 1 ms
each way, recorded at the client, -s 300.
Programs: Python sockets; nginx
END
}

early_response_go() {
    net_up crBeg 1
    go_server server.log :8080
    capture_start early-response-go client 300
    go_client client.log -urls "http://$SERVER:8080/early?status=413" -body 300000 -workers 1 \
        -requests 1 -hold 60s
    sleep 3
    capture_stop
    truth_by early-response-go server.log early=early-response/server <<END
Go handler that answers 413 without reading a body of 300,000 bytes; Go client in the middle of
sending it. The server stops reading (Connection: close), sends FIN and 500 ms later RST. Link
of 1 ms each way, recorded at the client, -s 300.
Programs: Go net/http; Go net/http
END
}

early_response_go_401() {
    net_up crBe4
    go_server server.log :8080
    capture_start early-response-go-401 server 300
    talk client client.log client "$SERVER" 8080 --times 2 --every 0.2 \
        "send:PUT /early?status=401 HTTP/1.1\r\nHost: s\r\nContent-Length: 900000\r\n\r\n" \
            fill:3000 message say:told all close
    await_end "$started" 10
    capture_stop
    truth_by early-response-go-401 client.log told=early-response/server <<END
Go handler that answers 401 after the head of a PUT of 900,000 bytes; raw clients that stop
after 3,000 and wait. veth, recorded at the server.
Programs: Python sockets; Go net/http
END
}

truncated_response_go() {
    net_up crBtg 1
    go_server server.log :8080
    local url=http://$SERVER:8080
    capture_start truncated-response-go client 700
    go_client client.log -urls \
        "$url/a,$url/short?n=900,$url/chunk-cut?n=300" \
        -workers 3 -requests 6 -stagger 100ms -think 100ms -own-pool -hold 60s
    sleep 3
    capture_stop
    truth_by truncated-response-go server.log truncated=truncated-response/server open=open/none \
        <<END
Go server whose handlers write half of the length that they announce, or leave a chunked body
without its end: the connection is closed within the response. Link of 1 ms each way, recorded
at the client, -s 700. Truth: the server's log.
Programs: Go net/http; Go net/http
END
}

truncated_response_rst_python() {
    net_lo crBtr
    talk server server.log server 8080 head "send:HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" \
        fill:2000 wait:0.05..0.6 say:gave-up rst
    await_port server 8080
    capture_start truncated-response-rst-python client 400
    talk client client.log client "$SERVER" 8080 --times 4 --every 0.3 "send:$REQUEST" say:asked \
        message close
    await_end "$started" 10
    capture_stop
    truth_by truncated-response-rst-python client.log \
        "asked=truncated-response|server-aborted/server" <<END
A Python server sends 2,000 of 5,000 bytes and after 0.05 to 0.6 s an RST (spec 02: RST in the
middle is server-aborted too). Loopback.
Programs: Python sockets; Python sockets
END
}

server_error_close_go() {
    net_up crBse 1
    go_server server.log :8080
    local fine=http://$SERVER:8080/a error=http://$SERVER:8080/error?status=503
    capture_start server-error-close-go client
    go_client client.log -urls "$fine,$fine,$error,$fine,$error,$fine,$fine,$fine,$error" \
        -workers 4 -requests 7 -stagger 60ms -think 50ms -own-pool -hold 60s
    sleep 3
    capture_stop
    truth_by server-error-close-go server.log error-close=server-error-close/server open=open/none \
        unused=unused-connection/client <<END
Go server that says Connection: close only on its errors (503), Go clients that ask on. Link of
1 ms each way, recorded at the client. Truth: the server's log.
Programs: Go net/http; Go net/http
END
}

server_error_close_nginx() {
    net_up crBsx
    nginx_at server nginx.log "" \
        'server { listen 8080; location / { return 200 "fine\n"; } location /bad { return 400; }
            location /worse { return 502; } location /long { return 414; } }'
    capture_start server-error-close-nginx server
    talk client bad.log client "$SERVER" 8080 --times 3 --every 0.1 ask:/a wait:0.1..0.3 ask:/a \
        ask:/bad say:refused all close
    talk client long.log client "$SERVER" 8080 --times 2 --every 0.1 ask:/a wait:0.1..0.3 \
        ask:/long say:refused all close
    talk client fine.log client "$SERVER" 8080 --times 3 --every 0.1 ask:/a wait:0.2 ask:/worse \
        ask:/a say:stays hold
    sleep 2
    capture_stop
    cat "$WORK"/{bad,long,fine}.log >"$WORK/client.log"
    truth_by server-error-close-nginx client.log refused=server-error-close/server stays=open/none \
        <<END
nginx closes after the errors that it takes for the client's (400, 414: Connection: close) and
keeps the connection after others (502). veth, recorded at the server. Truth: the raw clients'
log.
Programs: Python sockets; nginx
END
}

client_asked_close_go() {
    net_up crBac
    go_server server.log :8080
    capture_start client-asked-close-go client
    go_client client.log -urls "http://$SERVER:8080/a" -workers 3 -requests 3 -think 100ms \
        -no-keepalive -hold 60s
    sleep 2
    capture_stop
    truth_by client-asked-close-go client.log open=client-asked-close <<END
Go client with DisableKeepAlives: every request says Connection: close. veth, recorded at the
client.
Programs: Go net/http; Go net/http
END
}

server_said_close_go_disabled() {
    net_up crBsc 1
    go_server server.log :8080 -no-keepalive
    capture_start server-said-close-go-disabled client
    go_client client.log -urls "http://$SERVER:8080/a" -workers 3 -requests 4 -think 100ms -hold 60s
    sleep 2
    capture_stop
    truth_by server-said-close-go-disabled server.log open=server-said-close <<END
Go server with SetKeepAlivesEnabled(false): every response says Connection: close, no request
does. Link of 1 ms each way, recorded at the client.
Programs: Go net/http; Go net/http
END
}

protocol_error_request() {
    net_up crBph
    go_server server.log :8080
    nginx_at server nginx.log "" 'server { listen 8081; location / { return 200 "fine\n"; } }'
    capture_start protocol-error-request client
    talk client go.log client "$SERVER" 8080 ask:/a \
        "send:GET /a HTTP/1.1\r\nHost: s\r\nBad Header\r\n\r\n" say:bad all close
    talk client nginx.log client "$SERVER" 8081 ask:/a "send:BLAH BLAH BLAH\r\n\r\n" say:bad all \
        close
    talk client length.log client "$SERVER" 8080 \
        "send:POST /a HTTP/1.1\r\nHost: s\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello" \
        say:bad all close
    sleep 1.5
    capture_stop
    cat "$WORK"/{go,nginx,length}.log | grep -v '^20' >"$WORK/client.log"
    truth_by protocol-error-request client.log "bad=protocol-error|server-error-close" <<END
Requests that can't be parsed: a header line without a colon and two different lengths (to Go),
a request line that is none (to nginx). The servers answer 400 and close. veth, recorded at the
client.
Programs: Python sockets; Go net/http, nginx
END
}

protocol_error_response() {
    net_up crBpr2
    talk server one.log server 8081 head "send:HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" \
        wait:0.4 \
        "send:HTTP/1.1 408 Request Timeout\r\nContent-Length: 3\r\n\r\nbye" all close
    talk server two.log server 8082 head "send:HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" \
        head "send:rubbish, not a response\r\n\r\n" all close
    talk server three.log server 8083 head \
        "send:HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n" all \
        close
    await_port server 8083
    capture_start protocol-error-response client
    go_client client.log -urls "http://$SERVER:8081/a,http://$SERVER:8082/a,http://$SERVER:8083/a" \
        -workers 3 -requests 4 -pause 700ms -hold 60s
    sleep 4
    capture_stop
    truth_by protocol-error-response client.log open=protocol-error/client <<END
Raw Python servers: one sends a 408 that nobody asked for on the idle connection, one answers
its second request by rubbish, one has a bad chunk size. The Go client closes each time. veth,
recorded at the client.
Programs: Go net/http; Python sockets
END
}

build go-many-server
build go-pool-client
choose early_response_nginx_413 early_response_go early_response_go_401 truncated_response_go \
    truncated_response_rst_python server_error_close_go server_error_close_nginx \
        client_asked_close_go \
    server_said_close_go_disabled protocol_error_request protocol_error_response -- "$@"
