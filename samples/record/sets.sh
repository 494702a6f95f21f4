# SPDX-License-Identifier: BSD-2-Clause
# More helpers for the recording scripts, after lib.sh.
#   truth_by NAME LOG ACTION=CAUSE[|CAUSE][/BY]...   as truth, with the column "by"
#   talk SIDE LOG ARGUMENT...                        programs/talk.py, in the background
#   go_server LOG PORT [OPTION...]                   programs/go-many-server.go; pid in $server
#   go_client LOG [OPTION...]                        programs/go-pool-client.go, in the background
#   nginx_at SIDE LOG MAIN HTTP                      nginx with those directives; pid in $nginx
# $POOL maps what the Go client says about its pool.

POOL="host-limit=client-pool-limit/client total-limit=client-pool-limit-total/client \
    unused=unused-connection/client idle-timeout=client-idle-timeout/client open=open/none \
    close-idle=client-shutdown/client"

truth_by() {
    truth "$@" && sed -i '/^#/!s,/, ,g' "$OUT/$1.truth"
}

talk() {
    start "$1" "$2" python3 "$PROGRAMS/talk.py" "${@:3}"
}

go_server() {
    build go-many-server
    start server "$1" "$BUILD_CACHE/go-many-server" -listen "$2" "${@:3}"
    server=$started
    await_port server "${2##*:}"
}

go_client() {
    build go-pool-client
    start client "$1" "$BUILD_CACHE/go-pool-client" "${@:2}"
}

nginx_at() {
    {
        echo "daemon off; pid $WORK/nginx.pid; error_log stderr info; $3"
        echo "events { } http { access_log off; $4 }"
    } >"$WORK/nginx.conf"
    start "$1" "$2" nginx -p "$WORK" -c "$WORK/nginx.conf"
    nginx=$started
    sleep 0.5
}
