#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Clients that give up before the head or within the body.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
build gohttp

client_timeout_awaiting_response_go() {
    go_sample client-timeout-awaiting-response-go crAth 1 client 262144 9 \
        -timeout 1s -count 12 -pause 50ms /body/100/a /late/1500/b /body/100/c
    truth client-timeout-awaiting-response-go client.log complete=open \
        failed-head=client-timeout-awaiting-response open=open <<END
Go 1.19 client with Client.Timeout 1 s; every third call is answered after 1.5 s only. Go server.
Link with 1 ms delay, captured at the client, which runs on. The truth is the client's log.
END
}

choose client_timeout_awaiting_response_go -- "$@"
