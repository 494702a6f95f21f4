// SPDX-License-Identifier: BSD-2-Clause
// Walks the table, and releases what lies behind.
#include "engine/leaving.h"

#include "engine/close.h"
#include "engine/naming.h"
#include "engine/stream.h"

#define AHEAD 4 // flows that are fetched before they leave

static uint32_t untold_after(const struct table *table, uint32_t index)
{
    const uint32_t end = table_end(table);
    table_fetch(table, index + AHEAD);
    do
        index++;
    while (index < end && (table_flow(table, index)->flags & (FLOW_LIVE | FLOW_TOLD)) != FLOW_LIVE);
    return index < end ? index : TABLE_NONE;
}

void leaving_begin(struct leaving *leaving, struct table *table)
{
    if (leaving->table)
        return;
    leaving->table = table;
    leaving->last = TABLE_NONE;
    leaving->next = untold_after(table, TABLE_NONE);
    leaving->left = table_count(table);
}

const struct flow *leaving_head(const struct leaving *leaving)
{
    bool is_there = leaving->table && leaving->next != TABLE_NONE;
    return is_there ? table_flow(leaving->table, leaving->next) : NULL;
}

const struct record *leaving_settle(struct context *context, struct flow *flow)
{
    stream_flush(context, flow);
    close_settle(context, flow);
    naming_settle(context, flow);
    flow_clear(context, flow);
    return &flow->record;
}

void leaving_settle_all(struct leaving *leaving, struct context *context)
{
    for (uint32_t index = leaving->next; index != TABLE_NONE;
         index = untold_after(leaving->table, index))
        leaving_settle(context, table_flow(leaving->table, index));
    leaving->is_settled = true;
}

struct flow *leaving_take(struct leaving *leaving, struct context *context)
{
    struct table *table = leaving->table;
    if (!table)
        return NULL;
    table_release(table, leaving->last, leaving->next, leaving->pages);
    leaving->last = leaving->next;
    if (leaving->last == TABLE_NONE) {
        leaving->left = 0;
        return NULL;
    }
    leaving->left--;
    struct flow *flow = table_flow(table, leaving->last);
    flow->flags |= FLOW_TOLD;
    leaving->next = untold_after(table, leaving->last);
    if (!leaving->is_settled)
        leaving_settle(context, flow);
    return flow;
}
