// SPDX-License-Identifier: BSD-2-Clause
// What the engine can say about a connection: facts, moments, phases and TCP states.
#pragma once

enum side { CLIENT, SERVER };

enum fact {
#define FACT(id, words) FACT_##id,
#include "engine/facts.def"
#undef FACT
    FACTS
};
_Static_assert(FACTS <= 64, "facts are the bits of one word");

enum moment_id {
#define MOMENT(id, words) AT_##id,
#include "engine/moments.def"
#undef MOMENT
    MOMENTS
};

enum close_by { CLOSE_BY_NOBODY, CLOSE_BY_CLIENT, CLOSE_BY_SERVER };
enum close_how { CLOSE_OPEN, CLOSE_FIN, CLOSE_RST };

// Where the last exchange stood at the first close, in the closer's own view; for a connection
// without a close, where it stands at the end.
enum phase {
    PHASE_CONNECTING, // no handshake
    PHASE_UNUSED,     // no request byte
    PHASE_REQUEST,    // request head or body incomplete, no response byte
    PHASE_AWAITING,   // request complete, no byte of its response
    PHASE_ANSWERING,  // response begun while the request is still incomplete
    PHASE_HEAD,       // response begun, its head incomplete
    PHASE_BODY,       // response head complete, its body not
    PHASE_IDLE,       // every request answered by a complete message
    PHASE_TUNNEL,     // after 101 or a 2xx to CONNECT
    PHASE_OPAQUE,     // not HTTP/1
    PHASE_LOST        // reading could not follow (hole, cut head, unparsable bytes)
};

// As netstat spells them (RFC 9293 section 3.3.2).
enum tcp_state {
    TCP_CLOSED,
    TCP_SYN_SENT,
    TCP_SYN_RECV,
    TCP_ESTABLISHED,
    TCP_FIN_WAIT1,
    TCP_FIN_WAIT2,
    TCP_CLOSE_WAIT,
    TCP_CLOSING,
    TCP_LAST_ACK,
    TCP_TIME_WAIT,
    TCP_STATES
};

// The words of a fact or a moment, for people.
const char *fact_words(enum fact fact);
const char *moment_words(enum moment_id moment);
const char *tcp_state_name(enum tcp_state state);
