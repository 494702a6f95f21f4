// SPDX-License-Identifier: BSD-2-Clause
// The end of a table: its flows leave one by one in the order in which they lie there, and their
// memory goes as they do.
#pragma once

#include "engine/table.h"

struct leaving {
    struct table *table; // NULL: not yet, or no more
    uint32_t last, next; // indexes of flows; TABLE_NONE none
};

// Flows that are told (FLOW_TOLD) already don't count.
void leaving_begin(struct leaving *leaving, struct table *table);

// The flow that leaves next; NULL none.
const struct flow *leaving_head(const struct leaving *leaving);

// Takes the next one: it is told, and there until the next call.
struct flow *leaving_take(struct leaving *leaving);
