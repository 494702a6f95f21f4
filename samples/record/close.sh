#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Announced closes: Connection: close, HTTP/1.0, request limits, bodies until close.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
build gohttp

client_asked_close_kube_probe() {
    go_sample client-asked-close-kube-probe crAkp 0 server 262144 22 \
        -close -agent kube-probe/1.21 -count 10 -pause 2s /healthz
    truth client-asked-close-kube-probe client.log open=client-asked-close <<END
A Go 1.19 client asks for /healthz every 2 s as kubelet does: User-Agent kube-probe/1.21 and
Connection: close. Go server, which closes first. Plain veth, captured at the server.
The truth is the client's setting (Request.Close).
END
}

choose client_asked_close_kube_probe -- "$@"
