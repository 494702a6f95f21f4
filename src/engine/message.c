// SPDX-License-Identifier: BSD-2-Clause
// What the beginning, head and end of a message mean for the flow and its record.
#include "engine/message.h"

#include "engine/naming.h"
#include "engine/onesided.h"
#include "engine/protocol.h"
#include "engine/shape.h"

bool message_is_beyond(const struct reading *reading, uint64_t at)
{
    const struct closing *closing = reading->flow->closing;
    return closing && closing->is_known && at >= closing->cut[reading->side];
}

bool message_is_bad(struct reading *reading, enum fact fact, uint64_t at)
{
    uint64_t *first = &flow_work(reading->context, reading->flow)->bad_at[reading->side];
    *first = *first ? *first : at;
    if (message_is_beyond(reading, at))
        return false;
    flow_note(reading->flow, fact);
    return true;
}

void message_touch(struct reading *reading)
{
    if (message_is_beyond(reading, reading->at))
        protocol_beyond(reading);
    else
        message_goes_on(reading->flow, reading->side, reading->moment);
}

// A connection used again: how long it was idle, and what kind of response did not end it.
static void note_reuse(struct reading *reading)
{
    struct record *record = &reading->flow->record;
    if (record->responses_complete == 0 || !flow_is(reading->flow, FLOW_DONE << SERVER))
        return;
    int64_t idle = moment_between(record->at[AT_RESPONSE_END], reading->moment);
    record->idle_max = MAX(record->idle_max, idle);
    uint16_t *reused = flow_is(reading->flow, FLOW_LAST_EMPTY) ? &record->reused_after_empty
                                                               : &record->reused_after_body;
    *reused += *reused < UINT16_MAX;
}

// Responses that fell into a hole: their requests count as answered, unseen.
static void presume_answered(struct flow *flow, struct work *work)
{
    for (uint32_t i = 0; i < work->pending_count; i++) {
        uint8_t kind = work->pending[(work->pending_first + i) & (work->pending_capacity - 1)].kind;
        if (kind == PENDING_CONNECT || kind == PENDING_UPGRADE)
            flow_note(flow, FACT_TUNNEL_UNSEEN);
    }
    flow->unseen = (int16_t)MIN(flow->unseen + (int32_t)work->pending_count, INT16_MAX);
    work->pending_count = 0;
    flow->flags |= FLOW_DONE << SERVER;
}

// A response to a request that was not captured seemed to last until the close; it was a tunnel's
// or a HEAD's.
static void lose_response(struct flow *flow)
{
    flow_note(flow, FACT_TUNNEL_UNSEEN);
    flow->reader[SERVER] = READ_LOST;
    flow->flags |= FLOW_LOSSY | FLOW_DONE << SERVER;
}

static void request_begins(struct reading *reading)
{
    struct flow *flow = reading->flow;
    struct work *work = flow->work;
    bool is_unseen = flow->reader[SERVER] == READ_LOST || !flow_is(flow, FLOW_BASE << SERVER);
    if (work->pending_count > 0 && !flow_is(flow, FLOW_BASE << SERVER))
        onesided_request(reading->context, flow, reading->moment);
    if (work->pending_count > 0 && is_unseen)
        presume_answered(flow, work);
    if (work->pending_count > 0)
        flow_note(flow, FACT_PIPELINED);
    else
        note_reuse(reading);
    if (work->pending_count == 0)
        flow->flags &= ~FLOW_LOSSY;
    if (flow->reader[SERVER] == READ_UNTIL_CLOSE && record_has(&flow->record, FACT_ORPHAN_RESPONSE))
        lose_response(flow);
    if (record_has(&flow->record, FACT_HEAD_CUT))
        shape_request(flow, reading->moment);
    flow_set_fact(flow, FACT_EARLY_RESPONSE, false);
    flow->request_at = reading->at;
    work->request_ack = reading->ack;
    flow->record.at[AT_LAST_REQUEST] = flow->record.at[AT_REQUEST_END] = reading->moment;
}

bool message_is_unasked(const struct flow *flow)
{
    bool is_asked = flow->work->pending_count > 0 || !flow_is(flow, FLOW_DONE << CLIENT);
    return !is_asked && !record_has(&flow->record, FACT_ORPHAN_RESPONSE) &&
           !record_has(&flow->record, FACT_LOST_BYTES) &&
           record_has(&flow->record, FACT_CLIENT_SEEN) && flow->reader[CLIENT] == READ_START;
}

static void response_begins(struct reading *reading)
{
    struct flow *flow = reading->flow;
    bool is_first = flow->record.responses == 0;
    bool is_asked = flow->work->pending_count > 0 || !flow_is(flow, FLOW_DONE << CLIENT);
    if (!flow_is(flow, FLOW_BASE << CLIENT) && !is_first && !onesided_is_asked(&flow->record))
        flow_note(flow, FACT_UNASKED_BYTES);
    if (!is_asked && record_has(&flow->record, FACT_MIDSTREAM) && is_first)
        flow_note(flow, FACT_ORPHAN_RESPONSE);
    flow->work->is_unasked = message_is_unasked(flow);
    flow->response_at = reading->at;
    flow->head_length = 0;
    flow->record.at[AT_RESPONSE_BEGIN] = reading->moment;
    if (!flow->work->is_unasked) {
        flow->record.at[AT_RESPONSE_END] = reading->moment;
        return;
    }
    flow_note(flow, FACT_UNASKED_BYTES); // the connection goes on to be idle
    if (!moment_is_set(flow->record.at[AT_BEYOND]))
        flow->record.at[AT_BEYOND] = reading->moment;
}

void message_begin(struct reading *reading)
{
    struct flow *flow = reading->flow;
    struct reader *reader = &flow_work(reading->context, flow)->reader[reading->side];
    reader->is_late = message_is_beyond(reading, reading->at);
    if (reader->is_late) {
        protocol_beyond(reading);
        return;
    }
    if (reading->side == CLIENT)
        request_begins(reading);
    else
        response_begins(reading);
    flow->flags &= ~(FLOW_DONE << reading->side);
}

void message_forget_request(struct flow *flow)
{
    static const enum moment_id moments[] = {AT_FIRST_REQUEST, AT_LAST_REQUEST, AT_REQUEST_END};
    for (size_t i = 0; i < G_N_ELEMENTS(moments); i++)
        flow->record.at[moments[i]] = (struct moment){0, 0};
    flow->request_at = 0;
    flow->flags |= FLOW_DONE << CLIENT;
}

// Room for twice as many outstanding requests, under the caps.
static bool widen_pending(struct context *context, struct work *work)
{
    uint32_t capacity = work->pending_capacity;
    if (capacity * 2 > context->limits.pipelined ||
        context->held_bytes > context->limits.parked_total)
        return false;
    struct pending *wider = g_new(struct pending, capacity * 2);
    for (uint32_t i = 0; i < capacity; i++)
        wider[i] = work->pending[(work->pending_first + i) & (capacity - 1)];
    context->held_bytes += capacity * 2 * sizeof *wider;
    if (work->pending != work->first_pending) {
        context->held_bytes -= capacity * sizeof *wider;
        g_free(work->pending);
    }
    work->pending = wider;
    work->pending_first = 0;
    work->pending_capacity = capacity * 2;
    return true;
}

static uint8_t kind_of(const struct head *head)
{
    if (head->known == METHOD_HEAD)
        return PENDING_HEAD;
    if (head->known == METHOD_CONNECT)
        return PENDING_CONNECT;
    return head->flags & HEAD_UPGRADE ? PENDING_UPGRADE : PENDING_OTHER;
}

// RFC 9110 section 9.2.2
static bool is_idempotent(const struct head *head)
{
    const unsigned idempotent = 1 << METHOD_GET | 1 << METHOD_HEAD | 1 << METHOD_PUT |
                                1 << METHOD_DELETE | 1 << METHOD_OPTIONS | 1 << METHOD_TRACE;
    return idempotent >> head->known & 1;
}

// Appends to the ring of outstanding requests; beyond its cap kinds are no longer known.
static void push_pending(struct reading *reading, const struct head *head)
{
    struct work *work = reading->flow->work;
    if (work->pending_count >= work->pending_capacity && !widen_pending(reading->context, work)) {
        flow_note(reading->flow, FACT_LIMITED);
        return;
    }
    uint32_t slot = (work->pending_first + work->pending_count++) & (work->pending_capacity - 1);
    work->pending[slot] = (struct pending){
        .begin = work->reader[CLIENT].is_late ? reading->moment.time
                                              : reading->flow->record.at[AT_LAST_REQUEST].time,
        .kind = kind_of(head),
        .is_idempotent = is_idempotent(head),
    };
}

static bool says_close_by_version(const struct head *head)
{
    return (head->flags & HEAD_HTTP10) && !(head->flags & HEAD_KEEP_ALIVE);
}

// Where the body of a request ends (RFC 9112 section 6.3, items 3 to 7).
static void frame_request(struct reading *reading, const struct head *head)
{
    struct flow *flow = reading->flow;
    struct reader *reader = &flow->work->reader[CLIENT];
    *reader = (struct reader){.held = reader->held,
                              .held_length = reader->held_length,
                              .held_capacity = reader->held_capacity,
                              .is_late = reader->is_late};
    if (head->flags & (HEAD_CODED | HEAD_BAD_LENGTH))
        message_is_bad(reading, FACT_BAD_FRAMING, reading->at - 1);
    if (head->flags & HEAD_CHUNKED) {
        flow->reader[CLIENT] = READ_CHUNK_SIZE;
    } else if ((head->flags & HEAD_LENGTH) && head->content_length > 0) {
        reader->remaining = head->content_length;
        flow->reader[CLIENT] = READ_LENGTH;
    } else {
        message_end(reading);
    }
}

static void request_head(struct reading *reading, const struct head *head, bool is_cut)
{
    struct flow *flow = reading->flow;
    struct record *record = &flow->record;
    bool is_late = flow->work->reader[CLIENT].is_late;
    if (head->flags & HEAD_H2_PREFACE) {
        // Behind a request it follows an upgrade whose 101 was not captured.
        flow_note(flow, record->requests > 0 ? FACT_UPGRADED : FACT_HTTP2);
        flow->reader[CLIENT] = flow->reader[SERVER] = READ_SILENT;
        return;
    }
    record->requests++;
    naming_request(reading, head);
    if (record->requests == 1)
        record->at[AT_FIRST_REQUEST] = is_late ? reading->moment : record->at[AT_LAST_REQUEST];
    if (is_late) {
        flow->closing->late_requests++;
    } else {
        flow_set_fact(flow, FACT_CLIENT_SAYS_CLOSE, head->flags & HEAD_CLOSE);
        // What is cut off may say keep-alive.
        flow_set_fact(flow, FACT_CLIENT_HTTP10, !is_cut && says_close_by_version(head));
        flow_set_fact(flow, FACT_EXPECT_CONTINUE, head->flags & HEAD_EXPECT);
        flow_set_fact(flow, FACT_SPACED_TARGET, head->flags & HEAD_SPACED);
        flow_set_fact(flow, FACT_BODY_NOT_OWED, false);
    }
    flow->work->request_body_at = reading->at;
    push_pending(reading, head);
    if (is_cut)
        message_end(reading);
    else
        frame_request(reading, head);
}

void message_head(struct reading *reading, const struct head *head, bool is_cut)
{
    if (reading->side == CLIENT)
        request_head(reading, head, is_cut);
    else
        response_head(reading, head, is_cut);
}

static void request_ends(struct reading *reading)
{
    if (reading->flow->reader[CLIENT] != READ_LOST)
        reading->flow->reader[CLIENT] = READ_START;
}

void message_end(struct reading *reading)
{
    struct flow *flow = reading->flow;
    struct reader *reader = &flow->work->reader[reading->side];
    if (!reader->is_late) {
        flow->flags |= (FLOW_DONE << reading->side);
        if (flow->closing)
            flow->closing->end[reading->side] = reading->at;
    }
    if (reading->side == CLIENT)
        request_ends(reading);
    else
        response_ends(reading);
    reader->is_late = false;
}
