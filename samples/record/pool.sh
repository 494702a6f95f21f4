#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records the samples about pool limits: pool.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

# One pool of a Go client, recorded while it lives.
go_pool() { # NAME ID SECONDS OPTION...
    net_up "$2" 1
    go_server server.log :8080
    capture_start "$1" client 240
    count_sockets client 0.1
    go_client client.log -urls "http://$SERVER:8080/a?n=40&ms=4&spread=8" -hold 60s "${@:4}"
    sleep "$3"
    capture_stop
    truth_by "$1" client.log $POOL
}

# What the logs tell beside the causes.
pool_facts() { # NAME
    fact "$1" requests "$(grep -c ' request ' "$WORK/server.log")" "the server's log"
    fact "$1" request-counts "$(awk '$3 == "open" { count[$2] = 0 } $3 == "request" { count[$2]++ } END {
        for (port in count) seen[count[port]]++; print length(seen) }' "$WORK/server.log")" \
        "the server's log: different numbers of requests"
    fact "$1" opens-per-second "$(log_rate client.log open)" "the client's log"
    fact "$1" time-wait-peak "$(sockets_peak client TIME_WAIT)" "ss at the client"
}

# The same work with the default limit, and with one that is large enough.
twenty_workers() {
    go_pool "$1" "$2" 3 -workers 20 -requests 7 -think 1ms -urls \
        "http://10.83.0.2:8080/a?ms=5&spread=100" "${@:3}"
    pool_facts "$1"
}

pool_limit_2_go() { twenty_workers pool-limit-2-go crBp2 <<END
Go 1.19 net/http client, MaxIdleConnsPerHost 2 (the default), 20 workers that pause 0 to 1 ms
between requests of 5 to 105 ms; bodies are drained. A connection that finds two idle ones is
closed. Go server, link of 1 ms each way, recorded at the client.
Programs: Go net/http; Go net/http
END
}

pool_limit_5_go() { go_pool pool-limit-5-go crBp5 3 -workers 20 -requests 3 -think 30ms \
    -idle-per-host 5 -pause 60ms <<END
As pool-limit-2-go with MaxIdleConnsPerHost 5; the workers start three rounds together, within
30 ms.
Programs: Go net/http; Go net/http
END
}

pool_limit_10_go() { go_pool pool-limit-10-go crBp10 3 -workers 20 -requests 2 -think 10ms \
    -idle-per-host 10 -pause 80ms <<END
As pool-limit-2-go with MaxIdleConnsPerHost 10; the workers start two rounds together, within 10
ms.
Programs: Go net/http; Go net/http
END
}

pool_limit_raised_go() { twenty_workers pool-limit-raised-go crBpr -idle-per-host 20 <<END
The repair of pool-limit-2-go: the same work with MaxIdleConnsPerHost 20. Nothing is closed.
Programs: Go net/http; Go net/http
END
}

pool_limit_burst_go() {
    net_up crBpb 1
    run client sh -c 'echo 0 >/proc/sys/net/ipv4/tcp_timestamps' # a smaller capture
    go_server server.log :8080
    capture_start pool-limit-burst-go client 240
    go_client client.log -urls "http://$SERVER:8080/a?n=40&ms=20" -workers 100 -later 2 \
        -requests 4 -pause 500ms -hold 60s
    sleep 6
    capture_stop
    truth_by pool-limit-burst-go client.log $POOL <<END
100 goroutines ask at once through one Go client with the default limit of 2: all but two
connections are closed at once; the two that survive carry three more requests each. (Link of 1 ms
each way, no TCP timestamps, recorded at the client.)
Programs: Go net/http; Go net/http
END
}

ports_used_up_go() { # sockets in TIME_WAIT take the ports
    net_up crBpp 0
    run client sh -c 'echo 40000 40023 >/proc/sys/net/ipv4/ip_local_port_range
        echo 0 >/proc/sys/net/ipv4/tcp_timestamps'
    go_server server.log :8080
    capture_start ports-used-up-go client 240
    go_client client.log -urls "http://$SERVER:8080/a?n=40&ms=20" -workers 8 -requests 6 \
        -pause 400ms -hold 60s
    sleep 6
    capture_stop
    grep -q 'cannot assign requested address' "$WORK/client.log.err"
    truth_by ports-used-up-go client.log $POOL <<END
Bursts of 8 through a Go client with the default limit of 2, on a host with 24 ephemeral ports: 6
sockets go into TIME_WAIT each time, until the client's log says "cannot assign requested address".
Nothing on the wire tells how many ports a host has: the report counts against 28,232. Plain veth,
no TCP timestamps, recorded at the client.
Programs: Go net/http; Go net/http
END
}

pool_limit_burst_reused_go() {
    go_pool pool-limit-burst-reused-go crBpc 6 -workers 8 -requests 3 -pause 1s <<END
8 goroutines ask at once, three times with a second between, through one Go client with the
default limit of 2: each time 6 connections are closed at once, and two survive and are reused.
Programs: Go net/http; Go net/http
END
}

pool_limit_and_idle_timeout_go() {
    go_pool pool-limit-and-idle-timeout-go crBpi 8 -workers 8 -requests 3 -pause 2500ms \
        -idle-timeout 1500ms <<END
Two causes on one pair: bursts of 8 through a Go client with the default limit of 2 (6 closed at
once), and IdleConnTimeout 1.5 s (the two that stay are closed later), three times.
Programs: Go net/http; Go net/http
END
}

pool_limit_3_python_requests() { # requests with its own pool size
    net_lo crBpy
    go_server server.log :8080
    capture_start pool-limit-3-python-requests client 320
    start client client.log "$PYTHON" "$PROGRAMS/python-pool-client.py" \
        "http://$SERVER:8080/a?n=40&ms=4&spread=8" 3 10 4 60
    sleep 4
    capture_stop
    truth_by pool-limit-3-python-requests client.log pool-full=client-pool-limit/client \
        open=open/none <<END
10 threads share one Python requests session with pool_maxsize=3 (urllib3 1.26): a connection
that finds three in the pool is discarded. Go server, loopback.
Programs: Python requests; Go net/http
END
}

pool_limit_5_java() {
    net_up crBpj
    go_server server.log :8080
    build JavaPoolClient
    capture_start pool-limit-5-java client 400
    start client client.log java -cp "$BUILD_CACHE" JavaPoolClient \
        "http://$SERVER:8080/a?n=40&ms=30&spread=20" 10 4 60
    sleep 3.5
    capture_stop
    truth_by pool-limit-5-java server.log client-closed=client-pool-limit-total/client \
        open=open/none <<END
10 Java 17 threads with HttpURLConnection and its default limit of 5 idle connections
(http.maxConnections), beyond which JDK 17 closes the longest idle one (removeLast() in its
KeepAliveCache). The capture ends before its keep-alive time of 5 s; so what the client
closed (the server's log) it closed for the limit. veth, recorded at the client.
Programs: Java HttpURLConnection; Go net/http
END
}

pool_limit_total_4_go() {
    net_up crBpt 1
    go_server server.log :8081,:8082,:8083
    capture_start pool-limit-total-4-go client 240
    go_client client.log -urls "http://$SERVER:8081/a,http://$SERVER:8082/a,http://$SERVER:8083/a" \
        -workers 9 -requests 6 -think 20ms -pause 30ms -idle-per-host 20 -idle-total 4 -hold 60s
    sleep 3
    capture_stop
    truth_by pool-limit-total-4-go client.log $POOL <<END
Go client with MaxIdleConns 4 and MaxIdleConnsPerHost 20, three servers (ports) in turn, 9
workers: the connection that is idle longest is closed when a fifth becomes idle. Link of 1 ms
each way, recorded at the client.
Programs: Go net/http; Go net/http
END
}

pool_limit_total_3_nginx() {
    net_up crBpn
    go_server server.log :8080
    nginx_at client nginx.log "" "upstream back { server $SERVER:8080; keepalive 3; }
        server { listen 127.0.0.1:8000; location / { proxy_pass http://back; proxy_http_version 1.1;
        proxy_set_header Connection \"\"; } }"
    capture_start pool-limit-total-3-nginx client 320
    go_client client.log -urls "http://127.0.0.1:8000/a?n=40&ms=4&spread=20" -workers 8 -requests \
        5 -think 20ms \
        -pause 20ms -idle-per-host 20 -hold 60s
    sleep 3
    capture_stop
    truth_by pool-limit-total-3-nginx server.log client-closed=client-pool-limit-total/client \
        open=open/none <<END
nginx 1.22 as a proxy with "keepalive 3" in its upstream; 8 workers ask it in rounds. It keeps
three idle connections and closes the one that is idle longest. Only the upstream side was
recorded (veth, at the proxy); the truth is the Go server's log.
Programs: nginx; Go net/http
END
}


build go-many-server
build go-pool-client
build JavaPoolClient
samples="pool_limit_2_go pool_limit_5_go pool_limit_10_go pool_limit_raised_go pool_limit_burst_go \
    pool_limit_burst_reused_go ports_used_up_go pool_limit_and_idle_timeout_go pool_limit_3_python_requests \
    pool_limit_5_java pool_limit_total_4_go pool_limit_total_3_nginx"
# One after the other: the pool is about time.
set -- "${@//-/_}"
sample ${*:-$samples}
