// SPDX-License-Identifier: BSD-2-Clause
// How a connection opens: SYN, SYN-ACK, the end of the handshake, and where positions begin.
#include "engine/onesided.h"
#include "engine/stream.h"

// Where the sender's timestamp clock stands, if it counts milliseconds; 0 without timestamps.
static uint16_t clock_of(const struct segment *segment)
{
    uint32_t offset = segment->timestamp - (uint32_t)(segment->time / NANOS_PER_MS);
    return segment->has_timestamp ? MAX(offset >> 16, 1) : 0;
}

void taking_first(struct taking *t)
{
    static const enum fact seen[] = {FACT_CLIENT_SEEN, FACT_SERVER_SEEN};
    t->record->end[t->side].ttl = t->segment->ttl;
    if (t->side == CLIENT)
        t->record->client_clock = clock_of(t->segment);
    flow_note(t->flow, seen[t->side]);
}

void taking_set_base(struct flow *flow, enum side side, uint32_t first_byte)
{
    if (!flow_is(flow, FLOW_BASE << side) && flow_is(flow, FLOW_ACKED << side))
        onesided_forget(flow, side);
    flow->stream[side] = (struct stream){.next = FIRST_BYTE,
                                         .base = first_byte,
                                         .acked = flow->stream[side].acked,
                                         .window = flow->stream[side].window};
    flow->flags |= (FLOW_BASE << side);
}

// What the other side acknowledged before anything of this side was captured was sent before it.
uint32_t taking_earliest(const struct flow *flow, enum side side, uint32_t seq)
{
    uint32_t acknowledged = flow->stream[side].base;
    bool is_earlier = flow_is(flow, FLOW_ACKED << side) && (int32_t)(seq - acknowledged) > 0;
    return is_earlier ? acknowledged : seq;
}

void taking_establish(struct flow *flow, struct moment moment)
{
    struct record *record = &flow->record;
    if (record_has(record, FACT_ESTABLISHED))
        return;
    flow_note(flow, FACT_ESTABLISHED);
    record->at[AT_ESTABLISHED] = moment;
    if (!record_has(record, FACT_SYN))
        return;
    int64_t all = (moment.time - record->at[AT_START].time) / 1000;
    int64_t servers = flow->client_rtt_us;
    bool is_first_try = record->syn_retransmits == 0;
    flow->client_rtt_us = (uint32_t)CLAMP(all - servers, 0, UINT32_MAX);
    record->rtt_us = is_first_try ? (uint32_t)CLAMP(all, 1, UINT32_MAX) : flow->client_rtt_us;
}

static void note_syn(struct taking *t)
{
    const struct segment *segment = t->segment;
    struct flow *flow = t->flow;
    // Nothing but forged packets can come from a server before its SYN-ACK.
    bool is_first_answer = segment->flags & TCP_ACK && record_has(t->record, FACT_SYN) &&
                           segment->ack == t->record->initial_seq + 1 &&
                           !record_has(t->record, FACT_SYN_ACK);
    bool is_known = flow_is(flow, FLOW_BASE << t->side) && !is_first_answer;
    flow_set_window_shift(flow, t->side, segment->window_shift);
    if (!is_known) {
        if (flow->work)
            stream_forget(t->context, flow, t->side);
        taking_set_base(flow, t->side, segment->seq + 1);
    }
    if (is_first_answer)
        flow->flags &= ~(FLOW_FIN << t->side);
    if (!(segment->flags & TCP_ACK)) {
        if (record_has(t->record, FACT_SYN) && t->moment.frame != t->record->at[AT_START].frame)
            t->record->syn_retransmits += t->record->syn_retransmits < UINT8_MAX;
        flow_note(flow, FACT_SYN);
        return;
    }
    if (record_has(t->record, FACT_SYN) && !record_has(t->record, FACT_SYN_ACK))
        flow->client_rtt_us = taking_since_start(t->record, t->moment.time);
    flow_note(flow, FACT_SYN_ACK);
}

void taking_syn(struct taking *t)
{
    note_syn(t);
    if (record_has(t->record, FACT_SYN) && record_has(t->record, FACT_SYN_ACK))
        t->flow->flags |= FLOW_SYNS;
}
