// SPDX-License-Identifier: BSD-2-Clause
// The usual segment: the next bytes, or none, of a connection that is open, misses nothing and has
// nothing waiting. It takes the short way, with what tcp_take() would do in the end.
#include "engine/orient.h"
#include "engine/reader.h"
#include "engine/stream.h"
#include "engine/taking.h"

#define FLOW_BOTH(flag) ((flag) << CLIENT | (flag) << SERVER)
#define FLOW_USUAL      (FLOW_OPEN | FLOW_BOTH(FLOW_BASE) | FLOW_BOTH(FLOW_ACKED))
#define FLOW_UNUSUAL    (FLOW_TENTATIVE | FLOW_STALLED)
#define FLOW_WINDOWS    (FLOW_SYNS | FLOW_BOTH(FLOW_WINDOW)) // all known, or none

// The sequence number of the next byte.
static uint32_t next_seq(const struct stream *stream)
{
    return stream->base + (uint32_t)stream->next;
}

// An open connection without anything that a segment could end or put right.
static bool is_steady(uint32_t flags)
{
    uint32_t now = flags & (FLOW_USUAL | FLOW_UNUSUAL | FLOW_WINDOWS);
    return now == (FLOW_USUAL | FLOW_WINDOWS) || now == FLOW_USUAL;
}

// No byte is beyond the next one of its side, in the capture or by what was acknowledged.
static bool is_usual(const struct segment *segment, const struct stream *own,
                     const struct stream *peer)
{
    uint32_t unacked = next_seq(peer) - peer->acked;
    return (segment->flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK &&
           segment->window > 0 && segment->seq == next_seq(own) &&
           (own->ahead | peer->ahead) == 0 && next_seq(own) - own->acked < WINDOW_MAX &&
           unacked < WINDOW_MAX && unacked <= peer->next - FIRST_BYTE &&
           next_seq(peer) - segment->ack <= unacked;
}

// What is acknowledged of `side`.
static void acknowledge(struct flow *flow, const struct segment *segment, enum side side)
{
    struct stream *stream = &flow->stream[side];
    flow->record.end[side].probes_unanswered = 0;
    if (segment->ack == stream->acked)
        return;
    stream->acked = segment->ack;
    flow->record.end[side].tail_retransmits = 0;
    if (side == SERVER)
        flow->acked_time = segment->time;
    if (flow->work)
        flow->work->unacked_since[side] =
            segment->ack == next_seq(stream) ? NANOS_UNKNOWN : segment->time;
}

static void read_on(struct context *context, struct flow *flow, const struct segment *segment,
                    enum side side)
{
    struct stream *stream = &flow->stream[side];
    struct moment moment = {segment->time, segment->frame};
    struct work *work = flow_work(context, flow);
    if (work->unacked_since[side] == NANOS_UNKNOWN)
        work->unacked_since[side] = segment->time;
    struct reading reading = {context,      flow,   side,         segment->payload,
                              stream->next, moment, segment->ack, true};
    stream->next += segment->payload_length;
    reader_bytes(&reading);
    if (segment->payload.length < segment->payload_length)
        reader_gap(&reading, segment->payload_length - (uint32_t)segment->payload.length, GAP_CUT);
}

// As in tcp_take(), where more may be waiting.
static bool is_resting(const struct flow *flow)
{
    const struct stream *stream = flow->stream;
    return flow->work && flow->work->pending_count == 0 &&
           (flow->flags & FLOW_BOTH(FLOW_DONE)) == FLOW_BOTH(FLOW_DONE) &&
           stream[CLIENT].acked == next_seq(&stream[CLIENT]) &&
           stream[SERVER].acked == next_seq(&stream[SERVER]);
}

bool taking_is_usual(const struct flow *flow, const struct segment *segment, enum side side)
{
    return is_steady(flow->flags) && is_usual(segment, &flow->stream[side], &flow->stream[!side]);
}

void taking_usual(struct context *context, struct flow *flow, const struct segment *segment,
                  enum side side)
{
    flow->record.end[side].packets++;
    if (segment->time >= flow->record.at[AT_END].time)
        flow->record.at[AT_END] = (struct moment){segment->time, segment->frame};
    acknowledge(flow, segment, !side);
    taking_scaled_window(flow, side, segment->window);
    if (segment->payload_length > 0) // unacknowledged yet: no rest
        read_on(context, flow, segment, side);
    else if (is_resting(flow))
        flow_release_work(context, flow);
}
