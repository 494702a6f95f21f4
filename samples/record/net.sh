#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records the samples in which the network has a part: refused, lost, silent, filtered:
# net.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

REQUEST="GET /a HTTP/1.1\r\nHost: s\r\n\r\n"

connect_refused() {
    net_up crBno 1
    capture_start connect-refused client
    talk client four.log client "$SERVER" 8089 --times 3 --every 0.3 say:connected
    talk client six.log client "$SERVER6" 8089 --times 2 --every 0.3 say:connected
    finish 10
    capture_stop
    cat "$WORK"/{four,six}.log >"$WORK/client.log"
    truth_by connect-refused client.log failed=connect-refused/server <<END
Connections to a port on which nothing listens, 3 over IPv4 and 2 over IPv6. Raw Python clients,
link of 1 ms each way, recorded at the client.
Programs: Python sockets; none
END
}

connect_timeout() {
    net_up crBct 1
    nft_in "$server_space" "tcp dport 8089 drop"
    capture_start connect-timeout client
    talk client kernel.log client "$SERVER" 8089 --times 2 --every 0.3 option:syn-count=2
    talk client own.log client "$SERVER" 8089 --times 3 --in-turn limit:1.4
    finish 20
    sleep 4
    capture_stop
    cat "$WORK"/{kernel,own}.log >"$WORK/client.log"
    truth_by connect-timeout client.log failed=connect-timeout/network <<END
A firewall drops every SYN. Two clients leave it to the kernel (2 repetitions, TCP_SYNCNT), one
gives up after 1.4 s and tries again, three times. Raw Python clients, link of 1 ms each way,
recorded at the client.
Programs: Python sockets; none
END
}

tcp_keepalive_failed_client() {
    net_up crBkc
    go_server server.log :8080 -tcp-keepalive 0
    capture_start tcp-keepalive-failed-client client
    talk client client.log client "$SERVER" 8080 --times 2 --every 0.4 option:keepalive=1 \
        option:keep-idle=2 option:keep-interval=1 \
        option:keep-count=4 ask:/a say:idle all close
    sleep 3.5
    nft_in "$server_space" "tcp dport 8080 drop"
    finish 20
    capture_stop
    truth_by tcp-keepalive-failed-client client.log failed=tcp-keepalive-failed/client <<END
Idle connections with TCP keep-alive (2 s, then every 1 s, 4 times): the first probes are
answered, then the server is cut off by a firewall. Raw Python clients, Go server, veth,
recorded at the client.
Programs: Python sockets; Go net/http
END
}

tcp_keepalive_failed_server_go() {
    net_up crBks 1
    go_server server.log :8080 -tcp-keepalive 1s
    capture_start tcp-keepalive-failed-server-go server
    talk client client.log client "$SERVER" 8080 --times 2 --every 0.3 ask:/a say:idle hold
    sleep 1.5
    nft_in "$client_space" "tcp sport 8080 drop"
    sleep 13
    capture_stop
    truth_by tcp-keepalive-failed-server-go client.log idle=tcp-keepalive-failed/server <<END
A Go server that probes every second (9 times, the kernel's default) while its client is cut off
by a firewall. Link of 1 ms each way, recorded at the server.
Programs: Python sockets; Go net/http
END
}

retransmission_timeout_request() {
    net_up crBrt 1
    go_server server.log :8080
    capture_start retransmission-timeout-request client
    talk client client.log client "$SERVER" 8080 --times 2 --every 0.1 option:user-timeout=5000 \
        ask:/a wait:1 "send:$REQUEST" say:asked message
    sleep 0.6
    nft_in "$server_space" "tcp dport 8080 drop"
    finish 20
    capture_stop
    truth_by retransmission-timeout-request client.log failed=retransmission-timeout/network <<END
The second request of two connections gets lost (the server was cut off 0.5 s before): repeated
until TCP_USER_TIMEOUT of 5 s. Raw Python clients, link of 1 ms each way, recorded at the
client. No packet tells when the client gave up.
Programs: Python sockets; Go net/http
END
}

retransmission_timeout_response() {
    net_up crBrs
    ip netns exec "$server_space" sh -c 'echo 5 >/proc/sys/net/ipv4/tcp_retries2'
    go_server server.log :8080 -tcp-keepalive 0
    capture_start retransmission-timeout-response server
    talk client client.log client "$SERVER" 8080 --times 2 --every 0.1 \
        "send:GET /slow?ms=900 HTTP/1.1\r\nHost: s\r\n\r\n" say:asked hold
    sleep 0.6
    nft_in "$client_space" "tcp sport 8080 drop"
    sleep 16
    capture_stop
    truth_by retransmission-timeout-response client.log asked=retransmission-timeout/network <<END
The response of a Go server gets lost (the client was cut off meanwhile): repeated with
tcp_retries2 = 5. veth, recorded at the server.
Programs: Python sockets; Go net/http
END
}

middlebox() { # NAME ID VERDICT OPTION...
    net_mid "$2"
    ip netns exec "$middle_space" sh -c 'cd /proc/sys/net/netfilter &&
        echo 0 >nf_conntrack_tcp_loose && echo 3 >nf_conntrack_tcp_timeout_established'
    nft_in "$middle_space" "ct state invalid $3"
    go_server server.log :8080
    capture_start "$1" client
    talk client long.log client "$SERVER" 8080 --times 3 --every 0.35 "${@:4}" ask:/a wait:1 \
        ask:/a wait:4.5..6 "send:$REQUEST" say:asked message
    talk client short.log client "$SERVER" 8080 --times 2 --every 0.2 ask:/a wait:1.5 again:6 \
        say:stays hold
    sleep 14
    capture_stop
    cat "$WORK"/{long,short}.log >"$WORK/client.log"
    truth_by "$1" client.log failed=middlebox-idle-drop/network stays=open/none
}

middlebox_idle_drop_silent() { middlebox middlebox-idle-drop-silent crBmd drop \
    option:user-timeout=4000 <<END
A router with connection tracking forgets connections that are idle for 3 s and drops their
packets then: 3 connections ask again after 4.5 to 6 s, two others every 1.5 s. Raw Python
clients (TCP_USER_TIMEOUT 4 s), Go server, recorded at the client.
Programs: Python sockets; Go net/http
END
}

middlebox_idle_drop_reset() { middlebox middlebox-idle-drop-reset crBmr "reject with tcp reset" \
    <<END
As middlebox-idle-drop-silent, but the router answers such packets by RST (its own TTL and IP
id, window 0). Recorded at the client.
Programs: Python sockets; Go net/http
END
}

open_tcp_keepalive_go() {
    net_up crBpg
    go_server server.log :8080
    capture_start open-tcp-keepalive-go client
    go_client fifteen.log -urls "http://$SERVER:8080/a" -workers 2 -stagger 1s -own-pool \
        -idle-timeout 0 -hold 200s
    go_client thirty.log -urls "http://$SERVER:8080/a" -tcp-keepalive 30s -idle-timeout 0 -hold 200s
    sleep 64
    capture_stop
    cat "$WORK"/{fifteen,thirty}.log >"$WORK/client.log"
    truth_by open-tcp-keepalive-go client.log open=open/none <<END
Idle connections of Go clients that live for 64 s: TCP keep-alive probes every 15 s from the
dialer (two) and every 30 s as DefaultTransport has it (one), and every 15 s from the Go server.
All are answered. veth, recorded at the client.
Programs: Go net/http; Go net/http
END
}

open_tcp_keepalive_node() {
    net_up crBpo
    go_server server.log :8080 -tcp-keepalive 0
    capture_start open-tcp-keepalive-node client
    start client client.log node -e '
        const http = require("http"), net = require("net");
        agent.on("free", (s) => {});
        http.get({host: process.argv[1], port: 8080, path: "/a", agent}, (r) => {
            console.log(r.socket.localAddress, r.socket.localPort, "open");
            r.resume();
        });
        setTimeout(() => {}, 60000);' "$SERVER"
    sleep 9
    capture_stop
    truth_by open-tcp-keepalive-node client.log open=open/none <<END
An idle connection of a Node 20 http.Agent with keepAlive: TCP keep-alive probes from the client
about every second. Go server without probes, veth, recorded at the client.
Programs: Node http.Agent; Go net/http
END
}

# A name with the addresses ::1 and 127.0.0.1, and a server on 127.0.0.1 alone.
dual_stack() { # NAME ID refuse|drop COMMAND...
    net_lo "$2"
    go_server server.log 127.0.0.1:8080
    [ "$3" = refuse ] || nft_in "$client_space" "ip6 daddr ::1 tcp dport 8080 drop"
    printf '127.0.0.1 both.test\n::1 both.test\n' >"$WORK/hosts"
    capture_start "$1" client
    start client client.log unshare -m sh -c \
        "mount --bind $WORK/hosts /etc/hosts && exec \"\$@\"" sh "${@:4}"
    sleep 4
    capture_stop
}

# dual_stack_truth NAME LOG OPEN FAILED: the logs tell the connections to 127.0.0.1; the attempts
# over IPv6 are the row with the star, and PORT dial of both tells the head start.
dual_stack_truth() {
    truth "$1" "$2" "open=$3" || echo "* $4" >>"$OUT/$1.truth"
    check "$1"
    fact "$1" failed "$(grep -c '^::1 .*dial' "$WORK/dials.log")" "the client's log"
    fact "$1" head-start "$(awk '/^::1 / { first = $4 } /^127/ { print 1000 * ($4 - first) }' \
        "$WORK/dials.log" | sort -n | awk '{ all[NR] = $1 } END { print all[int(NR / 2) + 1] }')" \
        "the client's log: from one dial to the other, ms, median"
}

dual_stack_go() { # NAME ID refuse|drop CAUSE
    dual_stack "$1" "$2" "$3" "$BUILD_CACHE/go-pool-client" -urls http://both.test:8080/a \
        -workers 3 -stagger 500ms -own-pool -idle-timeout 0 -hold 60s
    grep ' dial ' "$WORK/client.log" >"$WORK/dials.log"
    dual_stack_truth "$1" client.log open "$4"
}

dual_stack_refused_go() { dual_stack_go dual-stack-refused-go crBdr refuse "connect-refused server" \
    <<END
A Go client asks a name with the addresses ::1 and 127.0.0.1; a server listens on 127.0.0.1
alone: ::1 refuses, then 127.0.0.1 works. Loopback. The attempts over IPv6 are the row with the
star.
Programs: Go net/http; Go net/http
END
}

dual_stack_silent_go() { dual_stack_go dual-stack-silent-go crBds drop "connect-timeout network" \
    <<END
As dual-stack-refused-go, but a firewall drops what goes to ::1: Go gives IPv6 a head start of
300 ms, then tries 127.0.0.1. Loopback.
Programs: Go net/http; Go net/http
END
}

dual_stack_silent_curl() {
    dual_stack dual-stack-silent-curl crBdc drop sh -c 'for each in 1 2 3; do
        curl -sv --trace-time -o /dev/null -w "%{local_ip} %{local_port} open\n" \
            http://both.test:8080/a 2>&1
        sleep 0.3
    done'
    sed -n 's/^\([0-9]*\):\([0-9]*\):\([0-9.]*\) .* Trying \[*\([0-9.:]*\)\]*:8080.*/\4 8080 \1 \2 \3/p' \
        "$WORK/client.log" | awk '{ print $1, $2, "dial", $3 * 3600 + $4 * 60 + $5 }' >"$WORK/dials.log"
    dual_stack_truth dual-stack-silent-curl client.log client-shutdown "connect-timeout network" <<END
As dual-stack-silent-go with curl, three times: it tries the other family after 200 ms
(--happy-eyeballs-timeout-ms). Loopback.
Programs: curl; Go net/http
END
}

dual_stack_silent_node() {
    dual_stack dual-stack-silent-node crBdn drop node -e '
        const http = require("http"), agent = new http.Agent({keepAlive: true});
        const say = (address, port, what) => console.log(address, port, what, performance.now() / 1e3);
        const lookup = (name, options, done) => setImmediate(done, null,
            [{address: "::1", family: 6}, {address: "127.0.0.1", family: 4}]);
        const ask = () => {
            const agent = new http.Agent({keepAlive: true});
            agent.createConnection = (options) => net.createConnection({...options, lookup})
                .on("connectionAttempt", (address, port) => say(address, port, "dial"));
            http.get({host: "both.test", port: 8080, path: "/a", agent}, (response) => {
                say(response.socket.localAddress, response.socket.localPort, "open");
                response.resume();
            });
        };
        for (const after of [0, 500, 1000]) setTimeout(ask, after, after);
        setTimeout(() => {}, 60000);'
    grep ' dial ' "$WORK/client.log" >"$WORK/dials.log"
    dual_stack_truth dual-stack-silent-node client.log open "connect-timeout network" <<END
As dual-stack-silent-go with Node 20 (autoSelectFamily): it gives each address 250 ms. Loopback.
Programs: Node http.Agent; Go net/http
END
}

build go-many-server
build go-pool-client
choose connect_refused connect_timeout tcp_keepalive_failed_client tcp_keepalive_failed_server_go \
    retransmission_timeout_request retransmission_timeout_response middlebox_idle_drop_silent \
    middlebox_idle_drop_reset open_tcp_keepalive_go open_tcp_keepalive_node dual_stack_refused_go \
    dual_stack_silent_go dual_stack_silent_curl dual_stack_silent_node -- "$@"
