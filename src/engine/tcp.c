// SPDX-License-Identifier: BSD-2-Clause
// What one segment means for its connection: handshake, acknowledgements, probes, data, close.
#include "engine/tcp.h"

#include "engine/head.h"
#include "engine/onesided.h"
#include "engine/orient.h"
#include "engine/reader.h"
#include "engine/stream.h"
#include "engine/taking.h"

#define PROBE_AFTER        (NANOS_PER_SECOND / 2)
#define STALL_LEAST        NANOS_PER_SECOND
#define PROBE_PERIOD_LEAST 900 // ms; timers count seconds: less lies between probes of both sides

bool tcp_begins(const struct segment *segment)
{
    return !(segment->flags & TCP_RST) && (segment->flags & TCP_SYN || segment->payload_length > 0);
}

bool tcp_begins_anew(const struct flow *flow, const struct segment *segment)
{
    const struct record *record = &flow->record;
    enum side side = orient_side(flow, segment);
    if (segment->flags & TCP_ACK) {
        // Of the server's packets alone its answer is the first of the next connection.
        bool is_next = !record_has(record, FACT_CLIENT_SEEN) && flow_is(flow, FLOW_FIN << SERVER) &&
                       segment->ack - 1 != record->initial_seq;
        return side == CLIENT ? flow_is(flow, FLOW_ENDED) : is_next;
    }
    if (side == SERVER)
        return true;
    return !record_has(record, FACT_SYN)
               ? !record_has(record, FACT_SYN_ACK) || segment->seq != record->initial_seq
               : segment->seq != record->initial_seq;
}

bool tcp_is_half_open(const struct flow *flow)
{
    return !record_has(&flow->record, FACT_SYN_ACK) &&
           !record_has(&flow->record, FACT_ESTABLISHED) && !flow_is(flow, FLOW_ENDED) &&
           flow->record.end[SERVER].packets == 0;
}

static void note_zero_window(struct taking *t)
{
    struct work *work = t->flow->work;
    if (!work)
        return;
    int64_t *since = &work->zero_since[t->side], *until = &work->zero_until[t->side];
    bool is_zero = t->segment->window == 0;
    bool was_zero = *since != NANOS_UNKNOWN && *until == NANOS_UNKNOWN;
    if (is_zero && !was_zero) {
        t->flow->flags |= FLOW_STALLED;
        *since = t->moment.time;
        *until = NANOS_UNKNOWN;
    } else if (!is_zero && was_zero) {
        *until = t->moment.time;
        bool is_answering = t->side == CLIENT && !flow_is(t->flow, FLOW_DONE << SERVER);
        if (is_answering && *until - *since >= STALL_LEAST)
            flow_note(t->flow, FACT_CLIENT_STALLED);
    }
}

void taking_window(struct taking *t)
{
    const struct segment *segment = t->segment;
    if (segment->flags & TCP_SYN) // its window is never scaled
        t->flow->stream[t->side].window = segment->window;
    else
        taking_scaled_window(t->flow, t->side, segment->window);
    // Without both SYNs the scale is unknown: only a zero means something.
    if (flow_is(t->flow, FLOW_SYNS) || segment->window == 0)
        t->flow->flags |= (FLOW_WINDOW << t->side);
    else
        t->flow->flags &= ~(FLOW_WINDOW << t->side);
    note_zero_window(t);
}

void taking_close_acks(struct flow *flow, enum side side, uint64_t acked,
                       const struct segment *segment)
{
    const struct closing *closing = flow->closing;
    struct record *record = &flow->record;
    enum side peer = !side;
    struct moment *fin_ack = &record->at[peer == CLIENT ? AT_CLIENT_FIN_ACK : AT_SERVER_FIN_ACK];
    if (flow_is(flow, FLOW_FIN << peer) && acked > closing->fin[peer] && !moment_is_set(*fin_ack))
        *fin_ack = (struct moment){segment->time, segment->frame};
    bool is_closer = record->close_by == (side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER);
    bool is_new_data = acked > closing->cut[peer] &&
                       !(flow_is(flow, FLOW_FIN << peer) && acked == closing->fin[peer] + 1 &&
                         closing->fin[peer] == closing->cut[peer]);
    bool is_beyond_fin =
        !flow_is(flow, FLOW_FIN << peer) || closing->fin[peer] > closing->cut[peer];
    if (is_closer && is_new_data && is_beyond_fin && !(segment->flags & TCP_RST) &&
        record->close_how == CLOSE_FIN)
        flow_note(flow, FACT_HALF_CLOSE);
}

static void take_ack(struct taking *t)
{
    struct flow *flow = t->flow;
    enum side peer = !t->side;
    struct stream *stream = &flow->stream[peer];
    uint32_t ack = t->segment->ack;
    // What comes after a side gave up is too late to answer its probes.
    if (!flow->closing)
        t->record->end[peer].probes_unanswered = 0;
    bool is_first = !flow_is(flow, FLOW_ACKED << peer);
    if (!flow_is(flow, FLOW_BASE << peer))
        onesided_ack(t);
    uint64_t before = stream_acked(flow, peer), acked = before;
    if (is_first || (int32_t)(ack - stream->acked) > 0) {
        stream->acked = ack;
        flow->flags |= (FLOW_ACKED << peer);
        acked = stream_acked(flow, peer);
    }
    if (acked > before) {
        t->record->end[peer].tail_retransmits = 0;
        if (peer == SERVER && !flow->closing)
            flow->acked_time = t->moment.time;
        if (flow->work)
            flow->work->unacked_since[peer] =
                acked < stream_highest(stream) ? t->moment.time : NANOS_UNKNOWN;
    }
    if (flow->closing)
        taking_close_acks(flow, t->side, acked, t->segment);
}

static bool is_all_acked(const struct taking *t)
{
    return !flow_is(t->flow, FLOW_ACKED << t->side) || stream_acked(t->flow, t->side) >= t->highest;
}

// Nothing but a probe is empty and behind, and long after all else; the ACK of the last data may be
// missing.
static bool is_late_and_empty(const struct taking *t)
{
    return t->segment->payload_length == 0 &&
           t->moment.time - t->record->at[AT_END].time >= PROBE_AFTER;
}

// One byte or none, before the next: a TCP keep-alive (RFC 9293 section 3.8.4), or a window probe.
static bool take_probe(struct taking *t)
{
    const struct segment *segment = t->segment;
    const struct flow *flow = t->flow;
    bool is_before_next = segment->payload_length <= 1 &&
                          !(segment->flags & (TCP_SYN | TCP_FIN | TCP_RST)) &&
                          t->at + 1 == t->highest && t->highest > FIRST_BYTE - 1 &&
                          record_has(t->record, FACT_ESTABLISHED) && !segment->has_sack;
    if (!is_before_next || !(is_all_acked(t) || is_late_and_empty(t)))
        return false;
    if (flow_is(flow, FLOW_WINDOW << !t->side) && flow->stream[!t->side].window == 0)
        return true;
    int64_t idle = (t->moment.time - t->record->at[AT_END].time) / NANOS_PER_MS;
    uint32_t period = (uint32_t)CLAMP(idle, 0, UINT32_MAX);
    flow_note(t->flow, FACT_PROBED);
    t->record->end[t->side].probes += t->record->end[t->side].probes < UINT16_MAX;
    t->record->end[t->side].probes_unanswered +=
        t->record->end[t->side].probes_unanswered < UINT8_MAX;
    // A probe of the peer in between, or one without an answer, makes a silence much shorter than
    // the timer; kernels make it a little longer.
    uint32_t *known = &t->record->probe_period_ms, room = *known / 32;
    if (period >= PROBE_PERIOD_LEAST && (period > *known + room || period + room >= *known))
        *known = period > *known + room ? period : MIN(*known, period);
    return true;
}

// A segment without data beyond all data seen: what lies between was sent, but not captured (yet).
static void note_passed_over(struct taking *t)
{
    bool is_usual = t->at <= t->highest || t->at > t->highest + (UINT64_C(1) << 30);
    if (is_usual || t->segment->flags & (TCP_SYN | TCP_RST | TCP_FIN))
        return;
    flow_work(t->context, t->flow)->sent[t->side] = t->at;
    t->flow->flags |= FLOW_STALLED;
}

static void take_payload(struct taking *t)
{
    const struct segment *segment = t->segment;
    struct flow *flow = t->flow;
    uint64_t end = t->at + segment->payload_length;
    if (end <= flow->stream[t->side].next || stream_has(flow, t->side, t->at, end)) {
        // Else there was an ACK, which is late or lost.
        bool is_owed = end > stream_acked(flow, t->side);
        t->record->end[t->side].retransmitted++;
        t->record->end[t->side].tail_retransmits +=
            is_owed && t->record->end[t->side].tail_retransmits < UINT8_MAX;
    }
    if (t->at < FIRST_BYTE - (UINT64_C(1) << 31) || t->at > t->highest + (UINT64_C(1) << 30))
        return; // outside any window
    if (t->at < FIRST_BYTE && end <= FIRST_BYTE)
        return;
    struct work *work = flow_work(t->context, flow);
    if (work->unacked_since[t->side] == NANOS_UNKNOWN)
        work->unacked_since[t->side] = t->moment.time;
    uint64_t before = t->at < FIRST_BYTE ? FIRST_BYTE - t->at : 0;
    struct stretch stretch = {
        .at = t->at + before,
        .bytes = slice_from(segment->payload, before),
        .length = segment->payload_length - (uint32_t)before,
        .ack = segment->ack,
        .moment = t->moment,
    };
    stream_take(t->context, flow, t->side, &stretch);
}

// Work goes when both sides rest, nothing waits and everything is acknowledged.
static void rest(struct taking *t)
{
    struct flow *flow = t->flow;
    struct work *work = flow->work;
    if (work->pending_count > 0)
        return;
    for (int side = CLIENT; side <= SERVER; side++) {
        bool is_busy = work->parked_bytes[side] || work->sent[side] > flow->stream[side].next ||
                       !flow_is(flow, FLOW_DONE << side) ||
                       (work->reader[side].is_late && !reader_is_resting(flow, side)) ||
                       (work->parked[side] && g_tree_nnodes(work->parked[side]) > 0) ||
                       work->hole_since[side] != NANOS_UNKNOWN ||
                       (flow_is(flow, FLOW_ACKED << side) &&
                        stream_acked(flow, side) < stream_highest(&flow->stream[side]));
        if (is_busy)
            return;
    }
    flow_release_work(t->context, flow);
}

void tcp_begin(struct flow *flow, const struct segment *segment)
{
    struct record *record = &flow->record;
    enum side from = orient_first(flow, segment);
    record->end[from].address = segment->from.address;
    record->end[from].port = segment->from.port;
    record->end[!from].address = segment->to.address;
    record->end[!from].port = segment->to.port;
    record->at[AT_START] = (struct moment){segment->time, segment->frame};
    record->at[AT_END] = record->at[AT_START];
    record->initial_seq =
        segment->flags & TCP_SYN && segment->flags & TCP_ACK ? segment->ack - 1 : segment->seq;
    record->gap = record->idle_max = NANOS_UNKNOWN;
    record->expected = LENGTH_UNKNOWN;
    record->advertised_timeout = record->advertised_max = ADVERTISED_NONE;
    flow->acked_time = NANOS_UNKNOWN;
    flow_set_window_shift(flow, CLIENT, WINDOW_SHIFT_NONE);
    flow_set_window_shift(flow, SERVER, WINDOW_SHIFT_NONE);
    flow->flags |= FLOW_DONE << CLIENT | FLOW_DONE << SERVER;
    if (segment->flags & TCP_SYN)
        return;
    flow_note(flow, FACT_MIDSTREAM);
    flow_note(flow, FACT_ESTABLISHED);
    flow->reader[CLIENT] = flow->reader[SERVER] = READ_LOST;
}

static void take_in_full(struct taking *t)
{
    struct flow *flow = t->flow;
    const struct segment *segment = t->segment;
    if (segment->flags & TCP_SYN)
        taking_syn(t);
    else if (!flow_is(flow, FLOW_BASE << t->side) && !(segment->flags & TCP_RST))
        taking_set_base(flow, t->side, taking_earliest(flow, t->side, segment->seq));
    t->highest = stream_highest(&flow->stream[t->side]);
    t->at = stream_position(&flow->stream[t->side], segment->seq + !!(segment->flags & TCP_SYN));
    bool is_established =
        t->side == CLIENT || record_has(t->record, FACT_SYN_ACK) || segment->payload_length > 0;
    if (!(segment->flags & (TCP_SYN | TCP_RST)) && is_established &&
        (t->side == CLIENT || segment->payload_length > 0))
        taking_establish(t->flow, t->moment);
    if (segment->flags & TCP_ACK)
        take_ack(t);
    if (!(segment->flags & TCP_RST))
        taking_window(t);
    if (!take_probe(t) && segment->payload_length > 0 && !(segment->flags & TCP_RST))
        take_payload(t);
    else
        note_passed_over(t);
    if (segment->flags & TCP_FIN)
        taking_fin(t);
    if (segment->flags & TCP_RST)
        taking_rst(t);
    if (flow->work)
        stream_skip_holes(t->context, flow, segment->time);
    if (flow->work)
        rest(t);
}

void tcp_take(struct context *context, struct flow *flow, const struct segment *segment)
{
    orient_check(flow, segment);
    struct taking t = {.context = context,
                       .flow = flow,
                       .segment = segment,
                       .record = &flow->record,
                       .side = orient_side(flow, segment),
                       .moment = {segment->time, segment->frame}};
    if (t.record->end[t.side].packets++ == 0)
        taking_first(&t);
    take_in_full(&t);
    if (t.moment.time >= t.record->at[AT_END].time)
        t.record->at[AT_END] = t.moment;
    taking_settle(flow);
}
