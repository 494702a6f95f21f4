# SPDX-License-Identifier: BSD-2-Clause
# For the scripts whose servers are neither Go nor nginx; files are in $WORK/site.
#   apache_at DIRECTIVES       Apache (event) on port 8080; lines of $WORK/access.log are ADDRESS PORT
#                              request NUMBER STATUS; pid in $apache
#   lighttpd_at DIRECTIVES     lighttpd on port 8080, the same log without NUMBER
#   haproxy_at DEFAULTS FRONT  HAProxy on port 8080 before 127.0.0.1:8081; pid in $haproxy
#   squid_at DIRECTIVES        Squid on port 8080 before 127.0.0.1:8081
#   python_app SERVER OPTION...   gunicorn, uvicorn or waitress on port 8080 with programs/app.py
#   opens LOG                  LOG with a line "open" before each connection's first line

site() {
    chmod 755 "$WORK"
    mkdir -p "$WORK/site"
    head -c 120 /dev/zero | tr '\0' x >"$WORK/site/a"
}

apache_at() {
    local module modules=/usr/lib/apache2/modules
    site
    mkdir -p "$WORK/apache"
    {
        for module in mpm_event authz_core reqtimeout; do
            echo "LoadModule ${module}_module $modules/mod_$module.so"
        done
        echo "ServerName s
            ServerRoot $WORK/apache
            DefaultRuntimeDir $WORK/apache
            PidFile $WORK/apache/pid
            ErrorLog $WORK/apache/error.log
            User www-data
            Listen 8080
            DocumentRoot $WORK/site
            LogFormat \"%a %{remote}p request %k %>s\" port
            CustomLog $WORK/access.log port
            $1"
    } >"$WORK/apache.conf"
    start server apache.log apache2 -DFOREGROUND -f "$WORK/apache.conf"
    apache=$started
    await_port server 8080
}

lighttpd_at() {
    site
    echo "server.modules = ( \"mod_accesslog\" )
        server.document-root = \"$WORK/site\"
        server.port = 8080
        accesslog.filename = \"$WORK/access.log\"
        accesslog.format = \"%a %{remote}p request %s\"
        $1" >"$WORK/lighttpd.conf"
    start server lighttpd.log lighttpd -D -f "$WORK/lighttpd.conf"
    lighttpd=$started
    await_port server 8080
}

haproxy_at() {
    echo "defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
$1
listen front
    bind :8080
    server one 127.0.0.1:8081
$2" >"$WORK/haproxy.cfg"
    start server haproxy.log haproxy -db -f "$WORK/haproxy.cfg"
    haproxy=$started
    await_port server 8080
}

squid_at() {
    mkdir -p "$WORK/squid"
    chmod 777 "$WORK" "$WORK/squid"
    echo "http_port 8080 accel defaultsite=s no-vhost
        cache_peer 127.0.0.1 parent 8081 0 no-query originserver name=one
        http_access allow all
        cache deny all
        cache_mem 1 MB
        pid_filename none
        access_log none
        cache_log $WORK/squid/cache.log
        coredump_dir $WORK/squid
        workers 1
        shutdown_lifetime 1 seconds
        $1" >"$WORK/squid.conf"
    start server squid.log squid -N -f "$WORK/squid.conf"
    await_port server 8080
}

python_app() {
    local server=$1
    shift
    case $server in
    gunicorn) start server app.log gunicorn --chdir "$PROGRAMS" -b :8080 "$@" app:wsgi ;;
    uvicorn) start server app.log uvicorn --app-dir "$PROGRAMS" --host 0.0.0.0 --port 8080 \
        --no-access-log "$@" app:asgi ;;
    waitress) start server app.log env PYTHONPATH="$PROGRAMS" "$PYTHON" -m waitress \
        --listen='*:8080' "$@" app:wsgi ;;
    esac
    app=$started
    await_port server 8080
}

opens() {
    awk '!seen[$1 " " $2]++ { print $1, $2, "open" } { print }' "$1"
}
