// SPDX-License-Identifier: BSD-2-Clause
// The TCP states of one end of one connection over time, reconstructed from its record (RFC 9293
// section 3.3.2, with Linux' timers).
#pragma once

#include "engine/record.h"

#define SOCKET_SPANS    6
#define TIME_WAIT_NANOS (60 * NANOS_PER_SECOND) // Linux: fixed
#define FIN_WAIT2_NANOS (60 * NANOS_PER_SECOND) // of an orphan; Linux: tcp_fin_timeout
#define SPAN_OPEN       INT64_MAX

// In `state` from `from` until before `to`; SPAN_OPEN: longer than anything seen.
struct socket_span {
    int64_t from, to;
    enum tcp_state state;
};

// What bounds a record's life from outside: the capture's first packet (a connection that began
// midstream was there before) and the next SYN on the same addresses and ports (SPAN_OPEN: none).
struct socket_bounds {
    int64_t first, reused;
};

// The spans in order of time, none empty, none CLOSED. Returns how many. An end whose packets were
// not captured is taken to close as soon as its peer does.
unsigned socket_spans(const struct record *record, enum side side, struct socket_bounds bounds,
                      struct socket_span spans[SOCKET_SPANS]);
