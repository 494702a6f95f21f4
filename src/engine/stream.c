// SPDX-License-Identifier: BSD-2-Clause
// One direction's bytes, put in order: unwrapped positions, parked segments, holes.
#include "engine/stream.h"

#include "engine/reader.h"

static void advance(struct stream *stream, uint64_t to)
{
    uint64_t highest = MAX(stream_highest(stream), to);
    stream->next = to;
    stream->ahead = (uint32_t)MIN(highest - to, UINT32_MAX);
}

// Bytes are read only after those that their sender had read: whichever was captured first.
static bool is_caught_up(const struct flow *flow, enum side side, uint32_t ack)
{
    const struct stream *other = &flow->stream[!side];
    if (!flow_is(flow, FLOW_BASE << !side))
        return true;
    uint64_t seen = stream_position(other, ack);
    return seen <= other->next || seen > stream_highest(other) + WINDOW_MAX;
}

static void deliver(struct context *context, struct flow *flow, enum side side,
                    const struct stretch *stretch)
{
    struct stream *stream = &flow->stream[side];
    struct stretch rest = *stretch;
    uint64_t old = stream->next - rest.at;
    bool is_whole = old == 0;
    rest.at += old;
    rest.length -= (uint32_t)old;
    rest.bytes = slice_from(rest.bytes, old);
    advance(stream, rest.at + rest.length);
    struct reading reading = {context, flow,        side,     rest.bytes,
                              rest.at, rest.moment, rest.ack, is_whole};
    reader_bytes(&reading);
    if (rest.bytes.length < rest.length)
        reader_gap(&reading, rest.length - (uint32_t)rest.bytes.length,
                   stretch->is_counted_only ? GAP_UNNEEDED : GAP_CUT);
}

static int compare_positions(const void *a, const void *b, void *unused)
{
    (void)unused;
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static struct parked *first_parked(const struct work *work, enum side side)
{
    GTreeNode *node = work->parked[side] ? g_tree_node_first(work->parked[side]) : NULL;
    return node ? g_tree_node_value(node) : NULL;
}

static void unpark(struct context *context, struct work *work, enum side side,
                   struct parked *parked)
{
    g_tree_steal(work->parked[side], &parked->at);
    work->parked_bytes[side] -= parked->captured;
    context->held_bytes -= parked->captured + PARKED_COST;
    parked_free(&context->parked, parked);
}

__attribute__((noinline)) void stream_forget(struct context *context, struct flow *flow,
                                             enum side side)
{
    struct work *work = flow->work;
    for (struct parked *parked; (parked = first_parked(work, side));)
        unpark(context, work, side, parked);
    work->sent[side] = 0;
    work->hole_since[side] = work->unacked_since[side] = NANOS_UNKNOWN;
}

// Delivers the first parked segment of a side if its time has come.
static bool drain_one(struct context *context, struct flow *flow, enum side side)
{
    struct work *work = flow->work;
    struct parked *parked = first_parked(work, side);
    if (!parked || parked->at > flow->stream[side].next)
        return false;
    if (parked->at + parked->length > flow->stream[side].next) {
        if (!is_caught_up(flow, side, parked->ack))
            return false;
        struct stretch stretch = {parked->at,     slice_of(parked->bytes, parked->captured),
                                  parked->length, parked->ack,
                                  parked->moment, parked->is_counted_only};
        deliver(context, flow, side, &stretch);
    }
    unpark(context, work, side, parked);
    return true;
}

// The side ends when all before its FIN has been read.
static inline bool is_at_end(const struct flow *flow, enum side side)
{
    return flow_is(flow, FLOW_FIN << side) && flow->stream[side].next == flow->closing->fin[side];
}

// A FIN takes one position.
static bool end_side(struct context *context, struct flow *flow, enum side side)
{
    struct reading reading = {.context = context, .flow = flow, .side = side};
    advance(&flow->stream[side], flow->stream[side].next + 1);
    reader_end(&reading);
    return true;
}

static bool has_parked(const struct flow *flow)
{
    return flow->work && (flow->work->parked[CLIENT] || flow->work->parked[SERVER]);
}

void stream_drain(struct context *context, struct flow *flow)
{
    while ((has_parked(flow) &&
            (drain_one(context, flow, CLIENT) || drain_one(context, flow, SERVER))) ||
           (is_at_end(flow, CLIENT) && end_side(context, flow, CLIENT)) ||
           (is_at_end(flow, SERVER) && end_side(context, flow, SERVER)))
        continue;
}

// Moves a stream over missing bytes, up to `to`.
static void skip(struct context *context, struct flow *flow, enum side side, uint64_t to)
{
    struct stream *stream = &flow->stream[side];
    uint64_t length = to - stream->next, total = flow->record.end[side].lost + length;
    struct reading reading = {.context = context, .flow = flow, .side = side, .at = stream->next};
    bool is_only_fin = length == 1 && stream->ahead == 0;
    advance(stream, to);
    bool is_between = reader_is_resting(flow, side) || flow->reader[side] == READ_LOST;
    if (is_only_fin && is_between) {
        flow_note(flow, FACT_FIN_UNSEEN);
        flow->flags |= FLOW_FIN_SKIPPED << side;
        return;
    }
    flow->record.end[side].lost = (uint32_t)MIN(total, UINT32_MAX);
    flow_note(flow, FACT_LOST_BYTES);
    reader_gap(&reading, length, GAP_LOST);
}

// What was sent by all signs: acknowledged by the peer, or passed over by a later segment.
static uint64_t sent(const struct flow *flow, enum side side)
{
    if (!flow_is(flow, FLOW_BASE << side))
        return 0; // nothing of this side was captured
    uint64_t acked = stream_acked(flow, side);
    return flow->work ? MAX(acked, flow->work->sent[side]) : acked;
}

// At the end of a capture: what the peer acknowledged, and what lies before the side's own FIN or
// RST.
static inline uint64_t sent_for_sure(const struct flow *flow, enum side side)
{
    uint64_t all = sent(flow, side);
    enum close_by own = side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    if (flow_is(flow, FLOW_FIN << side))
        all = MAX(all, flow->closing->fin[side]);
    else if (flow->record.close_by == own && flow_is(flow, FLOW_BASE << side))
        all = MAX(all, flow->closing->cut[side]);
    return all;
}

// Skips the first hole of a side: to the first parked byte, or to what was acknowledged. At the
// end of a capture, a side whose peer was never seen to acknowledge anything has no other sign.
static bool skip_hole(struct context *context, struct flow *flow, enum side side, bool is_end)
{
    if (!flow_is(flow, FLOW_BASE << side))
        return false;
    bool all = is_end && !flow_is(flow, FLOW_ACKED << side);
    const struct stream *stream = &flow->stream[side];
    uint64_t acked = is_end ? sent_for_sure(flow, side) : sent(flow, side), to = acked;
    struct parked *parked = first_parked(flow->work, side);
    if (parked && (all || acked > parked->at))
        to = parked->at;
    if (flow_is(flow, FLOW_FIN << side))
        to = MIN(to, MAX(flow->closing->fin[side], stream->next));
    if (to <= stream->next)
        return false;
    skip(context, flow, side, to);
    stream_drain(context, flow);
    return true;
}

// What is missing is given up, what is parked is read.
static void read_parked(struct context *context, struct flow *flow, enum side side)
{
    struct parked *parked;
    while (flow->work && (parked = first_parked(flow->work, side))) {
        if (parked->at > flow->stream[side].next)
            skip(context, flow, side, parked->at);
        struct stretch stretch = {parked->at,     slice_of(parked->bytes, parked->captured),
                                  parked->length, parked->ack,
                                  parked->moment, parked->is_counted_only};
        if (parked->at + parked->length > flow->stream[side].next)
            deliver(context, flow, side, &stretch);
        unpark(context, flow->work, side, parked);
    }
}

// A body that is skipped by its length needs no bytes, only sequence space; unless it may turn out
// not to be owed (Expect: 100-continue).
static struct slice bytes_needed(const struct flow *flow, enum side side,
                                 const struct stretch *stretch)
{
    const struct stream *stream = &flow->stream[side];
    bool is_skipped =
        flow->reader[side] == READ_LENGTH && flow->work &&
        !(side == CLIENT && record_has(&flow->record, FACT_EXPECT_CONTINUE)) &&
        stretch->at + stretch->length - stream->next <= flow->work->reader[side].remaining;
    return is_skipped ? slice_of(NULL, 0) : stretch->bytes;
}

static bool has_room(const struct context *context, const struct work *work, enum side side,
                     size_t more)
{
    const struct limits *limits = &context->limits;
    GTree *tree = work->parked[side];
    return work->parked_bytes[side] + more <= limits->parked_bytes &&
           context->held_bytes + more + PARKED_COST <= limits->parked_total &&
           (!tree || (uint32_t)g_tree_nnodes(tree) < limits->parked_segments);
}

static void park(struct context *context, struct flow *flow, enum side side,
                 const struct stretch *stretch)
{
    struct work *work = flow_work(context, flow);
    struct slice bytes = bytes_needed(flow, side, stretch);
    bool is_counted_only = bytes.length < stretch->bytes.length;
    if (!has_room(context, work, side, bytes.length)) {
        flow_note(flow, FACT_LIMITED);
        read_parked(context, flow, side);
        if (!has_room(context, work, side, bytes.length) && stretch->at > flow->stream[side].next)
            skip(context, flow, side, stretch->at);
        if (stretch->at <= flow->stream[side].next) {
            if (stretch->at + stretch->length > flow->stream[side].next)
                deliver(context, flow, side, stretch);
            return;
        }
    }
    if (!work->parked[side])
        work->parked[side] = g_tree_new_with_data(compare_positions, NULL);
    struct parked *old = g_tree_lookup(work->parked[side], &stretch->at);
    if (old && old->length >= stretch->length)
        return;
    if (old)
        unpark(context, work, side, old);
    struct parked *parked = parked_new(&context->parked, (uint32_t)bytes.length);
    *parked = (struct parked){.at = stretch->at,
                              .moment = stretch->moment,
                              .length = stretch->length,
                              .captured = (uint32_t)bytes.length,
                              .ack = stretch->ack,
                              .is_counted_only = is_counted_only};
    if (bytes.length)
        memcpy(parked->bytes, bytes.at, bytes.length);
    g_tree_insert(work->parked[side], &parked->at, parked);
    work->parked_bytes[side] += parked->captured;
    context->held_bytes += parked->captured + PARKED_COST;
}

bool stream_has(const struct flow *flow, enum side side, uint64_t at, uint64_t end)
{
    GTree *tree = flow->work ? flow->work->parked[side] : NULL;
    const struct parked *parked = tree ? g_tree_lookup(tree, &at) : NULL;
    return parked && parked->at + parked->length >= end;
}

void stream_take(struct context *context, struct flow *flow, enum side side,
                 const struct stretch *stretch)
{
    struct stream *stream = &flow->stream[side];
    uint64_t end = stretch->at + stretch->length;
    if (end <= stream->next)
        return;
    if (end > stream_highest(stream))
        stream->ahead = (uint32_t)MIN(end - stream->next, UINT32_MAX);
    if (stretch->at > stream->next || !is_caught_up(flow, side, stretch->ack)) {
        park(context, flow, side, stretch);
        return;
    }
    deliver(context, flow, side, stretch);
    if (has_parked(flow) || flow->closing)
        stream_drain(context, flow);
}

static bool has_hole(const struct flow *flow, enum side side)
{
    return sent(flow, side) > flow->stream[side].next;
}

void stream_skip_holes(struct context *context, struct flow *flow, int64_t now)
{
    for (int side = CLIENT; side <= SERVER && flow->work; side++) {
        int64_t *since = &flow->work->hole_since[side];
        if (!has_hole(flow, side))
            *since = NANOS_UNKNOWN;
        else if (*since == NANOS_UNKNOWN)
            *since = now;
        else if (now - *since >= context->limits.hole_delay_ns) {
            *since = NANOS_UNKNOWN;
            while (flow->work && skip_hole(context, flow, side, false))
                continue;
            // What waited for the bytes that are missing may have filled the other side's.
            if (flow->work && !has_hole(flow, !side))
                flow->work->hole_since[!side] = NANOS_UNKNOWN;
        }
    }
}

void stream_flush(struct context *context, struct flow *flow)
{
#pragma GCC unroll 2
    for (int side = CLIENT; side <= SERVER; side++) {
        if (flow_is(flow, FLOW_BASE << side) && sent_for_sure(flow, side) > flow->stream[side].next)
            flow_work(context, flow);
    }
    while (flow->work &&
           (skip_hole(context, flow, CLIENT, true) || skip_hole(context, flow, SERVER, true)))
        continue;
}
