// SPDX-License-Identifier: BSD-2-Clause
// One direction's bytes, put in order: unwrapped positions, parked segments, holes.
#pragma once

#include "engine/flow.h"

// An acknowledgement farther ahead than the largest window (RFC 7323 section 2.3) is not believed.
#define WINDOW_MAX (UINT64_C(1) << 30)

// A stretch of bytes on its way to the reader: `length` in sequence space, of which `bytes` were
// captured (the rest is behind the snapshot length).
struct stretch {
    uint64_t at;
    struct slice bytes;
    uint32_t length;
    uint32_t ack; // acknowledgement number of its segment
    struct moment moment;
    bool is_counted_only; // bytes were captured, but are not here because nobody needs them
};

// The position of a sequence number, near the highest position seen so far.
static inline uint64_t stream_position(const struct stream *stream, uint32_t seq)
{
    uint64_t highest = stream->next + stream->ahead;
    return highest + (uint64_t)(int64_t)(int32_t)(seq - stream->base - (uint32_t)highest);
}

// The sequence number of the next byte.
static inline uint32_t stream_next_seq(const struct stream *stream)
{
    return stream->base + (uint32_t)stream->next;
}

static inline uint64_t stream_highest(const struct stream *stream)
{
    return stream->next + stream->ahead;
}

// The position that the peer has acknowledged; FIRST_BYTE when it has acknowledged nothing.
static inline uint64_t stream_acked(const struct flow *flow, enum side side)
{
    const struct stream *stream = &flow->stream[side];
    if (!flow_is(flow, FLOW_ACKED << side) || !flow_is(flow, FLOW_BASE << side))
        return FIRST_BYTE;
    uint64_t acked = stream_position(stream, stream->acked);
    bool is_plausible = acked >= FIRST_BYTE && acked <= stream_highest(stream) + WINDOW_MAX;
    return is_plausible ? acked : FIRST_BYTE;
}

// Whether these bytes wait already, out of order.
bool stream_has(const struct flow *flow, enum side side, uint64_t at, uint64_t end);

// Takes bytes of `side` in any order; what has become readable is read.
void stream_take(struct context *context, struct flow *flow, enum side side,
                 const struct stretch *stretch);

// Of a flow that has work: lets go of what waits, and of what else was sent, as their positions
// mean nothing any more.
void stream_forget(struct context *context, struct flow *flow, enum side side);

// Reads what has become readable: parked segments, and a FIN when all before it was read.
void stream_drain(struct context *context, struct flow *flow);

// Gives up on bytes that were acknowledged but not captured: those missing for the delay at `now`,
// or all of them.
void stream_skip_holes(struct context *context, struct flow *flow, int64_t now);
void stream_flush(struct context *context, struct flow *flow);
