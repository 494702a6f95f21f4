// SPDX-License-Identifier: BSD-2-Clause
// What a record can only say once its connection is over: phase, gap, outstanding, TCP states.
#include "engine/close.h"
#include "engine/message.h"
#include "engine/onesided.h"
#include "engine/shape.h"
#include "engine/stream.h"

#define ACK_DELAY_MOST (NANOS_PER_SECOND / 2) // RFC 9293 section 3.8.6.3

static bool is_silent(const struct record *record)
{
    return record_has(record, FACT_TLS) || record_has(record, FACT_HTTP2) ||
           record_has(record, FACT_OTHER_PROTOCOL);
}

// A message that is complete, but not in the closer's view.
static bool is_cut(const struct flow *flow, enum side side)
{
    const struct closing *closing = flow->closing;
    return closing && closing->end[side] > closing->cut[side];
}

// Messages that were begun, but not complete in the closer's view.
struct underway {
    bool request, response;
};

static struct underway underway(const struct flow *flow)
{
    return (struct underway){
        flow->request_at && (!flow_is(flow, FLOW_DONE << CLIENT) || is_cut(flow, CLIENT)),
        flow->response_at && (!flow_is(flow, FLOW_DONE << SERVER) || is_cut(flow, SERVER)),
    };
}

static uint32_t outstanding(const struct flow *flow)
{
    const struct record *record = &flow->record;
    const struct closing *closing = flow->closing;
    int64_t requests = (int64_t)record->requests - (closing ? closing->late_requests : 0);
    int64_t complete = (int64_t)record->responses_complete - (closing ? closing->late_complete : 0);
    if (flow->response_at && is_cut(flow, SERVER) && flow_is(flow, FLOW_DONE << SERVER))
        complete--;
    return (uint32_t)CLAMP(requests - complete - flow->unseen, 0, MAX(requests, 0));
}

static enum phase phase_of(const struct flow *flow, struct underway underway)
{
    const struct record *record = &flow->record;
    const struct closing *closing = flow->closing;
    if (is_silent(record))
        return PHASE_OPAQUE;
    if (record_has(record, FACT_UPGRADED) || record_has(record, FACT_CONNECTED))
        return PHASE_TUNNEL;
    if (!record_has(record, FACT_ESTABLISHED))
        return PHASE_CONNECTING;
    if (flow_is(flow, FLOW_LOSSY))
        return PHASE_LOST;
    if (underway.request)
        return underway.response || record_has(record, FACT_EARLY_RESPONSE) ? PHASE_ANSWERING
                                                                            : PHASE_REQUEST;
    if (underway.response) {
        bool has_head = flow->head_length &&
                        !(closing && flow->response_at + flow->head_length > closing->cut[SERVER]);
        return has_head ? PHASE_BODY : PHASE_HEAD;
    }
    if (record->outstanding > 0)
        return PHASE_AWAITING;
    bool has_seen_all = record_has(record, FACT_CLIENT_SEEN) && !record_has(record, FACT_MIDSTREAM);
    if (record->requests > (closing ? closing->late_requests : 0) ||
        (record->responses > 0 && !has_seen_all))
        return PHASE_IDLE;
    return has_seen_all ? PHASE_UNUSED : PHASE_LOST;
}

// The final response was complete although the request was not (RFC 9112 section 9.3).
static void note_early_response(struct flow *flow, struct underway underway)
{
    struct record *record = &flow->record;
    // A client that sends its whole body all the same ends it after the response.
    bool is_overtaken = moment_is_set(record->at[AT_REQUEST_END]) &&
                        record->at[AT_REQUEST_END].frame > record->at[AT_RESPONSE_END].frame;
    if ((underway.request || is_overtaken) && flow->response_at && !underway.response &&
        record->outstanding == 0 &&
        moment_between(record->at[AT_LAST_REQUEST], record->at[AT_RESPONSE_BEGIN]) >= 0)
        flow_note(flow, FACT_EARLY_RESPONSE);
}

// Response bytes in flight when the client closed were not received by it.
static int64_t received(const struct flow *flow)
{
    const struct closing *closing = flow->closing;
    int64_t bytes = flow->record.received;
    if (!closing)
        return bytes;
    uint64_t end = flow_is(flow, FLOW_DONE << SERVER) ? closing->end[SERVER]
                   : flow_is(flow, FLOW_FIN << SERVER)
                       ? MIN(flow->stream[SERVER].next, closing->fin[SERVER])
                       : flow->stream[SERVER].next;
    if (flow->work && flow->work->bad_at[SERVER])
        end = MIN(end, flow->work->bad_at[SERVER]); // what follows was not counted
    if (end > closing->cut[SERVER])
        bytes -= (int64_t)MIN(end - closing->cut[SERVER], INT64_MAX);
    return MAX(bytes, 0);
}

static int64_t client_gap(const struct flow *flow)
{
    const struct record *record = &flow->record;
    int64_t close = record_close(record).time;
    struct moment last = record->at[AT_RESPONSE_END];
    // An ACK later than that is not the first one of these bytes.
    int64_t latest = last.time + ACK_DELAY_MOST + (int64_t)flow->client_rtt_us * 1000;
    if (flow->acked_time != NANOS_UNKNOWN && flow->acked_time < close &&
        flow->acked_time >= last.time && flow->acked_time <= latest)
        return close - flow->acked_time;
    if (!moment_is_set(last))
        return NANOS_UNKNOWN;
    return MAX(close - last.time - (int64_t)flow->client_rtt_us * 1000, 0);
}

// The term Gap: both ends of it from segments of the closer.
static int64_t gap(const struct flow *flow)
{
    const struct record *record = &flow->record;
    struct moment close = record_close(record);
    if (!moment_is_set(close))
        return NANOS_UNKNOWN;
    switch (record->phase) {
    case PHASE_UNUSED:
        return moment_between(record->at[AT_ESTABLISHED], close);
    case PHASE_IDLE:
        return record->close_by == CLOSE_BY_CLIENT
                   ? client_gap(flow)
                   : moment_between(record->at[AT_RESPONSE_END], close);
    case PHASE_TUNNEL:
    case PHASE_OPAQUE: {
        struct moment from = record->at[AT_REQUEST_END], to = record->at[AT_RESPONSE_END];
        struct moment last = moment_between(from, to) < 0 && moment_is_set(from) ? from : to;
        return moment_is_set(last) ? moment_between(last, close)
                                   : moment_between(record->at[AT_ESTABLISHED], close);
    }
    default:
        return NANOS_UNKNOWN;
    }
}

// A FIN that only shows in the other side's acknowledgement number.
static bool is_fin_unseen(const struct flow *flow, enum side side)
{
    return flow_is(flow, FLOW_FIN_SKIPPED << side) ||
           (!flow_is(flow, FLOW_FIN << side) &&
            stream_acked(flow, side) == stream_highest(&flow->stream[side]) + 1);
}

// RFC 9293 section 3.3.2, from the packets of both sides.
static enum tcp_state tcp_state(const struct flow *flow, enum side side, bool is_unseen)
{
    const struct record *record = &flow->record;
    static const enum moment_id fin[] = {AT_CLIENT_FIN, AT_SERVER_FIN};
    static const enum moment_id fin_ack[] = {AT_CLIENT_FIN_ACK, AT_SERVER_FIN_ACK};
    struct moment own = record->at[fin[side]], peers = record->at[fin[!side]];
    bool is_own_acked = moment_is_set(record->at[fin_ack[side]]);
    if (moment_is_set(record->at[AT_RST]))
        return TCP_CLOSED;
    if (!record_has(record, FACT_ESTABLISHED))
        return side == CLIENT                     ? TCP_SYN_SENT
               : record_has(record, FACT_SYN_ACK) ? TCP_SYN_RECV
                                                  : TCP_CLOSED;
    if (!moment_is_set(own) && is_unseen)
        return moment_is_set(peers) ? TCP_CLOSED : TCP_FIN_WAIT2;
    if (!moment_is_set(own))
        return moment_is_set(record->at[fin_ack[!side]]) ? TCP_CLOSE_WAIT : TCP_ESTABLISHED;
    if (!moment_is_set(peers))
        return is_own_acked ? TCP_FIN_WAIT2 : TCP_FIN_WAIT1;
    bool is_passive = moment_is_set(record_close(record)) && !record_has(record, FACT_CLOSE_BOTH) &&
                      record->close_by != (side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER);
    if (is_passive)
        return is_own_acked ? TCP_CLOSED : TCP_LAST_ACK;
    return is_own_acked ? TCP_TIME_WAIT : TCP_CLOSING;
}

static uint64_t bytes_of(const struct flow *flow, enum side side)
{
    const struct stream *stream = &flow->stream[side];
    uint64_t end = stream_highest(stream);
    if (!flow_is(flow, FLOW_BASE << side))
        return 0;
    if (flow_is(flow, FLOW_FIN << side))
        end = MIN(flow->closing->fin[side], end);
    else if (flow_is(flow, FLOW_FIN_SKIPPED << side))
        end--;
    return end - FIRST_BYTE;
}

// Both sides spoke, neither began with a message, and nothing is missing: not HTTP/1.
static void note_other_protocol(struct flow *flow)
{
    const struct record *record = &flow->record;
    bool is_unread = record->requests == 0 && record->responses == 0;
    if (is_unread && record_has(record, FACT_MIDSTREAM) && !record_has(record, FACT_SNAPLEN_CUT) &&
        record->end[CLIENT].bytes > 0 && record->end[SERVER].bytes > 0)
        flow_note(flow, FACT_OTHER_PROTOCOL);
}

// A client that left before either side's first byte spoke no protocol; what the server sends
// meanwhile is beyond its view.
static void forget_protocol(struct flow *flow)
{
    const struct closing *closing = flow->closing;
    if (!closing || flow->record.close_by != CLOSE_BY_CLIENT || !is_silent(&flow->record) ||
        closing->cut[CLIENT] > FIRST_BYTE || closing->cut[SERVER] > FIRST_BYTE)
        return;
    flow_set_fact(flow, FACT_TLS, false);
    flow_set_fact(flow, FACT_OTHER_PROTOCOL, false);
}

void close_describe(struct flow *flow)
{
    struct record *record = &flow->record;
#pragma GCC unroll 2
    for (int side = CLIENT; side <= SERVER; side++) {
        record->end[side].bytes = bytes_of(flow, side);
        // What was missing behind a FIN is none of the connection's bytes.
        record->end[side].lost = (uint32_t)MIN(record->end[side].lost, record->end[side].bytes);
        bool is_unseen = is_fin_unseen(flow, side);
        record->end[side].state = (uint8_t)tcp_state(flow, side, is_unseen);
        if (is_unseen)
            flow_note(flow, FACT_FIN_UNSEEN);
    }
    note_other_protocol(flow);
    forget_protocol(flow);
    record->outstanding = outstanding(flow);
    struct underway now = underway(flow);
    note_early_response(flow, now);
    record->phase = (uint8_t)phase_of(flow, now);
    if (record->close_how == CLOSE_OPEN && record->phase == PHASE_BODY)
        close_note_windows(flow);
    shape_describe(record);
    record->received = received(flow);
    record->gap = gap(flow);
    onesided_describe(flow);
    if (record->gap != NANOS_UNKNOWN)
        record->gap = MAX(record->gap, 0);
    if (record->idle_max < 0) // the capture's clock went back meanwhile
        record->idle_max = NANOS_UNKNOWN;
    if (record->outstanding > 0 && record->end[CLIENT].tail_retransmits > 0)
        flow_note(flow, FACT_REQUEST_RETRANSMITTED);
    if (flow_is(flow, FLOW_LOSSY) && record_has(record, FACT_LOST_BYTES))
        flow_note(flow, FACT_LOST_LAST_EXCHANGE);
}

void close_settle(struct context *context, struct flow *flow)
{
    close_describe(flow);
    struct work *work = flow->work;
    for (uint32_t i = 0; work && i < work->pending_count; i++) {
        uint32_t slot = (work->pending_first + i) & (work->pending_capacity - 1);
        response_log(context, flow, &work->pending[slot], onesided_response_end(flow));
    }
}
