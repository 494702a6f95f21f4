// SPDX-License-Identifier: BSD-2-Clause
// The parts of a flow that come and go: work while it is active, closing once it is closed.
#include "engine/flow.h"

#define SHIFT_NONE  15u  // in four bits
#define SPARES_MOST 4096 // works that are kept for the next active flow

void flow_set_fact(struct flow *flow, enum fact fact, bool holds)
{
    uint64_t bit = UINT64_C(1) << fact;
    flow->record.facts = holds ? flow->record.facts | bit : flow->record.facts & ~bit;
}

uint8_t flow_window_shift(const struct flow *flow, enum side side)
{
    uint8_t shift = flow->flags >> (FLOW_SHIFTS + 4 * side) & SHIFT_NONE;
    return shift == SHIFT_NONE ? WINDOW_SHIFT_NONE : shift;
}

void flow_set_window_shift(struct flow *flow, enum side side, uint8_t shift)
{
    unsigned at = FLOW_SHIFTS + 4 * side;
    flow->flags &= ~(SHIFT_NONE << at);
    flow->flags |= MIN(shift, SHIFT_NONE) << at;
    bool both_scale = flow_window_shift(flow, CLIENT) != WINDOW_SHIFT_NONE &&
                      flow_window_shift(flow, SERVER) != WINDOW_SHIFT_NONE;
    flow->flags = both_scale ? flow->flags | FLOW_SCALES : flow->flags & ~FLOW_SCALES;
}

struct work *flow_make_work(struct context *context, struct flow *flow)
{
    struct work *work = context->spare;
    if (work) {
        context->spare = work->spare;
        context->spares--;
    } else {
        work = g_malloc(sizeof *work);
    }
    // Part by part: as a whole it is cleared by an instruction that is slow to start (rep stos).
    for (int side = CLIENT; side <= SERVER; side++) {
        work->reader[side] = (struct reader){0};
        work->parked[side] = NULL;
        work->parked_bytes[side] = 0;
        work->sent[side] = 0;
        work->bad_at[side] = 0;
        work->hole_since[side] = NANOS_UNKNOWN;
        work->unacked_since[side] = NANOS_UNKNOWN;
        work->zero_since[side] = work->zero_until[side] = NANOS_UNKNOWN;
    }
    work->pending = work->first_pending;
    work->pending_first = work->pending_count = 0;
    work->pending_capacity = PENDING_INLINE;
    work->request_body_at = 0;
    work->request_ack = 0;
    work->is_unasked = false;
    return flow->work = work;
}

struct closing *flow_closing(struct context *context, struct flow *flow)
{
    if (!flow->closing) {
        flow->closing = cells_take(&context->closings, sizeof *flow->closing);
        *flow->closing = (struct closing){0};
    }
    return flow->closing;
}

// Nothing that it needed was allocated.
static bool is_plain(const struct work *work)
{
    return !work->reader[CLIENT].held && !work->reader[SERVER].held && !work->parked[CLIENT] &&
           !work->parked[SERVER] && work->pending == work->first_pending;
}

static gboolean give_parked(gpointer at, gpointer parked, gpointer context)
{
    (void)at;
    parked_free(&((struct context *)context)->parked, parked);
    return FALSE;
}

static __attribute__((noinline)) void free_parts(struct context *context, struct work *work)
{
    for (int side = CLIENT; side <= SERVER; side++) {
        context->held_bytes -= work->reader[side].held_capacity + work->parked_bytes[side];
        g_free(work->reader[side].held);
        if (work->parked[side]) {
            context->held_bytes -= (uint64_t)g_tree_nnodes(work->parked[side]) * PARKED_COST;
            g_tree_foreach(work->parked[side], give_parked, context);
            g_tree_destroy(work->parked[side]);
        }
    }
    if (work->pending != work->first_pending) {
        context->held_bytes -= work->pending_capacity * sizeof *work->pending;
        g_free(work->pending);
    }
}

void flow_release_work(struct context *context, struct flow *flow)
{
    struct work *work = flow->work;
    if (!work)
        return;
    if (!is_plain(work))
        free_parts(context, work);
    flow->work = NULL;
    flow->flags &= ~FLOW_STALLED;
    if (context->spares == SPARES_MOST) {
        g_free(work);
        return;
    }
    work->spare = context->spare;
    context->spare = work;
    context->spares++;
}

void flow_clear(struct context *context, struct flow *flow)
{
    flow_release_work(context, flow);
    if (flow->closing)
        cells_give(&context->closings, flow->closing);
    flow->closing = NULL;
}

void flow_free_spares(struct context *context)
{
    while (context->spare) {
        struct work *work = context->spare;
        context->spare = work->spare;
        g_free(work);
    }
    context->spares = 0;
    cells_end(&context->closings);
    cells_end(&context->parked);
}
