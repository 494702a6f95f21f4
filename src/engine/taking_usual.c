// SPDX-License-Identifier: BSD-2-Clause
// The usual segment: the next bytes, or none, of a connection that is open, misses nothing and has
// nothing waiting. It takes the short way, with what tcp_take() would do in the end.
#include "engine/taking.h"

#include "engine/reader.h"
#include "engine/stream.h"

#define FLOW_BOTH(flag) ((flag) << CLIENT | (flag) << SERVER)
#define FLOW_USUAL      (FLOW_BOTH(FLOW_BASE) | FLOW_BOTH(FLOW_ACKED))
#define FLOW_UNUSUAL    (FLOW_BOTH(FLOW_FIN) | FLOW_TENTATIVE)

// The sequence number of the next byte.
static uint32_t next_seq(const struct stream *stream)
{
    return stream->base + (uint32_t)stream->next;
}

// No byte is beyond the next, in the capture or by what the peer acknowledged.
static bool is_whole(const struct stream *stream)
{
    uint32_t unacked = next_seq(stream) - stream->acked;
    return stream->ahead == 0 && unacked <= stream->next - FIRST_BYTE && unacked < WINDOW_MAX;
}

static bool is_usual(const struct taking *t)
{
    const struct segment *segment = t->segment;
    const struct flow *flow = t->flow;
    const struct stream *own = &flow->stream[t->side], *peer = &flow->stream[!t->side];
    const struct work *work = flow->work;
    return (segment->flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK &&
           (flow->flags & (FLOW_USUAL | FLOW_UNUSUAL)) == FLOW_USUAL && !flow->closing &&
           record_has(t->record, FACT_ESTABLISHED) && segment->seq == next_seq(own) &&
           is_whole(own) && is_whole(peer) &&
           next_seq(peer) - segment->ack <= next_seq(peer) - peer->acked &&
           (!work || (work->sent[CLIENT] <= flow->stream[CLIENT].next &&
                      work->sent[SERVER] <= flow->stream[SERVER].next));
}

static void acknowledge(struct taking *t)
{
    enum side side = !t->side;
    struct flow *flow = t->flow;
    struct stream *stream = &flow->stream[side];
    t->record->end[side].probes_unanswered = 0;
    if (t->segment->ack == stream->acked)
        return;
    stream->acked = t->segment->ack;
    t->record->end[side].tail_retransmits = 0;
    if (side == SERVER)
        flow->acked_time = t->moment.time;
    if (flow->work)
        flow->work->unacked_since[side] =
            stream->acked == next_seq(stream) ? NANOS_UNKNOWN : t->moment.time;
}

static void read_on(struct taking *t)
{
    const struct segment *segment = t->segment;
    struct flow *flow = t->flow;
    struct stream *stream = &flow->stream[t->side];
    struct work *work = flow_work(t->context, flow);
    if (work->unacked_since[t->side] == NANOS_UNKNOWN)
        work->unacked_since[t->side] = t->moment.time;
    struct reading reading = {t->context,   flow,      t->side,      segment->payload,
                              stream->next, t->moment, segment->ack, true};
    stream->next += segment->payload_length;
    reader_bytes(&reading);
    if (segment->payload.length < segment->payload_length)
        reader_gap(&reading, segment->payload_length - (uint32_t)segment->payload.length, GAP_CUT);
}

// As in tcp_take(), where more may be waiting.
static void rest(struct taking *t)
{
    struct flow *flow = t->flow;
    const struct stream *stream = flow->stream;
    if (flow->work->pending_count == 0 &&
        (flow->flags & FLOW_BOTH(FLOW_DONE)) == FLOW_BOTH(FLOW_DONE) &&
        stream[CLIENT].acked == next_seq(&stream[CLIENT]) &&
        stream[SERVER].acked == next_seq(&stream[SERVER]))
        flow_release_work(t->context, flow);
}

bool taking_usual(struct taking *t)
{
    if (!is_usual(t))
        return false;
    acknowledge(t);
    taking_window(t);
    if (t->segment->payload_length > 0)
        read_on(t);
    if (t->flow->work)
        rest(t);
    return true;
}
