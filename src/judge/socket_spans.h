// SPDX-License-Identifier: BSD-2-Clause
// The TCP states of one end of one connection over time, reconstructed from its record (RFC 9293
// section 3.3.2, with Linux' timers).
#pragma once

#include "engine/record.h"

#define SOCKET_SPANS    8
#define TIME_WAIT_NANOS (60 * NANOS_PER_SECOND) // Linux: fixed
#define FIN_WAIT2_NANOS (60 * NANOS_PER_SECOND) // of an orphan; Linux: tcp_fin_timeout
#define SPAN_OPEN       INT64_MAX

static inline int64_t span_after(int64_t time, int64_t nanos)
{
    return time > SPAN_OPEN - nanos ? SPAN_OPEN : time + nanos;
}

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

// One end's spans in order of time, each from the end of the one before; none is empty, and CLOSED
// is one between two others only. spans[count] is CLOSED from then on, another behind it SPAN_OPEN.
struct socket_end {
    struct socket_span spans[SOCKET_SPANS + 2];
    unsigned count;
};

// Those of the client and of the server. An end whose packets were not captured is taken to close
// as soon as its peer does.
void socket_spans(const struct record *record, struct socket_bounds bounds,
                  struct socket_end ends[2]);
