#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Proxies as clients and as servers, and what else keeps connections: Varnish, HAProxy, nginx'
# upstream, undici, Tornado: proxies.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$HERE/sets.sh"
. "$HERE/other.sh"
build gohttp
build go-many-server

# idle_clients PORT: seven raw clients, 0.37 s apart, that wait for the end.
idle_clients() {
    talk client client.log client "$SERVER" "$1" --times 7 --every 0.37 ask:/a say:idle all close
    finish 25
    capture_stop
}

server_idle_timeout_varnish() {
    net_up crGiv 1
    go_server server.log 127.0.0.1:8081
    mkdir -p "$WORK/varnish"
    chmod 777 "$WORK" "$WORK/varnish"
    start server varnish.log varnishd -F -a :8080 -b 127.0.0.1:8081 -n "$WORK/varnish" -s malloc,8m \
        -p timeout_idle=2.5 -j none
    await_port server 8080
    capture_start server-idle-timeout-varnish client
    idle_clients 8080
    truth_by server-idle-timeout-varnish client.log idle=server-idle-timeout/server <<END
Varnish 7.1 with timeout_idle 2.5 s before a Go server; raw Python clients, seven connections 0.37 s
apart. Link of 1 ms each way, recorded at the client. Truth: the raw clients' log.
Programs: Python sockets; Varnish
END
}

server_idle_timeout_haproxy() {
    net_up crGih
    go_server server.log 127.0.0.1:8081
    haproxy_at "    timeout http-keep-alive 1700ms" ""
    capture_start server-idle-timeout-haproxy server
    idle_clients 8080
    truth_by server-idle-timeout-haproxy client.log idle=server-idle-timeout/server <<END
HAProxy 2.6 with timeout http-keep-alive 1700ms before a Go server; raw Python clients, seven
connections 0.37 s apart. veth, recorded at the server. Truth: the raw clients' log.
Programs: Python sockets; HAProxy
END
}

server_idle_timeout_tornado() {
    net_lo crGit
    start server server.log "$PYTHON" -c '
import asyncio, tornado.web
class Hello(tornado.web.RequestHandler):
    def get(self): self.write("hello")
async def main():
    tornado.web.Application([("/.*", Hello)]).listen(8080, idle_connection_timeout=1.3)
    await asyncio.Event().wait()
asyncio.run(main())'
    await_port server 8080
    capture_start server-idle-timeout-tornado client
    idle_clients 8080
    truth_by server-idle-timeout-tornado client.log idle=server-idle-timeout/server <<END
Tornado 6.2 with idle_connection_timeout 1.3 s; raw Python clients, seven connections 0.37 s apart.
Loopback. Truth: the raw clients' log.
Programs: Python sockets; Tornado
END
}

client_idle_timeout_nginx_upstream() {
    net_up crGcn
    go_server server.log :8080
    nginx_at client nginx.log "" "upstream back { server $SERVER:8080; keepalive 8;
        keepalive_timeout 1500ms; }
        server { listen 127.0.0.1:8000; location / { proxy_pass http://back; proxy_http_version 1.1;
        proxy_set_header Connection \"\"; } }"
    capture_start client-idle-timeout-nginx-upstream client
    talk client down.log client 127.0.0.1 8000 --times 6 --every 0.43 "ask:/a?ms=2000" hold
    sleep 6
    capture_stop
    truth_by client-idle-timeout-nginx-upstream server.log client-closed=client-idle-timeout/client <<END
nginx as a proxy with keepalive_timeout 1500ms in its upstream; six requests 0.43 s apart that take
2 s. Go server, whose log tells what nginx closed. Only the upstream side, veth, recorded at the
proxy.
Programs: nginx; Go net/http
END
}

client_idle_timeout_varnish_backend() {
    net_up crGcv 1
    go_server server.log :8080
    mkdir -p "$WORK/varnish"
    chmod 777 "$WORK" "$WORK/varnish"
    start client varnish.log varnishd -F -a 127.0.0.1:8000 -b "$SERVER:8080" -n "$WORK/varnish" \
        -s malloc,8m -t 0 -p backend_idle_timeout=2 -j none
    await_port client 8000
    capture_start client-idle-timeout-varnish-backend server
    talk client down.log client 127.0.0.1 8000 --times 6 --every 0.43 "ask:/a?ms=2000" hold
    sleep 7
    capture_stop
    truth_by client-idle-timeout-varnish-backend server.log client-closed=client-idle-timeout/client \
        <<END
Varnish 7.1 with backend_idle_timeout 2 s; six requests 0.43 s apart that take 2 s. Go server, whose
log tells what Varnish closed. Only the backend's side, link of 1 ms each way, recorded at the server.
Programs: Varnish; Go net/http
END
}

client_idle_timeout_undici() {
    net_lo crGcu
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-idle-timeout-undici client
    start client client.log env NODE_PATH=/usr/share/nodejs node -e '
        const { Agent, request } = require("undici");
        const agent = new Agent({ keepAliveTimeout: 1600, connections: 4 });
        const ask = async () => (await request(process.argv[1], { dispatcher: agent })).body.text();
        for (const late of [0, 500, 900, 3100, 3600]) setTimeout(ask, late);
        setTimeout(() => {}, 60000);' "http://127.0.0.1:8080/late/200"
    sleep 8
    capture_stop
    truth_by client-idle-timeout-undici server.log open=open/none \
        peer-closed=client-idle-timeout/client <<END
undici 5.15 with keepAliveTimeout 1600 ms and up to four connections: five calls that are answered
after 0.2 s. Go server, whose log tells what the client closed. Loopback.
Programs: undici; Go net/http
END
}

truncated_response_haproxy() {
    net_up crGta 1
    talk server server.log server 8081 message \
        "send:HTTP/1.1 200 OK\r\nContent-Length: 4000\r\n\r\n" fill:1500 close
    await_port server 8081
    haproxy_at "" ""
    capture_start truncated-response-haproxy client
    talk client client.log client "$SERVER" 8080 --times 4 --every 0.25 \
        "send:GET /short HTTP/1.1\r\nHost: s\r\n\r\n" say:short all close
    finish 10
    capture_stop
    truth_by truncated-response-haproxy client.log short=truncated-response/server <<END
HAProxy 2.6 before a server that breaks off within its response (1,500 of 4,000 bytes): it passes on
what it has and closes. Raw Python clients, link of 1 ms each way, recorded at the client, between
clients and HAProxy. Truth: the raw programs.
Programs: Python sockets; HAProxy
END
}

choose server_idle_timeout_varnish server_idle_timeout_haproxy server_idle_timeout_tornado \
    client_idle_timeout_nginx_upstream client_idle_timeout_varnish_backend \
    client_idle_timeout_undici truncated_response_haproxy -- "$@"
