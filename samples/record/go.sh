# SPDX-License-Identifier: BSD-2-Clause
# For the scripts whose client and server are both Go: one call records one sample. $UNUSED maps what
# the client says of connections without a request (its spare dials).

UNUSED="open=open closed-unused=unused-connection peer-closed-unused=unused-connection"

# go_sample NAME ID DELAY SIDE SNAPLEN SECONDS [OPTION...] [serve:OPTION...] [count:SIDE] [/PATH...]
# Server and client by programs/gohttp.go, their logs in $WORK/server.log and $WORK/client.log. The
# capture ends after SECONDS; the client is still running then unless -stay ended it.
go_sample() {
    local name=$1 id=$2 delay=$3 side=$4 snap=$5 seconds=$6 urls=() options=() serving=() each counted=
    shift 6
    for each in "$@"; do
        case $each in
        /*) urls+=("http://$SERVER:8080$each") ;;
        count:*) counted=${each#count:} ;;
        serve:*) serving+=("${each#serve:}") ;;
        *) options+=("$each") ;;
        esac
    done
    if [ "$delay" = lo ]; then net_lo "$id"; else net_up "$id" "$delay"; fi
    urls=("${urls[@]//10.83.0.2/$SERVER}")
    start server server.log "$BUILD_CACHE/gohttp" serve "${serving[@]}"
    await_port server 8080
    capture_start "$name" "$side" "$snap"
    [ -z "$counted" ] || count_sockets "$counted" 0.1
    start client client.log "$BUILD_CACHE/gohttp" get "${options[@]}" "${urls[@]}"
    sleep "$seconds"
    capture_stop
}
