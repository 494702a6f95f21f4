// SPDX-License-Identifier: BSD-2-Clause
// Who is the client of a connection whose beginning was not captured.
#include "engine/orient.h"

#include "capture/packet.h"
#include "engine/head.h"

static bool is_head(const struct segment *segment, enum head_kind kind)
{
    bool sure = false;
    return segment->payload.length > 0 && head_may_begin(segment->payload, kind, &sure) && sure;
}

enum side orient_first(struct flow *flow, const struct segment *segment)
{
    if (segment->flags & TCP_SYN)
        return segment->flags & TCP_ACK ? SERVER : CLIENT;
    if (is_head(segment, HEAD_REQUEST))
        return CLIENT;
    if (is_head(segment, HEAD_RESPONSE))
        return SERVER;
    flow->flags |= FLOW_TENTATIVE;
    return segment->from.port >= segment->to.port ? CLIENT : SERVER;
}

#define SWAP(type, a, b)                                                                           \
    do {                                                                                           \
        type swapped = (a);                                                                        \
        (a) = (b);                                                                                 \
        (b) = swapped;                                                                             \
    } while (0)

#define SWAP_SIDES(pair) SWAP(__typeof__((pair)[CLIENT]), (pair)[CLIENT], (pair)[SERVER])

static uint32_t swap_bits(uint32_t flags, uint32_t low)
{
    uint32_t both = flags & (low | low << 1);
    uint32_t swapped = (both & low ? low << 1 : 0) | (both & low << 1 ? low : 0);
    return (flags & ~(low | low << 1)) | swapped;
}

static void turn_record(struct flow *flow)
{
    struct record *record = &flow->record;
    static const enum moment_id moments[][2] = {
        {AT_LAST_REQUEST, AT_RESPONSE_BEGIN}, // of a side of which nothing was captured
        {AT_REQUEST_END, AT_RESPONSE_END},
        {AT_CLIENT_FIN, AT_SERVER_FIN},
        {AT_CLIENT_FIN_ACK, AT_SERVER_FIN_ACK},
    };
    static const enum fact facts[][2] = {
        {FACT_CLIENT_SEEN, FACT_SERVER_SEEN},
        {FACT_CLIENT_ALERTED, FACT_SERVER_ALERTED},
        {FACT_CLIENT_WINDOW_FULL, FACT_SERVER_WINDOW_FULL},
    };
    SWAP_SIDES(record->end);
    for (size_t i = 0; i < G_N_ELEMENTS(moments); i++)
        SWAP(struct moment, record->at[moments[i][CLIENT]], record->at[moments[i][SERVER]]);
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++) {
        bool client = record_has(record, facts[i][CLIENT]);
        flow_set_fact(flow, facts[i][CLIENT], record_has(record, facts[i][SERVER]));
        flow_set_fact(flow, facts[i][SERVER], client);
    }
    if (record->close_by != CLOSE_BY_NOBODY)
        record->close_by = record->close_by == CLOSE_BY_CLIENT ? CLOSE_BY_SERVER : CLOSE_BY_CLIENT;
    record->client_clock = 0; // it was the other side's
}

static void turn_work(struct work *work)
{
    SWAP_SIDES(work->reader);
    SWAP_SIDES(work->parked);
    SWAP_SIDES(work->parked_bytes);
    SWAP_SIDES(work->sent);
    SWAP_SIDES(work->hole_since);
    SWAP_SIDES(work->unacked_since);
    SWAP_SIDES(work->zero_since);
    SWAP_SIDES(work->zero_until);
}

static void turn_around(struct flow *flow)
{
    static const uint32_t low_flags[] = {FLOW_BASE,   FLOW_ACKED, FLOW_FIN,
                                         FLOW_WINDOW, FLOW_DONE,  FLOW_FIN_SKIPPED};
    uint8_t client_shift = flow_window_shift(flow, CLIENT);
    flow_set_window_shift(flow, CLIENT, flow_window_shift(flow, SERVER));
    flow_set_window_shift(flow, SERVER, client_shift);
    for (size_t i = 0; i < G_N_ELEMENTS(low_flags); i++)
        flow->flags = swap_bits(flow->flags, low_flags[i]);
    SWAP_SIDES(flow->stream);
    SWAP_SIDES(flow->reader);
    flow->acked_time = NANOS_UNKNOWN;
    turn_record(flow);
    if (flow->work)
        turn_work(flow->work);
    if (flow->closing) {
        SWAP_SIDES(flow->closing->cut);
        SWAP_SIDES(flow->closing->end);
        SWAP_SIDES(flow->closing->fin);
    }
}

void orient_check(struct flow *flow, const struct segment *segment)
{
    if (!(flow->flags & FLOW_TENTATIVE) || segment->payload.length == 0)
        return;
    bool is_request = is_head(segment, HEAD_REQUEST), is_response = is_head(segment, HEAD_RESPONSE);
    if (!is_request && !is_response)
        return;
    if (orient_side(flow, segment) != (is_request ? CLIENT : SERVER))
        turn_around(flow);
    flow->flags &= ~FLOW_TENTATIVE;
}

void orient_note(struct flow *flow, const struct segment *segment)
{
    enum side from = orient_side(flow, segment);
    uint32_t *sender = &flow->record.end[from].note, *receiver = &flow->record.end[!from].note;
    if (segment->direction != DIRECTION_INBOUND && *sender == 0)
        *sender = segment->note;
    if (segment->direction != DIRECTION_OUTBOUND && *receiver == 0)
        *receiver = segment->note;
}
