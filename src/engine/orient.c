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

static uint32_t swap_bits(uint32_t flags, uint32_t low)
{
    uint32_t both = flags & (low | low << 1);
    uint32_t swapped = (both & low ? low << 1 : 0) | (both & low << 1 ? low : 0);
    return (flags & ~(low | low << 1)) | swapped;
}

static void turn_around(struct flow *flow)
{
    struct record *record = &flow->record;
    SWAP(struct stream, flow->stream[CLIENT], flow->stream[SERVER]);
    uint8_t client_shift = flow_window_shift(flow, CLIENT);
    flow_set_window_shift(flow, CLIENT, flow_window_shift(flow, SERVER));
    flow_set_window_shift(flow, SERVER, client_shift);
    SWAP(__typeof__(record->end[0]), record->end[CLIENT], record->end[SERVER]);
    SWAP(struct moment, record->at[AT_CLIENT_FIN], record->at[AT_SERVER_FIN]);
    SWAP(struct moment, record->at[AT_CLIENT_FIN_ACK], record->at[AT_SERVER_FIN_ACK]);
    static const uint32_t low_flags[] = {FLOW_BASE,   FLOW_ACKED, FLOW_FIN,
                                         FLOW_WINDOW, FLOW_DONE,  FLOW_FIN_SKIPPED};
    for (size_t i = 0; i < G_N_ELEMENTS(low_flags); i++)
        flow->flags = swap_bits(flow->flags, low_flags[i]);
    bool client = record_has(record, FACT_CLIENT_SEEN),
         server = record_has(record, FACT_SERVER_SEEN);
    flow_set_fact(flow, FACT_CLIENT_SEEN, server);
    flow_set_fact(flow, FACT_SERVER_SEEN, client);
    if (record->close_by != CLOSE_BY_NOBODY)
        record->close_by = record->close_by == CLOSE_BY_CLIENT ? CLOSE_BY_SERVER : CLOSE_BY_CLIENT;
    if (flow->closing) {
        SWAP(uint64_t, flow->closing->cut[CLIENT], flow->closing->cut[SERVER]);
        SWAP(uint64_t, flow->closing->end[CLIENT], flow->closing->end[SERVER]);
        SWAP(uint64_t, flow->closing->fin[CLIENT], flow->closing->fin[SERVER]);
    }
    flow->acked_time = NANOS_UNKNOWN;
}

void orient_check(struct flow *flow, const struct segment *segment)
{
    if (!(flow->flags & FLOW_TENTATIVE) || segment->payload.length == 0)
        return;
    bool is_request = is_head(segment, HEAD_REQUEST), is_response = is_head(segment, HEAD_RESPONSE);
    if (!is_request && !is_response)
        return;
    enum side side = orient_side(flow, segment);
    if (side != (is_request ? CLIENT : SERVER)) {
        if (flow->work) {
            SWAP(struct reader, flow->work->reader[CLIENT], flow->work->reader[SERVER]);
            SWAP(GTree *, flow->work->parked[CLIENT], flow->work->parked[SERVER]);
            SWAP(uint32_t, flow->work->parked_bytes[CLIENT], flow->work->parked_bytes[SERVER]);
            SWAP(int64_t, flow->work->hole_since[CLIENT], flow->work->hole_since[SERVER]);
            SWAP(int64_t, flow->work->unacked_since[CLIENT], flow->work->unacked_since[SERVER]);
        }
        SWAP(uint8_t, flow->reader[CLIENT], flow->reader[SERVER]);
        turn_around(flow);
    }
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
