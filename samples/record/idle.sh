#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Idle connections closed after a while by one side.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
build gohttp

# Configuration with the keep-alive lines given; access log lines are ADDRESS PORT request NUMBER.
nginx_start() {
    mkdir -p "$WORK/nginx/html"
    head -c 400 /dev/zero | tr '\0' x >"$WORK/nginx/html/index.html"
    cat >"$WORK/nginx/nginx.conf" <<END
daemon off; worker_processes 1; pid $WORK/nginx/pid; error_log $WORK/nginx/error.log info;
user root;
events { worker_connections 256; }
http {
    log_format port '\$remote_addr \$remote_port request \$connection_requests \$status \$request';
    access_log $WORK/nginx/access.log port;
    client_body_temp_path $WORK/nginx/body; proxy_temp_path $WORK/nginx/proxy;
    fastcgi_temp_path $WORK/nginx/fastcgi; uwsgi_temp_path $WORK/nginx/uwsgi;
    scgi_temp_path $WORK/nginx/scgi;
    server { listen 8080; listen [::]:8080; root $WORK/nginx/html; $1 }
}
END
    start server nginx.log nginx -p "$WORK/nginx" -c "$WORK/nginx/nginx.conf"
    await_port server 8080
}

server_idle_timeout_nginx() {
    net_up crAin 1
    nginx_start 'keepalive_timeout 3s;'
    capture_start server-idle-timeout-nginx client
    start client client.log "$BUILD_CACHE/gohttp" get -workers 4 -per-host 10 -count 10 -pause 300ms \
        "http://$SERVER:8080/"
    sleep 9
    start client client2.log "$BUILD_CACHE/gohttp" get -workers 2 -per-host 10 -count 5 -pause 200ms \
        "http://$SERVER:8080/"
    sleep 6
    capture_stop
    cat "$WORK"/client*.log >"$WORK/all.log"
    truth server-idle-timeout-nginx all.log peer-closed=server-idle-timeout <<END
nginx 1.22 with keepalive_timeout 3s; Go 1.19 clients (IdleConnTimeout 90 s) with 4 and later 2 workers,
that fall silent and see their connections closed by the server. Link with 1 ms delay, captured at the client.
The truth is the client's log (end of file read on an idle connection) and nginx' configuration.
END
}

choose server_idle_timeout_nginx -- "$@"
