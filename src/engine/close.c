// SPDX-License-Identifier: BSD-2-Clause
// The end of a connection, in the closer's own view: of its own bytes, those below its FIN or
// RST; of its peer's, those below its acknowledgement number. Capture order decides nothing.
#include "engine/close.h"

#include "engine/message.h"
#include "engine/protocol.h"
#include "engine/stream.h"

// A message that had begun before the close, in capture order, but lies beyond the view.
static void mark_beyond(struct flow *flow, enum side side, struct moment begin)
{
    struct closing *closing = flow->closing;
    bool is_request = side == CLIENT;
    flow->record.at[AT_BEYOND] = begin;
    closing->end[side] = MIN(closing->end[side], closing->cut[side]);
    if (flow_is(flow, FLOW_DONE << side) ||
        (flow->reader[side] != READ_HEAD && flow->reader[side] != READ_START)) {
        closing->late_requests += is_request && !record_has(&flow->record, FACT_BAD_REQUEST);
        bool is_asked = !flow->work || !flow->work->is_unasked;
        closing->late_complete += !is_request && is_asked && flow_is(flow, FLOW_DONE << side);
    }
    if (flow->work)
        flow->work->reader[side].is_late = !flow_is(flow, FLOW_DONE << side);
    flow->flags |= (FLOW_DONE << side);
}

static void freeze_requests(struct flow *flow)
{
    struct record *record = &flow->record;
    if (flow->request_at < flow->closing->cut[CLIENT])
        return;
    mark_beyond(flow, CLIENT, record->at[AT_LAST_REQUEST]);
    if (record->close_by != CLOSE_BY_SERVER)
        return;
    uint32_t ack = flow->work ? flow->work->request_ack : 0;
    bool knows = ack && flow_is(flow, FLOW_FIN << SERVER) &&
                 stream_position(&flow->stream[SERVER], ack) > flow->closing->fin[SERVER];
    flow_note(flow, knows ? FACT_STALE_REQUEST : FACT_RACED_REQUEST);
}

static void freeze_responses(struct flow *flow)
{
    if (flow->response_at >= flow->closing->cut[SERVER]) {
        if (flow->record.at[AT_BEYOND].frame == flow->record.at[AT_RESPONSE_BEGIN].frame)
            flow_set_fact(flow, FACT_UNASKED_BYTES, false);
        mark_beyond(flow, SERVER, flow->record.at[AT_RESPONSE_BEGIN]);
        if (flow->record.close_by == CLOSE_BY_CLIENT)
            flow_note(flow, FACT_LATE_RESPONSE);
    }
}

// A FIN queued behind the data of a full window comes out right after the window opens.
static int64_t zero_window_since(const struct work *work, enum side side, int64_t close)
{
    bool has_ended = work->zero_until[side] != NANOS_UNKNOWN;
    bool is_over = has_ended && close - work->zero_until[side] > 25 * NANOS_PER_MS;
    return is_over ? NANOS_UNKNOWN : work->zero_since[side];
}

void close_note_windows(struct flow *flow)
{
    static const enum fact full[] = {FACT_CLIENT_WINDOW_FULL, FACT_SERVER_WINDOW_FULL};
#pragma GCC unroll 2
    for (int side = CLIENT; side <= SERVER; side++) {
        const struct stream *other = &flow->stream[!side];
        if (!flow_is(flow, FLOW_WINDOW << side) || !flow_is(flow, FLOW_BASE << !side))
            continue;
        uint64_t flying =
            stream_highest(other) - MIN(stream_acked(flow, !side), stream_highest(other));
        if (flow->stream[side].window == 0 || (flying > 0 && flying >= flow->stream[side].window))
            flow_note(flow, full[side]);
    }
}

// What can't be read, but lies beyond the view, is no reason for the close.
static void freeze_bad(struct flow *flow)
{
    const struct record *record = &flow->record;
    const struct work *work = flow->work;
    bool is_in_view = false, is_any = false;
    for (int side = CLIENT; work && side <= SERVER; side++) {
        is_any |= work->bad_at[side] > 0;
        is_in_view |= work->bad_at[side] > 0 && work->bad_at[side] < flow->closing->cut[side];
    }
    if (!is_any || is_in_view)
        return;
    flow_set_fact(flow, FACT_BAD_REQUEST, false);
    flow_set_fact(flow, FACT_BAD_RESPONSE, false);
    flow_set_fact(flow, FACT_BAD_FRAMING, false);
    if (!record_has(record, FACT_LOST_BYTES) && !record_has(record, FACT_HEAD_CUT) &&
        !record_has(record, FACT_LIMITED))
        flow->flags &= ~FLOW_LOSSY;
}

static void freeze_windows(struct flow *flow, const struct ending *ending)
{
    struct record *record = &flow->record;
    close_note_windows(flow);
    uint64_t sent = MIN(ending->at, stream_highest(&flow->stream[ending->side]));
    bool is_acked = !flow_is(flow, FLOW_ACKED << ending->side) || // nothing is known of the peer
                    stream_acked(flow, ending->side) >= sent;
    int64_t since = flow->work ? zero_window_since(flow->work, !ending->side, ending->moment.time)
                               : NANOS_UNKNOWN;
    if (!is_acked)
        flow_note(flow, FACT_CLOSER_HAD_UNACKED);
    if (!is_acked && since == NANOS_UNKNOWN && flow->work)
        since = flow->work->unacked_since[ending->side];
    if (since != NANOS_UNKNOWN)
        record->stalled_ms =
            (uint32_t)CLAMP((ending->moment.time - since) / NANOS_PER_MS, 0, UINT32_MAX);
}

// The closer's view, fixed at the first close.
static void freeze(struct flow *flow, const struct ending *ending)
{
    struct closing *closing = flow->closing;
    enum side peer = !ending->side;
    closing->is_known = true;
    closing->cut[ending->side] = ending->at;
    closing->cut[peer] = stream_acked(flow, peer);
    if (ending->has_ack && flow_is(flow, FLOW_BASE << peer))
        closing->cut[peer] = stream_position(&flow->stream[peer], ending->ack);
    else if (!flow_is(flow, FLOW_ACKED << peer) || ending->side == SERVER)
        closing->cut[peer] = UINT64_MAX; // nothing is known, or a server's RST answers what it got
#pragma GCC unroll 2
    for (int side = CLIENT; side <= SERVER; side++) {
        uint64_t next = flow->stream[side].next;
        if (flow_is(flow, FLOW_DONE << side))
            closing->end[side] =
                flow_is(flow, FLOW_FIN << side) ? MIN(next, closing->fin[side]) : next;
    }
    freeze_windows(flow, ending);
    if (flow->request_at)
        freeze_requests(flow);
    if (flow->response_at)
        freeze_responses(flow);
    freeze_bad(flow);
}

// Whether another close came before this one and has not been captured (yet). A FIN that
// acknowledges the other side's shows it: one position more than all data seen, or, behind a body
// that ends with the connection, any more. So does a client's RST without ACK: kernels send those
// for sockets that are gone already (RFC 9293 section 3.10.7.1).
static bool is_answer_to_unseen(const struct flow *flow, const struct ending *ending)
{
    enum side peer = !ending->side;
    if (ending->how == CLOSE_RST)
        return !ending->has_ack && ending->side == CLIENT &&
               record_has(&flow->record, FACT_ESTABLISHED);
    if (!ending->has_ack || flow_is(flow, FLOW_FIN << peer))
        return false;
    if (!flow_is(flow,
                 FLOW_BASE << peer)) // nothing of it seen; base is what was acknowledged first
        return flow_is(flow, FLOW_ACKED << peer) && ending->ack == flow->stream[peer].base + 1;
    uint64_t acked = stream_position(&flow->stream[peer], ending->ack);
    uint64_t highest = stream_highest(&flow->stream[peer]);
    return flow_is(flow, FLOW_FIN_SKIPPED << peer) || acked == highest + 1 ||
           (acked > highest && flow->reader[peer] == READ_UNTIL_CLOSE);
}

// The other side's close was captured first, but had acknowledged this one: this one came first.
static bool is_overtaken(const struct flow *flow, const struct ending *ending)
{
    return ending->how == CLOSE_FIN && flow->record.close_how == CLOSE_FIN &&
           flow->closing->cut[ending->side] == ending->at + 1;
}

static void note_first(struct flow *flow, const struct ending *ending)
{
    flow->record.close_by = ending->side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    flow->record.close_how = (uint8_t)ending->how;
    freeze(flow, ending);
}

void close_note(struct context *context, struct flow *flow, const struct ending *ending)
{
    struct record *record = &flow->record;
    struct closing *closing = flow_closing(context, flow);
    bool is_first = record->close_how == CLOSE_OPEN;
    if (ending->how == CLOSE_FIN) {
        closing->fin[ending->side] = ending->at;
        flow->flags |= (FLOW_FIN << ending->side);
        record->at[ending->side == CLIENT ? AT_CLIENT_FIN : AT_SERVER_FIN] = ending->moment;
        if (ending->has_ack)
            protocol_fin(flow, ending->side, ending->ack);
    } else if (!moment_is_set(record->at[AT_RST])) {
        record->at[AT_RST] = ending->moment;
    }
    bool are_both = flow_is(flow, FLOW_FIN << CLIENT) && flow_is(flow, FLOW_FIN << SERVER);
    if (ending->how == CLOSE_RST || are_both)
        flow->flags |= FLOW_ENDED;
    if (is_first) {
        flow_set_fact(flow, FACT_CLOSE_UNSEEN, is_answer_to_unseen(flow, ending));
        note_first(flow, ending);
    } else if (is_overtaken(flow, ending)) {
        flow_set_fact(flow, FACT_CLOSE_UNSEEN, false);
        flow_note(flow, FACT_CLOSE_OVERTAKEN);
        note_first(flow, ending);
    } else if (are_both && ending->how == CLOSE_FIN && ending->has_ack &&
               stream_position(&flow->stream[!ending->side], ending->ack) <=
                   closing->fin[!ending->side]) {
        flow_note(flow, FACT_CLOSE_BOTH);
    }
}
