// SPDX-License-Identifier: BSD-2-Clause
// Connection records made by hand, for tests of the judge: each helper adds one part of a life.
#pragma once

#include <glib.h>
#include <stddef.h>
#include <string.h>

#include "engine/record.h"

// Times of hand-made records are milliseconds after this.
#define BEGIN (INT64_C(1700000000) * NANOS_PER_SECOND)

static inline int64_t at_ms(int64_t ms)
{
    return BEGIN + ms * NANOS_PER_MS;
}

static inline struct address ipv4(uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    return (struct address){{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}};
}

static inline void happens(struct record *r, enum moment_id id, int64_t ms)
{
    static uint32_t frame;
    r->at[id] = (struct moment){at_ms(ms), id == AT_START ? ++frame * 32 : frame * 32 + id};
    if (at_ms(ms) >= r->at[AT_END].time)
        r->at[AT_END] = (struct moment){at_ms(ms), frame * 32 + AT_END};
}

static inline void fact(struct record *r, enum fact fact)
{
    r->facts |= UINT64_C(1) << fact;
}

// A connection 10.0.0.`client`:port -> 10.0.1.1:80 with a handshake of 1 ms.
static inline struct record opened(uint8_t client, uint16_t port, int64_t ms)
{
    struct record r;
    memset(&r, 0, sizeof r);
    r.end[CLIENT].address = ipv4(10, 0, 0, client);
    r.end[SERVER].address = ipv4(10, 0, 1, 1);
    r.end[CLIENT].port = port;
    r.end[SERVER].port = 80;
    r.gap = r.idle_max = NANOS_UNKNOWN;
    r.expected = LENGTH_UNKNOWN;
    r.advertised_timeout = r.advertised_max = ADVERTISED_NONE;
    r.phase = PHASE_UNUSED;
    happens(&r, AT_START, ms);
    happens(&r, AT_ESTABLISHED, ms + 1);
    fact(&r, FACT_SYN);
    fact(&r, FACT_SYN_ACK);
    fact(&r, FACT_ESTABLISHED);
    fact(&r, FACT_CLIENT_SEEN);
    fact(&r, FACT_SERVER_SEEN);
    return r;
}

// `count` requests, the last one from `begin` to `end`, all of them answered in full.
static inline void asked(struct record *r, uint32_t count, int64_t begin, int64_t end)
{
    r->requests = r->responses = r->responses_complete = count;
    r->phase = PHASE_IDLE;
    r->last_status = 200;
    happens(r, AT_FIRST_REQUEST, begin);
    happens(r, AT_LAST_REQUEST, begin);
    happens(r, AT_REQUEST_END, begin);
    happens(r, AT_RESPONSE_BEGIN, end);
    happens(r, AT_RESPONSE_END, end);
}

// The first FIN, and its acknowledgement.
static inline void closed(struct record *r, enum side side, int64_t fin, int64_t ack)
{
    r->close_by = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    r->close_how = CLOSE_FIN;
    happens(r, side == CLIENT ? AT_CLIENT_FIN : AT_SERVER_FIN, fin);
    happens(r, side == CLIENT ? AT_CLIENT_FIN_ACK : AT_SERVER_FIN_ACK, ack);
    if (moment_is_set(r->at[AT_RESPONSE_END]))
        r->gap = at_ms(fin) - r->at[AT_RESPONSE_END].time;
}

// The second FIN, and its acknowledgement.
static inline void answered(struct record *r, enum side side, int64_t fin, int64_t ack)
{
    happens(r, side == CLIENT ? AT_CLIENT_FIN : AT_SERVER_FIN, fin);
    happens(r, side == CLIENT ? AT_CLIENT_FIN_ACK : AT_SERVER_FIN_ACK, ack);
}

static inline void reset(struct record *r, enum side side, int64_t ms)
{
    happens(r, AT_RST, ms);
    if (r->close_how == CLOSE_OPEN) {
        r->close_by = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
        r->close_how = CLOSE_RST;
    }
}
