// SPDX-License-Identifier: BSD-2-Clause
// One connection while it is followed. The engine's own: nobody outside engine/ includes it.
//
// Theory of operation. A flow holds what an idle connection needs, and its record. What only an
// active one needs (a head in pieces, parked segments, outstanding requests) is `work`, made when
// bytes arrive and given back when both sides rest; what only a closed one needs is `closing`.
//
// Positions are 64-bit stream offsets, FIRST_BYTE being the byte after the SYN: sequence numbers
// are unwrapped at one line (stream_position). Bytes reach the reader in order and once, and only
// after the bytes of the other side that their segment acknowledges: capture order decides nothing.
#pragma once

#include <glib.h>

#include "engine/context.h"
#include "engine/record.h"
#include "engine/work.h"

#define FIRST_BYTE (UINT64_C(1) << 32)

enum flow_flag {
    FLOW_BASE = 1 << 0,          // << side: stream[side].base is known
    FLOW_ACKED = 1 << 2,         // << side: stream[side].acked is known
    FLOW_FIN = 1 << 4,           // << side: its FIN was seen
    FLOW_TENTATIVE = 1 << 6,     // who is the client was guessed from the ports
    FLOW_ENDED = 1 << 7,         // RST, or FINs of both sides
    FLOW_LOSSY = 1 << 8,         // bytes of the present exchange are missing
    FLOW_WINDOW = 1 << 9,        // << side: stream[side].window is known
    FLOW_LAST_EMPTY = 1 << 11,   // the last complete response had no body
    FLOW_DONE = 1 << 12,         // << side: the message that began last is complete
    FLOW_FIN_SKIPPED = 1 << 14,  // << side: a FIN that was not captured was skipped
    FLOW_LIVE = 1 << 16,         // in the table
    FLOW_TARGET_WAITS = 1 << 17, // the last target has no name yet (naming.c)
    FLOW_TOLD = 1 << 18,         // its record was handed out: late segments are dropped
    FLOW_STEADY = 1 << 19,       // nothing is to be put right or to be ended (taking_usual.c)
    FLOW_SYNS = 1 << 20,         // the SYNs of both sides were seen
    FLOW_SCALES = 1 << 21,       // both sides scale their windows
    FLOW_STALLED = 1 << 22,      // work->sent or work->zero_since is set
    FLOW_FIRST_WAITS = 1 << 23,  // neither the first target nor the last has a name yet (naming.c)
    FLOW_SHIFTS = 24,            // from this bit on: window scale shifts, four bits for each side
};

struct stream {
    uint64_t next;   // position of the next byte in order
    uint32_t base;   // sequence number of FIRST_BYTE
    uint32_t ahead;  // highest position seen, minus next
    uint32_t acked;  // the peer's highest acknowledgement number
    uint32_t window; // bytes, as this side last advertised
};

struct flow {
    struct stream stream[2];
    uint64_t request_at, response_at; // of the last messages
    int64_t acked_time;               // when the server's bytes were last acknowledged anew
    struct work *work;
    struct closing *closing;
    uint32_t client_rtt_us; // from the capture to the client and back; before ESTABLISHED: server's
    uint32_t flags;         // enum flow_flag
    uint32_t head_length;   // of the last response; 0: its head is incomplete
    uint8_t reader[2];      // enum reader_state
    int16_t unseen;         // requests presumed answered, less responses to requests never seen
    struct record record;
};
// A slot has 8 bytes, and one in three is in use, or more.
_Static_assert(sizeof(struct flow) + 8 * 3 <= 512, "an idle connection's cost is capped");

static inline bool flow_is(const struct flow *flow, unsigned flag)
{
    return flow->flags & flag;
}

static inline void flow_note(struct flow *flow, enum fact fact)
{
    flow->record.facts |= UINT64_C(1) << fact;
}

void flow_set_fact(struct flow *flow, enum fact fact, bool holds);

uint8_t flow_window_shift(const struct flow *flow, enum side side); // of its SYN; or none
void flow_set_window_shift(struct flow *flow, enum side side, uint8_t shift);
struct work *flow_make_work(struct context *context, struct flow *flow);
static inline struct work *flow_work(struct context *context, struct flow *flow)
{
    return flow->work ? flow->work : flow_make_work(context, flow);
}

struct closing *flow_closing(struct context *context, struct flow *flow); // made when there is none
void flow_release_work(struct context *context, struct flow *flow);
void flow_clear(struct context *context, struct flow *flow);
void flow_free_spares(struct context *context);
