// SPDX-License-Identifier: BSD-2-Clause
// Segments without data of a connection that opens or closes, where nothing else is underway: the
// SYN, its answer, the ACK behind them, the ACK of a FIN. They take a short way, with what
// tcp_take() would do in the end.
#include "engine/orient.h"
#include "engine/stream.h"
#include "engine/taking.h"

static bool is_plain(const struct segment *segment, unsigned flags)
{
    return (segment->flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == flags &&
           segment->payload_length == 0 && segment->window > 0;
}

// The side's first segment says where its positions begin.
static inline __attribute__((always_inline)) void begin_side(struct taking *t, enum fact syn)
{
    const struct segment *segment = t->segment;
    t->record->end[t->side].packets = 1;
    taking_first(t);
    flow_note(t->flow, syn);
    flow_set_window_shift(t->flow, t->side, segment->window_shift);
    t->flow->stream[t->side] =
        (struct stream){.next = FIRST_BYTE, .base = segment->seq + 1, .window = segment->window};
    t->flow->flags |= FLOW_BASE << t->side;
}

bool taking_first_syn(struct flow *flow, const struct segment *segment)
{
    struct taking t = {.flow = flow, .segment = segment, .record = &flow->record, .side = CLIENT};
    if (!is_plain(segment, TCP_SYN) ||
        t.record->end[CLIENT].packets + t.record->end[SERVER].packets > 0)
        return false;
    begin_side(&t, FACT_SYN);
    return true;
}

// All that was seen is the client's SYN, and the segment answers it.
static bool is_second(const struct flow *flow, const struct segment *segment)
{
    const uint32_t known = FLOW_BASE << CLIENT | FLOW_BASE << SERVER | FLOW_ACKED << CLIENT |
                           FLOW_ACKED << SERVER | FLOW_TOLD;
    const uint64_t facts = UINT64_C(1) << FACT_SYN | UINT64_C(1) << FACT_SYN_ACK |
                           UINT64_C(1) << FACT_ESTABLISHED | UINT64_C(1) << FACT_SERVER_SEEN;
    const struct stream *client = &flow->stream[CLIENT];
    return (flow->flags & known) == FLOW_BASE << CLIENT && !flow->work && !flow->closing &&
           (flow->record.facts & facts) == UINT64_C(1) << FACT_SYN && client->ahead == 0 &&
           client->next == FIRST_BYTE && client->base == segment->ack &&
           segment->ack == flow->record.initial_seq + 1 && orient_is_from(flow, segment, SERVER);
}

static bool take_syn_ack(struct flow *flow, const struct segment *segment)
{
    struct taking t = {.flow = flow, .segment = segment, .record = &flow->record, .side = SERVER};
    if (!is_second(flow, segment))
        return false;
    begin_side(&t, FACT_SYN_ACK);
    flow->stream[CLIENT].acked = segment->ack;
    flow->flags |= FLOW_ACKED << CLIENT | FLOW_WINDOW << SERVER | FLOW_SYNS;
    flow->client_rtt_us = taking_since_start(t.record, segment->time);
    if (segment->time >= t.record->at[AT_END].time)
        t.record->at[AT_END] = (struct moment){segment->time, segment->frame};
    return true;
}

// The ACK, without data, of all that the other side sent, some of it not acknowledged before.
static inline bool is_bare(const struct flow *flow, const struct segment *segment, enum side side)
{
    const uint32_t known = FLOW_BOTH(FLOW_BASE) | FLOW_SYNS;
    const struct stream *own = &flow->stream[side], *peer = &flow->stream[!side];
    return (flow->flags & (known | FLOW_TOLD)) == known && !flow->work && own->ahead == 0 &&
           peer->ahead == 0 && segment->seq == stream_next_seq(own) &&
           segment->ack == stream_next_seq(peer) &&
           (!flow_is(flow, FLOW_ACKED << !side) || (int32_t)(segment->ack - peer->acked) > 0) &&
           flow->record.end[side].packets > 0 && orient_is_from(flow, segment, side);
}

static inline __attribute__((always_inline)) bool
take_bare(struct flow *flow, const struct segment *segment, enum side side)
{
    struct record *record = &flow->record;
    struct stream *peer = &flow->stream[!side];
    if (!is_bare(flow, segment, side))
        return false;
    bool is_open = !flow->closing;
    bool is_news = peer->next > stream_acked(flow, !side);
    struct moment moment = {segment->time, segment->frame};
    record->end[side].packets++;
    taking_scaled_window(flow, side, segment->window);
    peer->acked = segment->ack;
    flow->flags |= FLOW_WINDOW << side | FLOW_ACKED << !side;
    if (is_news)
        record->end[!side].tail_retransmits = 0;
    if (segment->time >= record->at[AT_END].time)
        record->at[AT_END] = moment;
    if (is_open)
        record->end[!side].probes_unanswered = 0;
    if (is_news && is_open && side == CLIENT)
        flow->acked_time = segment->time;
    if (side == CLIENT && !record_has(record, FACT_ESTABLISHED))
        taking_establish(flow, moment);
    if (flow->closing)
        taking_close_acks(flow, side, peer->next, segment);
    else
        taking_settle(flow);
    return true;
}

// Apart, so that the engine's loop saves no registers for it.
__attribute__((noinline)) bool taking_brief(struct flow *flow, const struct segment *segment)
{
    if (is_plain(segment, TCP_SYN | TCP_ACK))
        return take_syn_ack(flow, segment);
    if (!is_plain(segment, TCP_ACK))
        return false;
    return segment->from.port == flow->record.end[CLIENT].port ? take_bare(flow, segment, CLIENT)
                                                               : take_bare(flow, segment, SERVER);
}
