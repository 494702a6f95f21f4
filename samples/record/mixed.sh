#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Two causes on one pair.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
. "$HERE/nginx.sh"
build gohttp

mixed_unread_timeout_go() {
    go_sample mixed-unread-timeout-go crAxu 1 client 400 9 -body leave -timeout 700ms -workers 2 \
        -per-host 5 -count 10 -pause 40ms \
        /body/0/a /body/500/b /body/0/c /late/1100/d /body/0/e /body/7000/f /body/0/g
    truth mixed-unread-timeout-go client.log $UNUSED failed-head=client-timeout-awaiting-response \
        left-unread=unread-body <<END
Go 1.19 client with two workers and Client.Timeout 0.7 s that leaves all bodies unread: of seven calls four
have empty answers, two have 500 and 7000 bytes, one is answered after 1.1 s only. Go server. Link
with 1 ms delay, captured at the client, 400 bytes of each frame. The truth is the client's log.
END
}

mixed_request_limit_idle_nginx() {
    net_up crAxn 0
    nginx_start 'keepalive_timeout 2s; keepalive_requests 3;'
    capture_start mixed-request-limit-idle-nginx server
    start client client.log "$PYTHON" "$PROGRAMS/pyget.py" --with session --count 16 \
        --pause 0.1,0.1,0.1,0.1,2.7 "http://$SERVER:8080/"
    sleep 14
    capture_stop
    nginx_log
    awk '{ print } $4 == 3 { print $1, $2, "limit" }' "$WORK/access.log" >"$WORK/limit.log"
    truth mixed-request-limit-idle-nginx limit.log request=server-idle-timeout \
        limit=server-request-limit <<END
nginx with keepalive_requests 3 and keepalive_timeout 2s; Python requests with one Session: five calls and
2.7 s of rest in turn. Plain veth, captured at the server. The truth is nginx' access log: a connection
with three requests reached the limit, one with fewer was left idle until nginx closed it.
END
}

choose mixed_unread_timeout_go mixed_request_limit_idle_nginx -- "$@"
