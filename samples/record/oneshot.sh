#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Programs that make one call and end, or that don't keep connections beyond a call.
. "$(dirname "$0")/lib.sh"
. "$HERE/nginx.sh"

# curl_calls COUNT PAUSE URL...: one curl each time, local port by curl itself.
curl_calls() {
    local try count=$1 pause=$2
    shift 2
    for try in $(seq "$count"); do
        run client curl -s -w '%{local_ip} %{local_port} open\n' -o /dev/null "$@" >>"$WORK/client.log"
        sleep "$pause"
    done
}

client_shutdown_curl() {
    net_up crAoc 1
    nginx_start 'keepalive_timeout 60s;'
    capture_start client-shutdown-curl client
    curl_calls 10 0.15 "http://$SERVER:8080/"
    capture_stop
    truth client-shutdown-curl client.log open=client-shutdown <<END
curl in a loop, ten times, one call each; nginx would have kept the connections. Link with 1 ms delay, captured
at the client. The truth is what curl does: it reads everything and ends.
Programs: curl; nginx
END
}

client_shutdown_curl_once() {
    net_lo crAo1
    nginx_start 'keepalive_timeout 60s;'
    capture_start client-shutdown-curl-once client
    run client curl -s -w '%{local_ip} %{local_port} open\n' "http://$SERVER:8080/" -o /dev/null \
        "http://$SERVER:8080/index.html" -o /dev/null | head -1 >"$WORK/client.log"
    capture_stop
    truth client-shutdown-curl-once client.log open=client-shutdown <<END
curl once, two addresses on one connection; nginx. Loopback. The truth is what curl does.
Programs: curl; nginx
END
}

client_shutdown_wget() {
    local try
    net_up crAow 0
    nginx_start 'keepalive_timeout 60s;'
    capture_start client-shutdown-wget server
    for try in 1 2 3 4 5 6; do
        run client wget -q -O /dev/null "http://$SERVER:8080/"
        sleep 0.1
    done
    capture_stop
    nginx_log
    truth client-shutdown-wget access.log request=client-shutdown <<END
wget in a loop, six times; nginx. Plain veth, captured at the server. The ports come from nginx' access
log; the truth is what wget does.
Programs: wget; nginx
END
}

client_shutdown_requests() {
    net_up crAor 1
    nginx_start 'keepalive_timeout 60s;'
    capture_start client-shutdown-requests client
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with requests --count 8 --pause 0.1 \
        "http://$SERVER:8080/"
    sleep 4
    capture_stop
    truth client-shutdown-requests client.log 'open=client-shutdown|unread-body' <<END
Python requests.get without a Session: each call has its own pool, dropped after the body was read. nginx.
Link with 1 ms delay, captured at the client, which runs on. The truth is the client's program. From the
packets it could as well be a client that leaves every body unread: the spec calls that ambiguous.
Programs: Python requests; nginx
END
}

choose client_shutdown_curl client_shutdown_curl_once client_shutdown_wget client_shutdown_requests -- "$@"
