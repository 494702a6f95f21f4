# SPDX-License-Identifier: BSD-2-Clause
# More helpers for the recording scripts, after lib.sh.
#   truth_by NAME LOG ACTION=CAUSE[|CAUSE][/BY]...   as truth, with the column "by"
#   truth_all NAME "CAUSE [BY]"                      the same truth for every connection
#   talk SIDE LOG ARGUMENT...                        programs/talk.py, in the background
#   go_server LOG PORT [OPTION...]                   programs/go-many-server.go; pid in $server
#   go_client LOG [OPTION...]                        programs/go-pool-client.go, in the background
#   nginx_at SIDE LOG MAIN HTTP [CONNECTIONS]        nginx with those directives; pid in $nginx
#   net_mid ID                client and server, and a router between in $middle_space
#   nft_in SPACE RULE          a firewall rule for what SPACE receives or forwards
#   finish SECONDS             waits for what talk started last, so long at most
# $POOL maps what the Go client says about its pool.

POOL="host-limit=client-pool-limit/client total-limit=client-pool-limit-total/client \
    unused=unused-connection/client idle-timeout=client-idle-timeout/client open=open/none \
    close-idle=client-shutdown/client"

truth_by() {
    truth "$@" && sed -i '/^#/!s,/, ,g' "$OUT/$1.truth"
}

truth_all() {
    {
        sed 's/^/# /'
        echo "* $2"
    } >"$OUT/$1.truth"
    check "$1"
}

talk() {
    start "$1" "$2" "$PYTHON" "$PROGRAMS/talk.py" "${@:3}"
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
        echo "events { worker_connections ${5:-512}; } http { access_log off; $4 }"
    } >"$WORK/nginx.conf"
    start "$1" "$2" nginx -p "$WORK" -c "$WORK/nginx.conf"
    nginx=$started
    sleep 0.5
}

net_mid() {
    local id=${SPACES:-}$1
    client_space=${id}c server_space=${id}s middle_space=${id}m device=wire
    CLIENT=10.83.0.1 SERVER=10.84.0.2
    space_add "$client_space"
    space_add "$server_space"
    space_add "$middle_space"
    ip link add wire netns "$client_space" type veth peer name left netns "$middle_space"
    ip link add wire netns "$server_space" type veth peer name right netns "$middle_space"
    side_up "$client_space" wire 10.83.0.1 fd83::1
    side_up "$middle_space" left 10.83.0.254 fd83::ff
    side_up "$server_space" wire 10.84.0.2 fd84::2
    side_up "$middle_space" right 10.84.0.254 fd84::ff
    ip -n "$client_space" route add default via 10.83.0.254
    ip -n "$server_space" route add default via 10.84.0.254
    ip netns exec "$middle_space" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
    run client timeout 2 bash -c ": </dev/tcp/$SERVER/9" 2>/dev/null || true
}

nft_in() {
    ip netns exec "$1" nft \
        "add table inet f; add chain inet f in { type filter hook input priority 0; };
        add chain inet f through { type filter hook forward priority 0; }; add rule inet f in $2; \
            add rule inet f through $2"
}

finish() {
    await_end "$started" "$1"
}
