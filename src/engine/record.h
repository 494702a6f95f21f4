// SPDX-License-Identifier: BSD-2-Clause
// The central value: what one connection did, as facts and numbers. Fixed size, no pointers,
// copied freely. The engine writes it; judge and report only read it.
#pragma once

#include "base/moment.h"
#include "capture/segment.h"
#include "engine/facts.h"

#define LENGTH_UNKNOWN  (-1)
#define ADVERTISED_NONE UINT32_MAX

enum record_name {
    NAME_HOST,
    NAME_AGENT,
    NAME_SOFTWARE,
    NAME_FIRST_METHOD,
    NAME_FIRST_TARGET,
    NAME_LAST_METHOD,
    NAME_LAST_TARGET,
    NAMES
};

struct record {
    // What the judge compares again and again stands together: two cache lines.
    uint64_t facts; // bits: enum fact
    int64_t gap;    // before the first close (spec term "Gap"); NANOS_UNKNOWN when not idle/unused
    int64_t idle_max;  // longest idle stay that ended in a request; NANOS_UNKNOWN without one
    uint8_t close_by;  // enum close_by: whose address the first close bears, in capture order
    uint8_t close_how; // enum close_how
    uint8_t phase;     // enum phase
    uint8_t syn_retransmits;
    uint32_t requests, responses, responses_complete; // heads, final ones; complete messages
    uint32_t outstanding;                             // at the close, in the closer's view
    uint16_t reused_after_empty, reused_after_body;   // next request followed such a response
    struct moment at[MOMENTS];
    int64_t expected;      // body length of the last response by its framing; LENGTH_UNKNOWN
    int64_t received;      // of it, bytes below the closer's view
    uint32_t names[NAMES]; // interned ids
    uint16_t last_status;  // of the last final response; 0 none
    uint16_t client_clock; // TSval of its first packet less its time, in 65.536 s; 0 unknown
    struct {
        struct address address; // [CLIENT], [SERVER]
        uint64_t bytes;         // unique payload bytes by sequence space, captured or not
        uint32_t lost;          // of them, acknowledged but never captured; saturates
        uint32_t packets;
        uint32_t retransmitted; // segments with data, none of it new
        uint32_t note;          // the process that the capture tells there, the same on both ends
                                // when it doesn't tell on which; an id of the notes, 0 none
        uint16_t port;
        uint16_t probes;           // TCP keep-alive probes sent; saturates
        uint8_t probes_unanswered; // the last ones, with no answer; saturates
        uint8_t tail_retransmits;  // retransmissions of unacknowledged data since the peer last
                                   // acknowledged something new
        uint8_t state;             // enum tcp_state at the end
        uint8_t ttl;               // of its first packet
    } end[2];
    uint32_t initial_seq;        // of the client's SYN; midstream: first sequence number seen
    uint32_t advertised_timeout; // Keep-Alive: timeout=, seconds; ADVERTISED_NONE
    uint32_t advertised_max;     // the first Keep-Alive: max=; ADVERTISED_NONE
    uint32_t probe_period_ms;    // the silence before a keep-alive probe; 0 unknown
    uint32_t rtt_us;             // SYN to SYN-ACK or SYN-ACK to ACK, the larger; 0 unknown
    uint32_t stalled_ms;         // how long the closer's data had been unacknowledged, or its
                                 // peer's window zero, when it closed
};
_Static_assert(sizeof(struct record) <= 400, "group causes keep millions of records");

// One request with its response: `begin` the first byte of the request, `end` the last byte of
// the response (NANOS_UNKNOWN: never complete). `connection` is the record's at[AT_START].frame.
struct exchange {
    int64_t begin, end;
    uint32_t connection;
    bool has_body;      // the response had a non-empty body
    bool is_idempotent; // RFC 9110 section 9.2.2
};

static inline bool record_has(const struct record *r, enum fact fact)
{
    return r->facts >> fact & 1;
}

// The moment of the first close; unset while open.
static inline struct moment record_close(const struct record *r)
{
    if (r->close_how == CLOSE_RST)
        return r->at[AT_RST];
    if (r->close_how == CLOSE_FIN)
        return r->at[r->close_by == CLOSE_BY_CLIENT ? AT_CLIENT_FIN : AT_SERVER_FIN];
    return (struct moment){0, 0};
}
