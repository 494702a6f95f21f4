// SPDX-License-Identifier: BSD-2-Clause
// What one side's packets tell of the other when none of the other's were captured.
#include "engine/onesided.h"

#include "engine/message.h"

static const enum moment_id fins[] = {AT_CLIENT_FIN, AT_SERVER_FIN};
static const enum moment_id fin_acks[] = {AT_CLIENT_FIN_ACK, AT_SERVER_FIN_ACK};

static bool is_after(struct moment later, struct moment earlier)
{
    return later.frame > earlier.frame;
}

// Behind the captured side's close only its kind of close shows: it takes data, or it doesn't.
static void note_beyond(struct taking *t)
{
    struct record *r = t->record;
    if (t->side == CLIENT && !moment_is_set(r->at[AT_BEYOND])) {
        r->at[AT_BEYOND] = t->moment;
        flow_note(t->flow, FACT_LATE_RESPONSE);
    }
    if (r->close_how == CLOSE_FIN && !(t->segment->flags & TCP_RST))
        flow_note(t->flow, FACT_HALF_CLOSE);
}

static void note_bytes(struct taking *t)
{
    struct moment *at = t->record->at;
    bool is_response = t->side == CLIENT;
    enum moment_id begin = is_response ? AT_RESPONSE_BEGIN : AT_LAST_REQUEST;
    enum moment_id end = is_response ? AT_RESPONSE_END : AT_REQUEST_END;
    struct moment before = at[is_response ? AT_LAST_REQUEST : AT_RESPONSE_END];
    if (!is_after(at[begin], before))
        at[begin] = t->moment;
    at[end] = t->moment;
}

void onesided_ack(struct taking *t)
{
    enum side peer = !t->side;
    struct stream *stream = &t->flow->stream[peer];
    struct moment *fin_ack = &t->record->at[fin_acks[peer]];
    if (!flow_is(t->flow, FLOW_ACKED << peer)) {
        stream->base = t->segment->ack; // for taking_earliest()
        return;
    }
    int32_t advance = (int32_t)(t->segment->ack - stream->acked);
    if (advance <= 0)
        return;
    taking_establish(t->flow, t->moment);
    if (advance == 1) {
        *fin_ack = moment_is_set(*fin_ack) ? *fin_ack : t->moment;
    } else if (t->record->close_how != CLOSE_OPEN) {
        note_beyond(t);
    } else {
        *fin_ack = (struct moment){0, 0};
        note_bytes(t);
    }
}

void onesided_forget(struct flow *flow, enum side side)
{
    struct moment *at = flow->record.at;
    static const enum moment_id told[2][3] = {
        {AT_LAST_REQUEST, AT_REQUEST_END, AT_CLIENT_FIN_ACK},
        {AT_RESPONSE_BEGIN, AT_RESPONSE_END, AT_SERVER_FIN_ACK},
    };
    for (int i = 0; i < 3; i++)
        at[told[side][i]] = (struct moment){0, 0};
}

static bool is_answered(const struct record *r)
{
    return is_after(r->at[AT_RESPONSE_END], r->at[AT_LAST_REQUEST]);
}

void onesided_request(struct context *context, struct flow *flow, struct moment moment)
{
    struct record *r = &flow->record;
    if (!is_answered(r))
        return;
    response_log(context, flow, &flow->work->pending[flow->work->pending_first],
                 r->at[AT_RESPONSE_END].time);
    r->idle_max = MAX(r->idle_max, moment_between(r->at[AT_RESPONSE_END], moment));
}

bool onesided_is_asked(const struct record *record)
{
    return is_after(record->at[AT_REQUEST_END], record->at[AT_RESPONSE_BEGIN]);
}

void onesided_response(struct context *context, struct flow *flow)
{
    const struct moment *at = flow->record.at;
    struct pending request = {.begin = at[AT_LAST_REQUEST].time};
    if (moment_is_set(at[AT_LAST_REQUEST]))
        response_log(context, flow, &request, at[AT_RESPONSE_END].time);
}

// The client's packets alone: whatever came after the last request is taken for its response.
static void settle_client(struct record *r)
{
    if (!is_answered(r))
        return;
    if (r->phase == PHASE_REQUEST) {
        r->phase = PHASE_ANSWERING;
    } else if (r->phase == PHASE_AWAITING) {
        r->phase = PHASE_IDLE;
        r->outstanding = 0;
        r->facts |= UINT64_C(1) << FACT_PRESUMED;
    }
}

// The server's packets alone: what it acknowledged since its last response is a request. A response
// that went on behind the client's FIN was not complete, or not begun, in the client's view.
static void settle_server(struct record *r)
{
    struct moment fin = r->close_by == CLOSE_BY_CLIENT ? record_close(r) : (struct moment){0, 0};
    if (moment_is_set(fin) && r->phase == PHASE_IDLE && !is_after(fin, r->at[AT_RESPONSE_END])) {
        bool is_begun = is_after(fin, r->at[AT_RESPONSE_BEGIN]);
        r->phase = is_begun ? PHASE_BODY : PHASE_AWAITING;
        r->outstanding = 1;
        if (!is_begun)
            r->at[AT_BEYOND] = r->at[AT_RESPONSE_BEGIN];
        return;
    }
    bool is_between = r->phase == PHASE_IDLE || r->phase == PHASE_LOST;
    if (is_between && is_after(r->at[AT_REQUEST_END], r->at[AT_RESPONSE_END])) {
        r->phase = PHASE_AWAITING;
        r->outstanding = 1;
    } else if (r->phase == PHASE_LOST && r->responses == 0 && record_has(r, FACT_SYN_ACK) &&
               !record_has(r, FACT_LOST_BYTES) && !record_has(r, FACT_HEAD_CUT)) {
        r->phase = PHASE_UNUSED;
    }
}

// The FIN of the side that wasn't captured, if it was acknowledged before the other side closed.
static void settle_close(struct flow *flow, enum side unseen)
{
    struct record *r = &flow->record;
    struct moment fin_ack = r->at[fin_acks[unseen]], own = r->at[fins[!unseen]];
    if (!moment_is_set(fin_ack))
        return;
    if (r->close_how == CLOSE_OPEN)
        flow_note(flow, FACT_FIN_UNSEEN);
    if (is_after(fin_ack, record_close(r)))
        return;
    flow_set_fact(flow, FACT_CLOSE_UNSEEN, !moment_is_set(own));
    if (!moment_is_set(own))
        return; // a RST: whatever it means, it wasn't the first close
    flow_note(flow, FACT_CLOSE_OVERTAKEN);
    r->close_by = unseen == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    r->at[fins[unseen]] = fin_ack;
}

void onesided_describe(struct flow *flow)
{
    struct record *r = &flow->record;
    bool has_client = record_has(r, FACT_CLIENT_SEEN);
    if (has_client == record_has(r, FACT_SERVER_SEEN))
        return;
    settle_close(flow, has_client ? SERVER : CLIENT);
    if (has_client)
        settle_client(r);
    else
        settle_server(r);
    struct moment close = record_close(r);
    if (moment_is_set(close) && r->phase == PHASE_IDLE)
        r->gap = moment_between(r->at[AT_RESPONSE_END], close);
}

int64_t onesided_response_end(const struct flow *flow)
{
    const struct record *r = &flow->record;
    bool is_known = !record_has(r, FACT_SERVER_SEEN) && r->phase == PHASE_IDLE;
    return is_known ? r->at[AT_RESPONSE_END].time : NANOS_UNKNOWN;
}
