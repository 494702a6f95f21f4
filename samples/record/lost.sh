#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# What the network does to further programs: probes and data without an answer, a router that
# forgets, ends that are never closed: lost.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$HERE/sets.sh"
. "$HERE/nginx.sh"
build gohttp
build go-many-server
build go-pool-client
build JavaGet

# cut_off SIDE RULE: from now on that side gets nothing that the rule names.
cut_off() {
    case $1 in
    client) nft_in "$client_space" "$2 drop" ;;
    server) nft_in "$server_space" "$2 drop" ;;
    esac
}

tcp_keepalive_failed_node() {
    net_up crEkn 1
    go_server server.log :8080 -tcp-keepalive 0
    capture_start tcp-keepalive-failed-node client
    start client client.log node -e '
        const http = require("http");
        for (let i = 0; i < 3; i++) setTimeout(() => {
            const agent = new http.Agent({keepAlive: true, keepAliveMsecs: 1000});
            const q = http.get({host: process.argv[1], port: 8080, path: "/a", agent}, (r) => {
                console.log(q.socket.localAddress, q.socket.localPort, "open");
                r.resume();
            });
            q.on("error", () => {});
        }, 400 * i);
        setTimeout(() => {}, 60000);' "$SERVER"
    sleep 2.2
    cut_off server "tcp dport 8080"
    sleep 15
    capture_stop
    truth_by tcp-keepalive-failed-node client.log open=tcp-keepalive-failed/client <<END
Idle connections of three Node 20 agents, which probe every second (10 times), while the server is
cut off by a firewall. Go server without probes. Link of 1 ms each way, recorded at the client.
Truth: the client's log and the firewall.
Programs: Node http.Agent; Go net/http
END
}

tcp_keepalive_failed_go_client() {
    net_up crEkg
    nginx_start 'keepalive_timeout 600s;'
    capture_start tcp-keepalive-failed-go-client client
    go_client client.log -urls "http://$SERVER:8080/" -workers 3 -stagger 500ms -own-pool \
        -tcp-keepalive 1s -idle-timeout 0 -hold 60s
    sleep 2.8
    cut_off server "tcp dport 8080"
    sleep 13
    capture_stop
    truth_by tcp-keepalive-failed-go-client client.log open=tcp-keepalive-failed \
        server-closed=tcp-keepalive-failed/client <<END
A Go client whose dialer probes every second (KeepAlive 1 s; 9 times, the kernel's default) while
nginx is cut off by a firewall. veth, recorded at the client. Truth: the client's log and the
firewall.
Programs: Go net/http; nginx
END
}

tcp_keepalive_failed_nginx() {
    net_up crEkx 1
    nginx_at server nginx.log "" 'server { listen 8080 so_keepalive=2s:1s:4; keepalive_timeout 600s;
        location / { return 200 "fine\n"; } }'
    capture_start tcp-keepalive-failed-nginx server
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.4 ask:/a say:idle hold
    sleep 2
    cut_off client "tcp sport 8080"
    sleep 9
    capture_stop
    truth_by tcp-keepalive-failed-nginx client.log idle=tcp-keepalive-failed/server <<END
nginx with so_keepalive=2s:1s:4 while its three clients are cut off by a firewall. Raw Python
clients, link of 1 ms each way, recorded at the server. Truth: nginx' setting and the firewall.
Programs: Python sockets; nginx
END
}

retransmission_timeout_nginx() {
    net_up crErx
    run server sh -c 'echo 5 >/proc/sys/net/ipv4/tcp_retries2'
    go_server server.log 127.0.0.1:8081
    nginx_at server nginx.log "" 'server { listen 8080; location / {
        proxy_pass http://127.0.0.1:8081; } }'
    capture_start retransmission-timeout-nginx server
    talk client client.log client "$SERVER" 8080 --times 3 --every 0.1 ask:/a \
        "send:GET /slow?ms=900 HTTP/1.1\r\nHost: s\r\n\r\n" say:asked hold
    sleep 0.7
    cut_off client "tcp sport 8080"
    sleep 16
    capture_stop
    truth_by retransmission-timeout-nginx client.log asked=retransmission-timeout/network <<END
The response of nginx (of a Go server behind it, 0.9 s late) gets lost, as the client was cut off
meanwhile: repeated with tcp_retries2 = 5. Raw Python clients, veth, recorded at the server. Truth:
the firewall.
Programs: Python sockets; nginx
END
}

retransmission_timeout_requests() {
    net_up crErr 1
    run client sh -c 'echo 5 >/proc/sys/net/ipv4/tcp_retries2'
    go_server server.log :8080 -tcp-keepalive 0
    capture_start retransmission-timeout-requests client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 2 --pause 1.2 \
        --timeout 60 "http://$SERVER:8080/a"
    start client second.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 2 --pause 1.3 \
        --timeout 60 "http://$SERVER:8080/a"
    start client third.log node -e '
        const http = require("http"), agent = new http.Agent({keepAlive: true});
        const ask = (then) => {
            const q = http.get({host: process.argv[1], port: 8080, path: "/a", agent}, (r) => {
                if (then) console.log(q.socket.localAddress, q.socket.localPort, "open");
                r.resume();
                r.on("end", then || (() => {}));
            });
            q.on("error", () => {});
        };
        ask(() => setTimeout(ask, 1300));
        setTimeout(() => {}, 60000);' "$SERVER"
    sleep 1
    cut_off server "tcp dport 8080"
    sleep 17
    capture_stop
    cat "$WORK"/{client,second,third}.log >"$WORK/all.log"
    truth_by retransmission-timeout-requests all.log open=retransmission-timeout/network <<END
The second request of two Python sessions and of a Node agent gets lost (the server was cut off
meanwhile by a firewall): repeated with tcp_retries2 = 5. Go server. Link of 1 ms each way, recorded
at the client. Truth: the clients' logs and the firewall.
Programs: Python requests, Node http.Agent; Go net/http
END
}

# forgets NAME ID VERDICT: a router forgets connections that are idle for 3 s.
forgets() {
    net_mid "$2"
    ip netns exec "$middle_space" sh -c 'cd /proc/sys/net/netfilter &&
        echo 0 >nf_conntrack_tcp_loose && echo 3 >nf_conntrack_tcp_timeout_established'
    nft_in "$middle_space" "ct state invalid $3"
}

middlebox_idle_drop_go_client() {
    forgets middlebox-idle-drop-go-client crEmg drop
    nginx_start 'keepalive_timeout 600s;'
    capture_start middlebox-idle-drop-go-client client
    go_client client.log -urls "http://$SERVER:8080/" -workers 3 -idle-per-host 3 -requests 2 \
        -pause 4500ms -tcp-keepalive -1s -timeout 5s -hold 60s
    sleep 12
    capture_stop
    truth_by middlebox-idle-drop-go-client client.log open=open/none \
        timeout-head=middlebox-idle-drop/network <<END
A router with connection tracking forgets connections that are idle for 3 s and drops their packets
then: three connections of a Go client without TCP keep-alive ask again after 4.5 s, until its
Timeout of 5 s. nginx. Recorded at the client. Truth: the router's setting and the client's log.
Programs: Go net/http; nginx
END
}

middlebox_idle_drop_node() {
    forgets middlebox-idle-drop-node crEmn "reject with tcp reset"
    start server server.log "$BUILD_CACHE/gohttp" serve
    await_port server 8080
    capture_start middlebox-idle-drop-node client
    start client client.log node -e '
        const http = require("http");
        const agent = new http.Agent({keepAlive: true});
        agent.on("free", (s) => s.setKeepAlive(false));
        const ask = () => {
            const q = http.get({host: process.argv[1], port: 8080, path: "/late/80", agent}, (r) => {
                const s = q.socket;
                if (!s.own) {
                    s.own = s.localAddress + " " + s.localPort;
                    console.log(s.own, "open");
                }
                r.resume();
            });
            q.on("error", (e) => q.reusedSocket && console.log(q.socket.own, "failed", e.code));
        };
        for (let i = 0; i < 3; i++) { setTimeout(ask, 10 * i); setTimeout(ask, 5000 + 150 * i); }
        setTimeout(() => {}, 60000);' "$SERVER"
    sleep 8
    capture_stop
    truth_by middlebox-idle-drop-node client.log open=open/none failed=middlebox-idle-drop/network \
        <<END
As middlebox-idle-drop-reset with a Node 20 agent: a router forgets connections that are idle for
3 s and answers their packets by RST; requests on three kept connections after 5 s. Go server.
Recorded at the client. Truth: the router's setting and the client's log (ECONNRESET).
Programs: Node http.Agent; Go net/http
END
}

close_wait_leak_requests() {
    net_up crEwr 1
    nginx_start 'keepalive_timeout 1s;'
    capture_start close-wait-leak-requests client
    local each
    for each in 1 2 3; do
        start client "$each.log" "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 1 \
            "http://$SERVER:8080/"
        sleep 0.4
    done
    sleep 9
    still_there
    capture_stop
    cat "$WORK"/[123].log >"$WORK/client.log"
    truth_by close-wait-leak-requests client.log open=close-wait-leak '*=connect-refused/server' <<END
nginx closes idle connections after 1 s; Python requests looks at the connections of its pool only
before the next call, which doesn't come: three programs stay in CLOSE_WAIT for the 8 s until the
end of the capture, which a refused connection marks. Link of 1 ms each way, recorded at the
client. Truth: the clients' log and nginx' setting.
Programs: Python requests; nginx
Programs (connect-refused): bash; none
END
}

close_wait_leak_ruby() {
    net_up crEwb
    start server server.log node "$PROGRAMS/nodeserve.js" 8080 keepAliveTimeout=500
    await_port server 8080
    capture_start close-wait-leak-ruby client
    start client client.log ruby -r net/http -e '
        kept = []
        3.times do
          http = Net::HTTP.start(ARGV[0], 8080)
          http.get("/body/60")
          kept << http
          sleep 0.4
        end
        sleep 60' "$SERVER"
    sleep 9.5
    still_there
    capture_stop
    truth_by close-wait-leak-ruby server.log open=close-wait-leak '*=connect-refused/server' <<END
A Node 20 server closes idle connections (keepAliveTimeout 500); Ruby's Net::HTTP objects without
finish stay in CLOSE_WAIT until the end of the capture, which a refused connection marks. veth,
recorded at the client. Truth: both programs.
Programs: Ruby Net::HTTP; Node
Programs (connect-refused): bash; none
END
}

still_there() {
    run client bash -c "exec 3<>/dev/tcp/$SERVER/9" 2>/dev/null || true
}

choose tcp_keepalive_failed_node tcp_keepalive_failed_go_client tcp_keepalive_failed_nginx \
    retransmission_timeout_nginx retransmission_timeout_requests middlebox_idle_drop_go_client \
    middlebox_idle_drop_node close_wait_leak_requests close_wait_leak_ruby -- "$@"
