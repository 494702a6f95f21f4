#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# A pool per call, never closed.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
. "$HERE/nginx.sh"
build gohttp

leaked_connection_go() {
    go_sample leaked-connection-go crAkg 1 client 262144 36 count:client -per-call -idle 0 -count 10 -pause 200ms \
        /body/0/a /body/400/b
    truth leaked-connection-go client.log open=leaked-connection <<END
Go 1.19 client with a new http.Transport for each call (without an idle timeout, as a bare one has none);
bodies are read to their ends. Go server. Nobody closes; both sides' TCP keep-alive probes (15 s) are in the
capture. Link with 1 ms delay, captured at the client, which runs on. The truth is the client's program.
Programs: Go net/http; Go net/http
END
    fact leaked-connection-go established-peak "$(sockets_peak client ESTABLISHED)" "ss at the client"
    fact leaked-connection-go time-wait-peak "$(sockets_peak client TIME_WAIT)" "ss at the client"
    fact leaked-connection-go idle-at-open "$(awk '$3 == "open" { opens++; at_hand += done > 0 }
        $3 == "complete" { done++ } END { print at_hand / opens }' "$WORK/client.log")" \
        "the client's log: complete before open"
    fact leaked-connection-go keepalive-timers "$(ip netns exec "$client_space" ss -Htano \
        state established | grep -c 'timer:(keepalive')" "ss -o at the client"
    fact leaked-connection-go keepalive-probes "$(ip netns exec "$client_space" nstat -az \
        TcpExtTCPKeepAlive | awk '/KeepAlive/ { print $2 }')" "nstat at the client: TcpExtTCPKeepAlive"
}

leaked_connection_node() {
    net_lo crAkn
    nginx_start 'keepalive_timeout 600s;'
    capture_start leaked-connection-node client
    start client client.log node "$PROGRAMS/nodeget.js" percall=yes count=8 pause=150 "http://$SERVER:8080/"
    sleep 5
    capture_stop
    truth leaked-connection-node client.log open=leaked-connection <<END
Node 20 client with a new http.Agent (keepAlive) for each call; nginx that keeps connections for long.
Loopback; the client runs on. The truth is the client's program.
Programs: Node http.Agent; nginx
END
}

leaked_connection_requests() {
    net_up crAkr 0
    nginx_start 'keepalive_timeout 600s;'
    capture_start leaked-connection-requests server
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with requests --keep --count 12 --pause 0.1 \
        "http://$SERVER:8080/"
    sleep 5
    capture_stop
    truth leaked-connection-requests client.log open=leaked-connection <<END
Python requests with a new Session for each call, kept and never closed; nginx that keeps connections for long.
Plain veth, captured at the server; the client runs on. The truth is the client's program.
Programs: Python requests; nginx
END
}

choose leaked_connection_go leaked_connection_node leaked_connection_requests -- "$@"
