#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Further clients that make the same causes: libcurl, LWP, OkHttp, PHP, Ruby, Node, wget, socat:
# clients.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$HERE/sets.sh"
. "$HERE/nginx.sh"
build gohttp
build go-many-server
build JavaGet
export CLASSPATH=/usr/share/java/okhttp.jar:/usr/share/java/okio.jar
build OkPool

five_ports() { # URLs of five servers
    local port
    for port in 8081 8082 8083 8084 8085; do echo "http://$SERVER:$port/a?n=40"; done
}

pool_limit_total_3_libcurl() {
    net_up crDtc 1
    go_server server.log :8081,:8082,:8083,:8084,:8085
    capture_start pool-limit-total-3-libcurl client
    start client client.log "$PYTHON" "$PROGRAMS/curl-handle.py" --connects 3 --count 17 --pause \
        0.05,0.11 --stay 60 $(five_ports)
    sleep 5
    capture_stop
    truth_by pool-limit-total-3-libcurl client.log closed=client-pool-limit-total/client \
        open=open/none <<END
libcurl 7.88 (pycurl) with MAXCONNECTS 3, five servers (ports) in turn through one handle: the
connection that is idle longest is closed for a fourth. Go server. Link of 1 ms each way, recorded
at the client. Truth: libcurl's callbacks.
Programs: libcurl; Go net/http
END
}

pool_limit_total_4_lwp() {
    net_up crDtl
    go_server server.log :8081,:8082,:8083,:8084,:8085
    capture_start pool-limit-total-4-lwp server
    start client client.log perl "$PROGRAMS/lwp.pl" 4 16 0.07 $(five_ports)
    sleep 4
    capture_stop
    truth_by pool-limit-total-4-lwp server.log client-closed=client-pool-limit-total/client \
        open=open/none <<END
Perl's LWP::UserAgent with keep_alive 4 (LWP::ConnCache), five servers (ports) in turn: the oldest
connection is dropped for a fifth. Go server, whose log tells what the client closed. veth, recorded
at the server.
Programs: LWP; Go net/http
END
}

pool_limit_total_3_okhttp() {
    net_up crDto 1
    go_server server.log :8080
    capture_start pool-limit-total-3-okhttp client
    start client client.log java -cp "$BUILD_CACHE:$CLASSPATH" OkPool 3 300000 8 3 60 \
        "http://$SERVER:8080/a?n=40&ms=30&spread=40"
    sleep 5
    capture_stop
    truth_by pool-limit-total-3-okhttp server.log client-closed=client-pool-limit-total/client \
        open=open/none <<END
OkHttp 3.13 with a ConnectionPool of at most 3 idle connections, 8 threads: the one that is idle
longest is evicted. Go server, whose log tells what the client closed. Link of 1 ms each way,
recorded at the client.
Programs: OkHttp; Go net/http
END
}

client_idle_timeout_okhttp() {
    net_up crDio
    go_server server.log :8080
    capture_start client-idle-timeout-okhttp server
    start client client.log java -cp "$BUILD_CACHE:$CLASSPATH" OkPool 5 1700 1 4 2600 \
        "http://$SERVER:8080/a?n=40"
    sleep 13
    capture_stop
    truth_by client-idle-timeout-okhttp server.log client-closed=client-idle-timeout/client \
        open=open/none <<END
OkHttp 3.13 with a keep-alive duration of 1.7 s, four calls 2.6 s apart. Go server, whose log tells
what the client closed. veth, recorded at the server.
Programs: OkHttp; Go net/http
END
}

pool_limit_3_node() {
    net_up crDpn 1
    go_server server.log :8080
    capture_start pool-limit-3-node client
    start client client.log node -e '
        const http = require("http");
        const agent = new http.Agent({keepAlive: true, maxFreeSockets: 3});
        async function work(worker) {
            for (let i = 0; i < 3; i++) {
                await new Promise((done) => setTimeout(done, 10 * worker));
                await new Promise((done) => http.get({host: process.argv[1], port: 8080, agent,
                    path: "/a?n=40&ms=30&spread=40"}, (r) => { r.resume(); r.on("end", done); }));
            }
        }
        for (let i = 0; i < 7; i++) work(i);
        setTimeout(() => {}, 60000);' "$SERVER"
    sleep 3
    capture_stop
    truth_by pool-limit-3-node server.log client-closed=client-pool-limit/client open=open/none <<END
Node 20 http.Agent with keepAlive and maxFreeSockets 3, seven concurrent workers: a socket that finds
three free ones is destroyed. Go server, whose log tells what the client closed. Link of 1 ms each
way, recorded at the client.
Programs: Node http.Agent; Go net/http
END
}

client_max_age_libcurl() {
    net_up crDmc 1
    go_server server.log :8080
    capture_start client-max-age-libcurl client
    start client client.log "$PYTHON" "$PROGRAMS/curl-handle.py" --lifetime 1 --count 110 --pause \
        0.04,0.13,0.07,0.1,0.05 --stay 60 "http://$SERVER:8080/a?n=40"
    sleep 11
    capture_stop
    truth_by client-max-age-libcurl client.log closed=client-max-age/client open=open/none <<END
libcurl 7.88 (pycurl) with MAXLIFETIME_CONN 1, calls 0.04 to 0.13 s apart: a connection older than
that (in whole seconds: 2 s) is closed when the next call would use it, which opens another one. Go
server. Link of 1 ms each way, recorded at the client. Truth: libcurl's callbacks.
Programs: libcurl; Go net/http
END
}

client_asked_close_php_lwp() {
    net_up crDac
    nginx_start 'keepalive_timeout 60s;'
    capture_start client-asked-close-php-lwp client
    run client php -r 'for ($i = 0; $i < 4; $i++) file_get_contents("http://'"$SERVER"':8080/");'
    start client lwp.log perl "$PROGRAMS/lwp.pl" 0 4 0.1 "http://$SERVER:8080/"
    sleep 2
    capture_stop
    truth_all client-asked-close-php-lwp "client-asked-close" <<END
PHP's file_get_contents (Connection: close) and LWP without a cache (Connection: TE, close), four
times each; nginx would have kept the connections. veth, recorded at the client. Truth: what the
programs send by themselves.
Programs: PHP streams, LWP; nginx
END
}

connect_refused_programs() {
    net_up crDcr 1
    capture_start connect-refused-programs client
    run client curl -s --retry 2 --retry-connrefused --retry-delay 1 "http://$SERVER:8089/" || true
    run client wget -q -O /dev/null --tries 1 "http://$SERVER:8089/" || true
    run client node -e 'require("http").get("http://'"$SERVER"':8089/").on("error", () => {})'
    run client ruby -r net/http -e "Net::HTTP.get(URI('http://$SERVER:8089/')) rescue 0"
    start client java.log java -cp "$BUILD_CACHE" JavaGet url drain 1 0 0 "http://$SERVER:8089/"
    sleep 2
    capture_stop
    truth_all connect-refused-programs "connect-refused server" <<END
Connections to a port on which nothing listens: curl (which tries twice more), wget, Node, Ruby's
Net::HTTP, Java's HttpURLConnection. Link of 1 ms each way, recorded at the client. Truth: nothing
listens there.
Programs: curl, wget, Node http.Agent, Ruby Net::HTTP, Java HttpURLConnection; none
END
}

connect_timeout_programs() {
    net_up crDct
    nft_in "$server_space" "tcp dport 8089 drop"
    capture_start connect-timeout-programs client
    start client 1.log curl -s --connect-timeout 1.5 "http://$SERVER:8089/"
    sleep 0.3
    start client 2.log wget -q -O /dev/null --tries 2 --connect-timeout 2 "http://$SERVER:8089/"
    sleep 0.3
    start client 3.log ruby -r net/http -e "Net::HTTP.start('$SERVER', 8089, open_timeout: 4)"
    start client 4.log php -r '$c = curl_init("http://'"$SERVER"':8089/");
        curl_setopt($c, CURLOPT_CONNECTTIMEOUT_MS, 900); curl_exec($c);'
    sleep 9
    capture_stop
    truth_all connect-timeout-programs "connect-timeout network" <<END
A firewall drops every SYN: curl gives up after 1.5 s, wget after 2 s and tries once more, PHP
(libcurl) after 0.9 s, Ruby after 4 s. veth, recorded at the client. Truth: the firewall.
Programs: curl, wget, libcurl, Ruby Net::HTTP; none
END
}

half_close_socat() {
    net_up crDhs 1
    go_server server.log :8080
    capture_start half-close-socat client
    local each
    for each in 200 450; do
        printf 'GET /slow?ms=%d HTTP/1.1\r\nHost: s\r\n\r\n' "$each" >"$WORK/request"
        start client socat.log sh -c "socat -t 5 - TCP:$SERVER:8080 <$WORK/request"
        sleep 0.7
        start client nc.log sh -c "nc -N $SERVER 8080 <$WORK/request"
        run client ruby -r socket -e "s = TCPSocket.new('$SERVER', 8080)
            s.write(File.read('$WORK/request')); s.close_write; s.read"
    done
    capture_stop
    truth_all half-close-socat "half-close client" <<END
socat, netcat -N and a Ruby socket (close_write) end their sending side after the request, twice
each; a Go server answers after 0.2 and 0.45 s. Link of 1 ms each way, recorded at the client.
Truth: what the programs do at the end of their input.
Programs: socat, netcat, Ruby sockets; Go net/http
END
}

client_timeout_reading_response_node() {
    net_up crDrn 1
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start client-timeout-reading-response-node client
    local each
    for each in 1 2 3 4; do
        start client "$each.log" node "$PROGRAMS/nodeget.js" with=agent count=2 pause=150 \
            timeout=900 "http://$SERVER:8080/body/80" "http://$SERVER:8080/stall/2500/1400"
        sleep 0.4
    done
    sleep 3
    capture_stop
    cat "$WORK"/[1234].log >"$WORK/client.log"
    truth_by client-timeout-reading-response-node client.log \
        timeout=client-timeout-reading-response/client open=open/none <<END
Four Node 20 agents whose requests are destroyed after 0.9 s of silence; half of the answers stop in
the middle for 2.5 s. Go server. Link of 1 ms each way, recorded at the client. Truth: the client's
log.
Programs: Node http.Agent; Go net/http
END
}

unread_body_aiohttp() {
    net_up crDua 1
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start unread-body-aiohttp client
    start client client.log "$PYTHON" -c '
import asyncio, sys, aiohttp
async def main():
    async with aiohttp.ClientSession() as session:
        for i in range(10):
            response = await session.get(sys.argv[1 + i % 2])
            own = response.connection and response.connection.transport.get_extra_info("sockname")
            if own:
                print(*own[:2], "left-unread", flush=True)
            response.close()
            await asyncio.sleep(0.06)
        await asyncio.sleep(60)
asyncio.run(main())' "http://$SERVER:8080/body/0" "http://$SERVER:8080/drip/30/9"
    sleep 3
    capture_stop
    cat "$WORK"/{server,client}.log >"$WORK/all.log"
    truth_by unread-body-aiohttp all.log left-unread=unread-body/client open=open/none <<END
aiohttp: every other answer (nine chunks, 30 ms apart) is closed unread by response.close(), the
others are empty and reused. Go server. Link of 1 ms each way, recorded at the client. Truth: both logs.
Programs: aiohttp; Go net/http
END
}

leaked_connection_ruby() {
    net_lo crDlr
    nginx_start 'keepalive_timeout 600s;'
    capture_start leaked-connection-ruby client
    start client client.log ruby -r net/http -e '
        kept = []
        8.times do
          http = Net::HTTP.start(ARGV[0], 8080)
          http.get("/")
          kept << http
          sleep 0.2
        end
        sleep 60' "$SERVER"
    sleep 5
    capture_stop
    truth_all leaked-connection-ruby "leaked-connection" <<END
Ruby's Net::HTTP.start for each call, without finish: eight connections with one request each stay
open. nginx. Loopback. Truth: the client's program.
Programs: Ruby Net::HTTP; nginx
END
}

choose pool_limit_total_3_libcurl pool_limit_total_4_lwp pool_limit_total_3_okhttp \
    client_idle_timeout_okhttp pool_limit_3_node client_max_age_libcurl client_asked_close_php_lwp \
    connect_refused_programs connect_timeout_programs half_close_socat \
    client_timeout_reading_response_node unread_body_aiohttp leaked_connection_ruby -- "$@"
