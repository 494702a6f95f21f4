// SPDX-License-Identifier: BSD-2-Clause
// Segments that close a connection: which RST counts, which FIN is new.
#include "engine/taking.h"

#include "engine/close.h"
#include "engine/stream.h"

// RFC 9293 section 3.5.3: a RST counts inside the receive window; in SYN-SENT when it acknowledges
// the SYN.
static bool is_rst_acceptable(const struct taking *t)
{
    const struct flow *flow = t->flow;
    const struct segment *segment = t->segment;
    if (!record_has(t->record, FACT_ESTABLISHED) && t->side == SERVER &&
        record_has(t->record, FACT_SYN) && !record_has(t->record, FACT_SYN_ACK))
        return segment->flags & TCP_ACK &&
               segment->ack - t->record->initial_seq - 1 <= flow->stream[CLIENT].ahead + 1;
    if (!flow_is(flow, FLOW_BASE << t->side) || !flow_is(flow, FLOW_ACKED << t->side))
        return true;
    uint64_t acked = stream_acked(flow, t->side);
    uint64_t window =
        flow_is(flow, FLOW_WINDOW << !t->side) ? flow->stream[!t->side].window : UINT64_C(1) << 20;
    uint64_t limit = MAX(acked + window, stream_highest(&flow->stream[t->side]));
    return t->at >= acked - (acked > FIRST_BYTE) && t->at <= limit + 1;
}

// A RST without ACK that follows a FIN of the same side answers late data.
static bool is_reset_foreign(const struct taking *t)
{
    uint8_t usual = t->record->end[t->side].ttl, ttl = t->segment->ttl;
    return usual && ttl && usual != ttl && t->record->end[t->side].packets > 1;
}

void taking_rst(struct taking *t)
{
    if (!is_rst_acceptable(t))
        return;
    bool is_answer = t->record->close_how == CLOSE_FIN;
    enum close_by own = t->side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    if (is_answer && t->record->close_by == own)
        flow_note(t->flow, FACT_FULL_CLOSE);
    if (!(t->segment->flags & TCP_ACK) && !moment_is_set(t->record->at[AT_RST]))
        flow_note(t->flow, FACT_RST_NO_ACK);
    if (is_reset_foreign(t))
        flow_note(t->flow, FACT_RST_FOREIGN);
    struct ending ending = {.side = t->side,
                            .how = CLOSE_RST,
                            .at = t->at,
                            .moment = t->moment,
                            .ack = t->segment->ack,
                            .has_ack = t->segment->flags & TCP_ACK};
    close_note(t->context, t->flow, &ending);
}

void taking_fin(struct taking *t)
{
    uint64_t at = t->at + t->segment->payload_length;
    if (flow_is(t->flow, FLOW_FIN << t->side) || at < FIRST_BYTE)
        return;
    if (at > t->highest + t->segment->payload_length + (UINT64_C(1) << 30))
        return;
    if (t->segment->payload_length > 0)
        flow_note(t->flow, FACT_FIN_WITH_DATA);
    struct ending ending = {.side = t->side,
                            .how = CLOSE_FIN,
                            .at = at,
                            .moment = t->moment,
                            .ack = t->segment->ack,
                            .has_ack = t->segment->flags & TCP_ACK};
    close_note(t->context, t->flow, &ending);
    struct stream *stream = &t->flow->stream[t->side];
    if (at + 1 > stream_highest(stream))
        stream->ahead = (uint32_t)MIN(at + 1 - stream->next, UINT32_MAX);
    stream_drain(t->context, t->flow);
}
