// SPDX-License-Identifier: BSD-2-Clause
// What lengths and times tell of an exchange whose heads the snapshot length cut.
#include "engine/shape.h"

#include "engine/message.h"

static bool is_after(struct moment later, struct moment earlier)
{
    return later.frame > earlier.frame;
}

void shape_request(struct flow *flow, struct moment moment)
{
    struct record *r = &flow->record;
    if (moment_is_set(r->at[AT_RESPONSE_END]))
        r->idle_max = MAX(r->idle_max, moment_between(r->at[AT_RESPONSE_END], moment));
}

static void begin(struct reading *reading)
{
    struct flow *flow = reading->flow;
    struct moment *at = flow->record.at;
    if (reading->side == CLIENT && !is_after(at[AT_LAST_REQUEST], at[AT_RESPONSE_END])) {
        shape_request(flow, reading->moment);
        flow->request_at = reading->at;
        at[AT_LAST_REQUEST] = reading->moment;
    } else if (reading->side == SERVER && !is_after(at[AT_RESPONSE_BEGIN], at[AT_LAST_REQUEST])) {
        flow->response_at = reading->at;
        at[AT_RESPONSE_BEGIN] = reading->moment;
    }
}

void shape_note(struct reading *reading)
{
    const struct closing *closing = reading->flow->closing;
    bool is_beyond = closing && closing->is_known && reading->at >= closing->cut[reading->side];
    if (!is_beyond)
        begin(reading);
    message_touch(reading);
}

void shape_describe(struct record *r)
{
    const uint64_t unknown = UINT64_C(1) << FACT_LOST_BYTES | UINT64_C(1) << FACT_MIDSTREAM |
                             UINT64_C(1) << FACT_LIMITED;
    if (r->phase != PHASE_LOST || !record_has(r, FACT_HEAD_CUT) || r->facts & unknown ||
        !moment_is_set(r->at[AT_LAST_REQUEST]))
        return;
    bool is_answered = is_after(r->at[AT_RESPONSE_END], r->at[AT_LAST_REQUEST]);
    bool is_crossed = record_has(r, FACT_RACED_REQUEST) || record_has(r, FACT_STALE_REQUEST);
    if (r->requests == 0 && r->responses == 0 && (!is_answered || is_crossed))
        return; // nothing shows that it speaks HTTP
    r->phase = is_answered ? PHASE_IDLE : PHASE_AWAITING;
    r->outstanding = !is_answered;
    if (is_answered)
        r->facts |= UINT64_C(1) << FACT_PRESUMED;
}
