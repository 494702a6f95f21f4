// SPDX-License-Identifier: BSD-2-Clause
// The end of a flow; and of a table: its flows leave one by one in the order in which they lie
// there, and their memory goes as they do.
#pragma once

#include "engine/context.h"
#include "engine/table.h"

struct leaving {
    struct table *table; // NULL: not yet
    uint32_t last, next; // indexes of flows; TABLE_NONE none
    uint32_t left;       // at most so many are to leave
    bool is_settled;     // all records are complete
    struct pages *pages; // that get the memory of those that left; NULL: the system
};

// Completes the record of a flow that is over.
const struct record *leaving_settle(struct context *context, struct flow *flow);

// Flows that are told (FLOW_TOLD) already don't count. Nothing begins twice.
void leaving_begin(struct leaving *leaving, struct table *table);

// The flow that leaves next; NULL none.
const struct flow *leaving_head(const struct leaving *leaving);

// Takes the next one, with its record complete: it is told, and there until the next call.
struct flow *leaving_take(struct leaving *leaving, struct context *context);

// Completes the records of all that are to leave; else leaving_take() completes each.
void leaving_settle_all(struct leaving *leaving, struct context *context);
