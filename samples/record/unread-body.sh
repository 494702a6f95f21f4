#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Response bodies left unread, and the drained fix.
. "$(dirname "$0")/lib.sh"
. "$HERE/go.sh"
build gohttp

unread_body_go_large() {
    go_sample unread-body-go-large crAul 1 client 400 4 -body leave -count 30 -pause 20ms \
        /body/0/a /body/24000/b
    truth unread-body-go-large client.log open=open complete=open left-unread=unread-body <<END
Go 1.19 net/http client and server, one worker. Every other answer has a body of 24000 bytes, which
the program closes unread; the others are empty. Link with 1 ms delay, captured at the client, 400 bytes
of each frame. The truth is the client's log.
END
}

unread_body_go_small() {
    go_sample unread-body-go-small crAus 1 client 262144 4 -body leave -count 30 -pause 20ms \
        /body/0/a /body/300/b
    truth unread-body-go-small client.log open=open complete=open left-unread=unread-body <<END
Go 1.19 net/http client and server, one worker. Every other answer has a body of 300 bytes, which
the program closes unread; the others are empty. Link with 1 ms delay, captured at the client.
The truth is the client's log.
END
}

reuse_go_drained() {
    go_sample reuse-go-drained crAud 1 client 262144 4 -body drain -count 30 -pause 20ms \
        /body/0/a /body/3000/b
    truth reuse-go-drained client.log open=open <<END
Go 1.19 net/http client and server, one worker. Bodies of 3000 bytes and of none in turn, all read to
their ends: one connection carries everything. The client runs on after the end of the capture.
Link with 1 ms delay, captured at the client. The truth is the client's log.
END
}

choose unread_body_go_large unread_body_go_small reuse_go_drained -- "$@"
