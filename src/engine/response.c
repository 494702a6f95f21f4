// SPDX-License-Identifier: BSD-2-Clause
// Response heads and ends: which request they answer, how their body is framed.
#include "engine/message.h"
#include "engine/onesided.h"

#include "engine/naming.h"
#include "engine/stream.h"

static enum pending_kind pending_kind(const struct work *work)
{
    return work->pending_count ? work->pending[work->pending_first].kind : PENDING_OTHER;
}

// From here on bytes mean nothing to HTTP/1 (RFC 9110 sections 7.8 and 9.3.6).
static void become_tunnel(struct reading *reading, enum fact fact)
{
    flow_note(reading->flow, fact);
    message_end(reading);
    reading->flow->flags |= FLOW_DONE << CLIENT;
    reading->flow->reader[CLIENT] = reading->flow->reader[SERVER] = READ_SILENT;
}

static void note_response(struct reading *reading, const struct head *head, bool is_cut)
{
    struct flow *flow = reading->flow;
    struct record *record = &flow->record;
    bool is_http10 = !is_cut && (head->flags & HEAD_HTTP10) && !(head->flags & HEAD_KEEP_ALIVE);
    record->last_status = head->status;
    record->received = 0;
    record->expected = LENGTH_UNKNOWN;
    flow_set_fact(flow, FACT_SERVER_SAYS_CLOSE, head->flags & HEAD_CLOSE);
    flow_set_fact(flow, FACT_SERVER_HTTP10, is_http10);
    flow_set_fact(flow, FACT_CHUNKED, false);
    flow_set_fact(flow, FACT_UNTIL_CLOSE, false);
    flow_set_fact(flow, FACT_CLIENT_STALLED, false);
    flow_set_fact(flow, FACT_COUNTED_DOWN, (head->flags & HEAD_MAX) && head->keep_alive_max == 0);
    if (head->flags & HEAD_TIMEOUT)
        record->advertised_timeout = head->keep_alive_timeout;
    if ((head->flags & HEAD_MAX) && record->advertised_max == ADVERTISED_NONE)
        record->advertised_max = head->keep_alive_max;
    naming_response(reading, head);
}

// A final answer instead of 100 Continue: the body may never come (RFC 9110 section 10.1.1).
static void release_expected_body(struct flow *flow)
{
    bool is_untouched = flow->stream[CLIENT].next <= flow->work->request_body_at;
    if (flow_is(flow, FLOW_DONE << CLIENT) || !record_has(&flow->record, FACT_EXPECT_CONTINUE) ||
        !is_untouched)
        return;
    flow_note(flow, FACT_BODY_NOT_OWED);
    flow->flags |= FLOW_DONE << CLIENT;
    flow->reader[CLIENT] = READ_LOST;
}

// Where the body of a response ends (RFC 9112 section 6.3).
static void frame_response(struct reading *reading, const struct head *head)
{
    struct flow *flow = reading->flow;
    struct record *record = &flow->record;
    struct reader *reader = &flow->work->reader[SERVER];
    enum pending_kind kind = pending_kind(flow->work);
    reader->remaining = 0;
    reader->digits = 0;
    reader->in_extension = false;
    if (kind == PENDING_CONNECT && head->status / 100 == 2) {
        become_tunnel(reading, FACT_CONNECTED);
    } else if (kind == PENDING_HEAD || head->status == 204 || head->status == 304) {
        record->expected = 0;
        message_end(reading);
    } else if (head->flags & HEAD_CHUNKED) {
        reader->scanned = 0;
        flow_note(flow, FACT_CHUNKED);
        flow->reader[SERVER] = READ_CHUNK_SIZE;
    } else if ((head->flags & HEAD_LENGTH) && !(head->flags & (HEAD_CODED | HEAD_BAD_LENGTH))) {
        record->expected = (int64_t)MIN(head->content_length, INT64_MAX);
        reader->remaining = head->content_length;
        flow->reader[SERVER] = READ_LENGTH;
        if (head->content_length == 0)
            message_end(reading);
    } else {
        if (head->flags & HEAD_BAD_LENGTH)
            message_is_bad(reading, FACT_BAD_FRAMING, reading->at - 1);
        flow_note(flow, FACT_UNTIL_CLOSE);
        flow->reader[SERVER] = READ_UNTIL_CLOSE;
    }
}

// 1xx: not final, the answer is still to come (RFC 9110 section 15.2).
static void interim(struct reading *reading)
{
    struct flow *flow = reading->flow;
    if (!flow->work->reader[SERVER].is_late)
        flow->flags |= FLOW_DONE << SERVER;
    flow->work->reader[SERVER].is_late = false;
    flow->reader[SERVER] = READ_START;
}

void response_head(struct reading *reading, const struct head *head, bool is_cut)
{
    struct flow *flow = reading->flow;
    if (head->status / 100 == 1 && head->status != 101) {
        interim(reading);
        return;
    }
    flow->record.responses++;
    note_response(reading, head, is_cut);
    if (!flow->work->reader[SERVER].is_late)
        flow->head_length = (uint32_t)(reading->at - flow->response_at);
    if (head->status == 101) {
        become_tunnel(reading, FACT_UPGRADED);
        return;
    }
    release_expected_body(flow);
    if (!is_cut)
        frame_response(reading, head);
}

void response_log(struct context *context, const struct flow *flow, const struct pending *pending,
                  int64_t end)
{
    if (context->exchanges.count >= context->limits.exchanges) {
        context->exchanges_dropped++;
        return;
    }
    *exchanges_add(&context->exchanges) = (struct exchange){
        .begin = pending->begin,
        .end = end,
        .connection = flow->record.at[AT_START].frame,
        .has_body = end != NANOS_UNKNOWN && flow->record.received > 0,
        .is_idempotent = pending->is_idempotent,
    };
}

// The server had not received the whole of the one request that it answers, as its acknowledgement
// says; in the capture the rest may come before the response.
static bool is_early(const struct reading *reading)
{
    const struct flow *flow = reading->flow;
    const struct stream *client = &flow->stream[CLIENT];
    uint64_t end = client->next;
    if (end <= flow->work->request_body_at || flow->work->pending_count != 1)
        return false;
    if (flow_is(flow, FLOW_FIN << CLIENT))
        end = MIN(end, flow->closing->fin[CLIENT]);
    return flow_is(flow, FLOW_DONE << CLIENT) && flow_is(flow, FLOW_BASE << CLIENT) &&
           end > flow->work->request_body_at && stream_position(client, reading->ack) < end;
}

void response_ends(struct reading *reading)
{
    struct flow *flow = reading->flow;
    struct work *work = flow->work;
    bool is_late = work->reader[SERVER].is_late;
    flow->record.responses_complete++;
    if (is_late) {
        flow->closing->late_complete += !message_is_unasked(flow);
        flow_note(flow, FACT_LATE_COMPLETE);
    }
    if (!is_late && is_early(reading))
        flow_note(flow, FACT_EARLY_RESPONSE);
    flow->reader[SERVER] = READ_START;
    flow->flags &= ~FLOW_LAST_EMPTY;
    if (flow->record.received == 0)
        flow->flags |= FLOW_LAST_EMPTY;
    if (work->pending_count == 0) {
        if (!flow_is(flow, FLOW_BASE << CLIENT))
            onesided_response(reading->context, flow);
        flow->unseen = (int16_t)MAX(flow->unseen - 1, INT16_MIN);
        return;
    }
    response_log(reading->context, flow, &work->pending[work->pending_first],
                 is_late ? NANOS_UNKNOWN : flow->record.at[AT_RESPONSE_END].time);
    work->pending_first = (work->pending_first + 1) & (work->pending_capacity - 1);
    work->pending_count--;
}
