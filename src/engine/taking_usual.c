// SPDX-License-Identifier: BSD-2-Clause
// The usual segment: the next bytes, or none, of a connection that is open, misses nothing and has
// nothing waiting. It takes the short way, with what tcp_take() would do in the end.
#include "engine/orient.h"
#include "engine/message.h"
#include "engine/stream.h"
#include "engine/taking.h"

#define FLOW_USUAL   (FLOW_BOTH(FLOW_BASE) | FLOW_BOTH(FLOW_ACKED))
#define FLOW_UNUSUAL (FLOW_TENTATIVE | FLOW_STALLED)
#define FLOW_WINDOWS (FLOW_SYNS | FLOW_BOTH(FLOW_WINDOW)) // all known, or none

// No byte is beyond the next one, in the capture or by what was acknowledged.
static bool is_in_order(const struct stream *stream)
{
    uint32_t unacked = stream_next_seq(stream) - stream->acked;
    return stream->ahead == 0 && unacked < WINDOW_MAX && unacked <= stream->next - FIRST_BYTE;
}

void taking_settle(struct flow *flow)
{
    uint32_t now = flow->flags & (FLOW_USUAL | FLOW_UNUSUAL | FLOW_WINDOWS);
    bool is_steady = (now == (FLOW_USUAL | FLOW_WINDOWS) || now == FLOW_USUAL) && !flow->closing &&
                     record_has(&flow->record, FACT_ESTABLISHED) &&
                     is_in_order(&flow->stream[CLIENT]) && is_in_order(&flow->stream[SERVER]);
    flow->flags = is_steady ? flow->flags | FLOW_STEADY : flow->flags & ~FLOW_STEADY;
}

// Both sides rest and have acknowledged all: as in tcp_take(), where more may be waiting.
static bool rest(struct context *context, struct flow *flow)
{
    const struct stream *stream = flow->stream;
    bool is_resting = flow->work && flow->work->pending_count == 0 &&
                      (flow->flags & FLOW_BOTH(FLOW_DONE)) == FLOW_BOTH(FLOW_DONE) &&
                      stream[CLIENT].acked == stream_next_seq(&stream[CLIENT]) &&
                      stream[SERVER].acked == stream_next_seq(&stream[SERVER]);
    if (is_resting)
        flow_release_work(context, flow);
    return true;
}

static void note_unacked(struct work *work, enum side side, int64_t time)
{
    if (work->unacked_since[side] == NANOS_UNKNOWN)
        work->unacked_since[side] = time;
}

// Bytes amid a body.
static inline bool count_on(struct flow *flow, const struct segment *segment, enum side side)
{
    struct moment moment = {segment->time, segment->frame};
    uint32_t length = segment->payload_length;
    if (segment->payload.length < length || !message_counts(flow, side, length, moment))
        return false;
    flow->stream[side].next += length;
    note_unacked(flow->work, side, segment->time);
    return true;
}

static __attribute__((noinline)) void begin_work(struct reading *reading)
{
    flow_make_work(reading->context, reading->flow);
}

// All that is needed on lies in `reading`, so that nothing is saved across the calls.
static __attribute__((noinline)) bool read_on(struct context *context, struct flow *flow,
                                              const struct segment *segment, enum side side)
{
    struct stream *stream = &flow->stream[side];
    struct reading reading = {context,          flow,         side,
                              segment->payload, stream->next, {segment->time, segment->frame},
                              segment->ack,     true};
    uint32_t cut = segment->payload_length - (uint32_t)segment->payload.length;
    stream->next += segment->payload_length;
    if (!flow->work)
        begin_work(&reading);
    note_unacked(reading.flow->work, reading.side, reading.moment.time);
    reader_bytes(&reading);
    if (cut > 0)
        reader_gap(&reading, cut, GAP_CUT);
    return true;
}

// The compiler knows the side, so that nothing is looked up by it; and makes a function of each, so
// that few registers are in use.
static inline __attribute__((always_inline)) bool
take(struct context *context, struct flow *flow, const struct segment *segment, enum side side)
{
    struct stream *own = &flow->stream[side], *peer = &flow->stream[!side];
    uint32_t unacked = stream_next_seq(peer) - peer->acked, news = segment->ack - peer->acked;
    bool is_usual =
        orient_is_from(flow, segment, side) &&
        (segment->flags & (TCP_ACK | TCP_SYN | TCP_FIN | TCP_RST)) == TCP_ACK &&
        segment->window > 0 && segment->seq == stream_next_seq(own) &&
        (uint64_t)(stream_next_seq(own) - own->acked) + segment->payload_length < WINDOW_MAX &&
        news <= unacked;
    if (!is_usual)
        return false;
    flow->record.end[side].packets++;
    if (segment->time >= flow->record.at[AT_END].time)
        flow->record.at[AT_END] = (struct moment){segment->time, segment->frame};
    taking_scaled_window(flow, side, segment->window);
    flow->record.end[!side].probes_unanswered = 0;
    if (news > 0) {
        peer->acked += news;
        flow->record.end[!side].tail_retransmits = 0;
        if (side == CLIENT)
            flow->acked_time = segment->time;
        if (flow->work)
            flow->work->unacked_since[!side] = news == unacked ? NANOS_UNKNOWN : segment->time;
    }
    // What is sent now isn't acknowledged yet: no rest.
    return segment->payload_length == 0
               ? rest(context, flow)
               : count_on(flow, segment, side) || read_on(context, flow, segment, side);
}

static __attribute__((noinline)) bool take_client(struct context *context, struct flow *flow,
                                                  const struct segment *segment)
{
    return take(context, flow, segment, CLIENT);
}

static __attribute__((noinline)) bool take_server(struct context *context, struct flow *flow,
                                                  const struct segment *segment)
{
    return take(context, flow, segment, SERVER);
}

bool taking_usual(struct context *context, struct flow *flow, const struct segment *segment)
{
    return segment->from.port == flow->record.end[CLIENT].port
               ? take_client(context, flow, segment)
               : take_server(context, flow, segment);
}
