// SPDX-License-Identifier: BSD-2-Clause
// A connection jumps when its next segment, or what that acknowledges, lies beyond all that was
// seen of it.
#include "engine/seams.h"

#include "engine/orient.h"
#include "engine/stream.h"

#define JUMP_MOST (UINT64_C(1) << 30) // beyond any window: nonsense

void seams_begin(struct seams *seams, const struct segment *segment)
{
    const struct seam seam = {.part = segment->part, .frame = segment->frame - 1};
    seams->part = segment->part;
    seams->frame = seam.frame;
    g_array_append_val(seams->all, seam);
}

// How far a position of `side` lies beyond all that was seen of it; 0 when it doesn't.
static uint64_t beyond(const struct flow *flow, enum side side, uint32_t seq)
{
    const struct stream *stream = &flow->stream[side];
    uint64_t highest = stream_highest(stream) + flow_is(flow, FLOW_FIN << side);
    uint64_t at = stream_position(stream, seq);
    bool is_jump = flow_is(flow, FLOW_BASE << side) && at > highest && at - highest < JUMP_MOST;
    return is_jump ? at - highest : 0;
}

void seams_pass(struct seams *seams, const struct flow *flow, const struct segment *segment)
{
    struct seam *seam = &g_array_index(seams->all, struct seam, seams->all->len - 1);
    enum side side = orient_side(flow, segment);
    uint64_t bytes = 0;
    if (!(segment->flags & (TCP_SYN | TCP_RST)))
        bytes += beyond(flow, side, segment->seq);
    if (segment->flags & TCP_ACK)
        bytes += beyond(flow, !side, segment->ack);
    seam->going_on++;
    seam->jumping += bytes > 0;
    seam->bytes += bytes;
}
