// SPDX-License-Identifier: BSD-2-Clause
// One segment while it is worked on: what tcp.c shares with the opening and the closing of a
// connection (taking_open.c, taking_close.c).
#pragma once

#include "engine/flow.h"

#define FLOW_BOTH(flag) ((flag) << CLIENT | (flag) << SERVER)

struct taking {
    struct context *context;
    struct flow *flow;
    const struct segment *segment;
    struct record *record;
    enum side side;
    struct moment moment;
    uint64_t at;      // position of the first payload byte; valid when the side's base is known
    uint64_t highest; // of its side before this segment
};

// Positions of a side count from its first byte, the one after its SYN.
void taking_set_base(struct flow *flow, enum side side, uint32_t first_byte);

// The first byte of a side that begins with `seq` in the capture.
uint32_t taking_earliest(const struct flow *flow, enum side side, uint32_t seq);

// The first packet of a side; a SYN or SYN-ACK; the end of the handshake; a RST; a FIN.
void taking_first(struct taking *t);
void taking_syn(struct taking *t);
void taking_establish(struct flow *flow, struct moment moment);
void taking_rst(struct taking *t);
void taking_fin(struct taking *t);

// Microseconds since the first packet.
static inline uint32_t taking_since_start(const struct record *record, int64_t time)
{
    return (uint32_t)CLAMP((time - record->at[AT_START].time) / 1000, 0, UINT32_MAX);
}

// The window that a segment advertises; `window` is of one without SYN.
void taking_window(struct taking *t);
static inline void taking_scaled_window(struct flow *flow, enum side side, uint32_t window)
{
    unsigned shift = flow->flags >> (FLOW_SHIFTS + 4 * side) & 15;
    flow->stream[side].window = window << (flow_is(flow, FLOW_SCALES) ? shift : 0);
}

// Of a flow that is closing, all up to `acked` is acknowledged now: when the peer's FIN is, and
// reactions to data after the first close.
void taking_close_acks(struct flow *flow, enum side side, uint64_t acked,
                       const struct segment *segment);

// Finds out whether a flow is steady now.
void taking_settle(struct flow *flow);

// Takes the next bytes of a steady flow, or none, as tcp_take() would, but sooner; false for any
// other segment, also one of another flow, of which it takes nothing.
bool taking_usual(struct context *context, struct flow *flow, const struct segment *segment);

// The same for the SYN that a flow has just begun with; and for what else is brief of a flow that
// isn't steady: the SYN-ACK, the end of the handshake, the ACK of a FIN.
bool taking_first_syn(struct flow *flow, const struct segment *segment);
bool taking_brief(struct flow *flow, const struct segment *segment);
