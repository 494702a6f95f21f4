#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Records the samples with proxies, crossing closes and reused ports: proxy.sh [NAME...]
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/sets.sh"

# An nginx on the client's side before the Go server, with these directives in its location.
proxy_nginx() {
    nginx_at client nginx.log "" "upstream back { server $SERVER:8080; keepalive 8; }
        server { listen 127.0.0.1:8000; location / { proxy_pass http://back; proxy_http_version 1.1;
        proxy_set_header Connection \"\"; $1 } }"
}

client_timeout_awaiting_response_nginx_proxy() {
    net_up crBxn 1
    go_server server.log :8080
    proxy_nginx "proxy_read_timeout 1s;"
    capture_start client-timeout-awaiting-response-nginx-proxy client
    talk client down.log client 127.0.0.1 8000 --times 4 --every 0.3 \
        "send:GET /slow?ms=1700 HTTP/1.1\r\nHost: s\r\n\r\n" message ask:/a hold
    sleep 4.5
    capture_stop
    awk '{ print } $4 ~ /slow/ { print $1, $2, "slow" }' "$WORK/server.log" >"$WORK/seen.log"
    truth_by client-timeout-awaiting-response-nginx-proxy seen.log \
        slow=client-timeout-awaiting-response/client open=open/none <<END
nginx as a proxy with proxy_read_timeout 1s (as OpenResty has it) before a Go handler of 1.7 s:
the proxy gives up and answers 504. Only the upstream side was recorded (link of 1 ms each way,
at the proxy). Truth: the Go server's log and nginx' settings.
Programs: nginx; Go net/http
END
}

# As OpenResty does it: ngx_lua with a cosocket and a keep-alive pool.
client_timeout_awaiting_response_lua() {
    net_up crBxl 1
    go_server server.log :8080
    mkdir -p "$WORK/lua"
    cat >"$WORK/lua/ask.lua" <<'END'
local socket = ngx.socket.tcp()
socket:settimeouts(1000, 1000, 1000)
assert(socket:connect(ngx.var.arg_server, 8080))
socket:send("GET " .. ngx.var.arg_path .. " HTTP/1.1\r\nHost: api\r\nUser-Agent: ngx_lua\r\n\r\n")
local line, failure = socket:receive("*l")
if not line then
    ngx.log(ngx.ERR, "gave up: ", failure)
    return ngx.exit(504)
end
local length = 0
while line and line ~= "" do
    length = tonumber(line:match("^[Cc]ontent%-[Ll]ength: (%d+)")) or length
    line = socket:receive("*l")
end
socket:receive(length)
socket:setkeepalive(60000, 10)
ngx.say("fine")
END
    nginx_at client nginx.log "load_module /usr/lib/nginx/modules/ndk_http_module.so;
        load_module /usr/lib/nginx/modules/ngx_http_lua_module.so; user root;" \
        "server { listen 127.0.0.1:8000; location / { content_by_lua_file $WORK/lua/ask.lua; } }"
    capture_start client-timeout-awaiting-response-lua client
    local each
    for each in 1 2 3 4; do
        run client curl -s -o /dev/null "http://127.0.0.1:8000/?server=$SERVER&path=/a"
        run client curl -s -o /dev/null "http://127.0.0.1:8000/?server=$SERVER&path=/slow?ms=1700"
    done
    capture_stop 3
    awk '{ print } $4 ~ /slow/ { print $1, $2, "slow" }' "$WORK/server.log" >"$WORK/seen.log"
    truth_by client-timeout-awaiting-response-lua seen.log \
        slow=client-timeout-awaiting-response/client open=open/none <<END
nginx with ngx_lua (what OpenResty is made of): a cosocket with a timeout of 1 s and a pool asks a
Go server, every other time for an answer that takes 1.7 s. Only the upstream side was recorded
(link of 1 ms each way, at nginx). Truth: the Go server's log and the script's settings.
Programs: nginx Lua; Go net/http
END
    fact client-timeout-awaiting-response-lua gave-up "$(grep -c 'gave up: timeout' \
        "$WORK/nginx.log.err")" "nginx' log"
}

client_timeout_awaiting_response_haproxy() {
    net_up crBxh
    go_server server.log :8080
    cat >"$WORK/haproxy.cfg" <<END
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 900ms
listen front
    bind 127.0.0.1:8000
    server one $SERVER:8080
END
    start client haproxy.log haproxy -db -f "$WORK/haproxy.cfg"
    await_port client 8000
    capture_start client-timeout-awaiting-response-haproxy client
    talk client down.log client 127.0.0.1 8000 --times 4 --every 0.3 \
        "send:GET /slow?ms=1700 HTTP/1.1\r\nHost: s\r\n\r\n" message hold
    sleep 4
    capture_stop
    truth_by client-timeout-awaiting-response-haproxy server.log \
        open=client-timeout-awaiting-response/client <<END
HAProxy 2.6 with timeout server 900ms before a Go handler of 1.7 s: it ends the server's side by
RST,ACK and answers 504. Only the server's side was recorded (veth, at the proxy). Truth:
HAProxy's settings; the Go server's log has the connections.
Programs: HAProxy; Go net/http
END
}

client_cancelled_behind_nginx() {
    net_lo crBxc
    go_server server.log :8080
    proxy_nginx ""
    capture_start client-cancelled-behind-nginx client
    talk client down.log client 127.0.0.1 8000 --times 5 --every 0.25 ask:/a \
        "send:GET /slow?ms=2500 HTTP/1.1\r\nHost: s\r\n\r\n" wait:0.8 say:gave-up close
    sleep 5
    capture_stop
    awk '{ print } $4 ~ /slow/ { print $1, $2, "slow" }' "$WORK/server.log" >"$WORK/seen.log"
    cat "$WORK/down.log" "$WORK/seen.log" >"$WORK/all.log"
    truth_by client-cancelled-behind-nginx all.log gave-up=client-timeout-awaiting-response/client \
        slow=client-cancelled/client open=open/none <<END
Both sides of an nginx proxy on loopback: clients of port 8000 give up 0.8 s after their second
request, so nginx closes its own connection to the Go server on port 8080 at once: waits of one
length, but not nginx' timeout (spec 02, groups 5).
Programs: Python sockets, nginx; Go net/http
END
}

simultaneous_close_go() {
    net_up crBxs 8
    go_server server.log :8080 -idle-timeout 1200ms
    capture_start simultaneous-close-go client
    go_client client.log -urls "http://$SERVER:8080/a" -workers 4 -stagger 300ms -own-pool \
        -idle-timeout 1200ms -hold 60s
    sleep 4
    capture_stop
    truth_by simultaneous-close-go client.log "open=client-idle-timeout|server-idle-timeout" <<END
Go client and Go server, both with an idle timeout of 1.2 s, and a link of 8 ms each way: their
FINs cross (spec 02, groups 10: ambiguous). Recorded at the client.
Programs: Go net/http; Go net/http
END
}

reused_port_python() {
    net_up crBxp 1
    go_server server.log :8080 -no-keepalive
    capture_start reused-port-python client
    talk client client.log client "$SERVER" 8080 --times 4 --every 0.2 --in-turn --from 45678 \
        ask:/a say:asked all close
    finish 10
    capture_stop
    truth_by reused-port-python client.log asked=server-said-close/server <<END
Four connections after each other from one port (the server is the one in TIME_WAIT): a new SYN
with another sequence number is a new connection. The Go server says Connection: close. Raw
Python client, link of 1 ms each way, recorded at the client.
Programs: Python sockets; Go net/http
END
}

build go-many-server
build go-pool-client
choose client_timeout_awaiting_response_nginx_proxy client_timeout_awaiting_response_haproxy \
    client_timeout_awaiting_response_lua \
    client_cancelled_behind_nginx simultaneous_close_go reused_port_python -- "$@"
