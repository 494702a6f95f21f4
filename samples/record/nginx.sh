# SPDX-License-Identifier: BSD-2-Clause
# For the scripts whose server is nginx.

# nginx_start DIRECTIVES: on port 8080 of the server with these in its server block; files are in
# $WORK/nginx/html, lines of $WORK/nginx/access.log are ADDRESS PORT request NUMBER STATUS ...
nginx_start() {
    mkdir -p "$WORK/nginx/html"
    head -c 120 /dev/zero | tr '\0' x >"$WORK/nginx/html/index.html"
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

# nginx_log: $WORK/access.log with a line "open" before the first request of each connection.
nginx_log() {
    awk '$4 == 1 { print $1, $2, "open" } { print }' "$WORK/nginx/access.log" >"$WORK/access.log"
}
