#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Further programs with tunnels, TLS and messages that can't be read: forms.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$HERE/sets.sh"
. "$HERE/other.sh"
build go-many-server
build go-pool-client

certificate() { # makes $WORK/cert.pem and $WORK/key.pem
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test -keyout "$WORK/key.pem" -out \
        "$WORK/cert.pem" 2>/dev/null
}

tunnel_closed_squid() {
    net_up crFtq 1
    go_server server.log 127.0.0.1:8081
    squid_at "http_port 3128
        acl tunnels method CONNECT"
    await_port server 3128
    capture_start tunnel-closed-squid client
    local each
    for each in 1 2 3; do
        run client curl -s -o /dev/null -p -x "http://$SERVER:3128" "http://127.0.0.1:8081/a?n=$each"
    done
    run client "$PYTHON" -c "
import http.client
for i in range(2):
    c = http.client.HTTPConnection('$SERVER', 3128)
    c.set_tunnel('127.0.0.1', 8081)
    c.request('GET', '/a')
    c.getresponse().read()
    c.close()"
    capture_stop
    truth_all tunnel-closed-squid tunnel-closed <<END
curl (three times) and Python's http.client (twice) ask a Go server through Squid's CONNECT. Link of
1 ms each way, recorded at the client, between clients and proxy. Truth: what the clients do.
Programs: curl, Python http.client; Squid
END
}

tunnel_closed_websockets() {
    net_up crFtw
    start server server.log "$PYTHON" -c '
import asyncio, websockets
async def echo(socket, path=None):
    print(*socket.remote_address[:2], "open", flush=True)
    async for message in socket:
        await socket.send(message)
async def main():
    async with websockets.serve(echo, "0.0.0.0", 8080):
        await asyncio.Future()
asyncio.run(main())'
    await_port server 8080
    capture_start tunnel-closed-websockets client
    run client "$PYTHON" -c "
import asyncio, aiohttp, websockets
async def main():
    for i in range(2):
        async with websockets.connect('ws://$SERVER:8080/chat') as socket:
            await socket.send('hello')
            await socket.recv()
            await asyncio.sleep(0.1)
    async with aiohttp.ClientSession() as session:
        for i in range(2):
            async with session.ws_connect('http://$SERVER:8080/chat') as socket:
                await socket.send_str('hello')
                await socket.receive()
asyncio.run(main())"
    sleep 1
    capture_stop
    truth_by tunnel-closed-websockets server.log open=tunnel-closed <<END
WebSocket sessions of Python's websockets and of aiohttp, two each, with a server of websockets. veth,
recorded at the client. Truth: the server's log.
Programs: Python websockets, aiohttp; Python websockets
END
}

opaque_closed_tls_nginx() {
    net_up crFon 1
    certificate
    nginx_at server nginx.log "" "server { listen 8443 ssl; ssl_certificate $WORK/cert.pem;
        ssl_certificate_key $WORK/key.pem; location / { return 200 \"fine\n\"; } }"
    capture_start opaque-closed-tls-nginx client 320
    local each
    for each in 1 2; do
        run client "$PYTHON" -W ignore -c "import requests
requests.get('https://$SERVER:8443/', verify=False)"
        run client env NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1 node -e '
            require("https").get("https://'"$SERVER"':8443/", {agent: false}, (r) => r.resume());'
        run client wget -q -O /dev/null --no-check-certificate "https://$SERVER:8443/"
        run client ruby -r net/http -e "h = Net::HTTP.new('$SERVER', 8443)
            h.use_ssl = true; h.verify_mode = 0; h.start { |s| s.get('/') }"
    done
    capture_stop
    truth_all opaque-closed-tls-nginx opaque-closed <<END
HTTPS: Python requests, Node without an agent, wget and Ruby's Net::HTTP ask nginx twice each. Link
of 1 ms each way, recorded at the client, -s 320.
Programs: Python requests, Node https, wget, Ruby Net::HTTP; nginx
END
}

protocol_error_to_clients() {
    net_up crFpc 1
    local answer="HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    talk server garbage.log server 8081 message "send:$answer" message \
        "send:<html>no head at all</html>\r\n\r\n" all
    talk server chunks.log server 8082 message "send:$answer" message \
        "send:HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nrubbish\r\n" all
    await_port server 8081
    await_port server 8082
    capture_start protocol-error-to-clients client
    local port
    for port in 8081 8082; do
        run client curl -s -o /dev/null -o /dev/null "http://$SERVER:$port/a" \
            "http://$SERVER:$port/b" || true
        run client "$PYTHON" -c "import requests
s = requests.Session()
for path in 'ab':
    try: s.get('http://$SERVER:$port/' + path)
    except requests.RequestException: pass"
        start client "node$port.log" node -e '
            const http = require("http"), agent = new http.Agent({keepAlive: true});
            const ask = (path, then) => http.get({host: process.argv[1], port: process.argv[2], path,
                agent}, (r) => { r.resume(); r.on("error", () => {}); r.on("end", then); })
                .on("error", () => {});
            ask("/a", () => setTimeout(() => ask("/b", () => {}), 50));' "$SERVER" "$port"
        sleep 1
    done
    capture_stop
    cat "$WORK"/{garbage,chunks}.log >"$WORK/all.log"
    truth_by protocol-error-to-clients all.log open=protocol-error/client <<END
Raw Python servers answer the second request of each connection by something that is no head, or by
a bad chunk size: curl, Python requests and Node http.Agent close at once. Link of 1 ms each way,
recorded at the client. Truth: the servers' program, which ends nothing.
Programs: curl, Python requests, Node http.Agent; Python sockets
END
}

protocol_error_to_servers() {
    net_up crFps
    haproxy_at "" ""
    start server node.log node -e '
        require("http").createServer((q, r) => r.end("hello")).listen(8082)'
    await_port server 8082
    start server app.log uvicorn --app-dir "$PROGRAMS" --host 0.0.0.0 --port 8083 --no-access-log \
        app:asgi
    await_port server 8083
    capture_start protocol-error-to-servers server
    local port
    for port in 8080 8082 8083; do
        talk client "$port.log" client "$SERVER" "$port" --times 2 --every 0.2 \
            "send:GET / HTTP/1.1\r\nHost s\r\nno colon here\r\n\r\n" say:bad all close
    done
    sleep 2
    capture_stop
    cat "$WORK"/808[023].log >"$WORK/client.log"
    truth_by protocol-error-to-servers client.log bad=protocol-error/server <<END
Heads with lines that have no colon, two each to HAProxy 2.6, a Node 20 server and uvicorn 0.17: 400
and close. Raw Python clients, veth, recorded at the server. Truth: the raw clients' log.
Programs: Python sockets; HAProxy, Node, uvicorn
END
}

choose tunnel_closed_squid tunnel_closed_websockets opaque_closed_tls_nginx protocol_error_to_clients \
    protocol_error_to_servers -- "$@"
