// SPDX-License-Identifier: BSD-2-Clause
// A queue of flows in the order of their entering. A flow may go before its entry does: who takes
// an entry looks whether its flow is still the one.
#pragma once

#include "engine/flow.h"

struct waiting {
    int64_t since;
    struct flow *flow;
    uint32_t start_frame;
};

struct waiting_queue {
    struct waiting *ring;
    uint32_t first, count, room; // room: a power of two
};

void waiting_init(struct waiting_queue *queue);
void waiting_clear(struct waiting_queue *queue);

// Makes twice the room, before waiting_add() would.
void waiting_widen(struct waiting_queue *queue);

// The place of a new entry, to be written.
struct waiting *waiting_add(struct waiting_queue *queue);

// The flow of an entry, or NULL when it has gone.
struct flow *waiting_flow(struct waiting entry);

// The oldest entry; there must be one.
struct waiting waiting_oldest(const struct waiting_queue *queue);
struct waiting waiting_take(struct waiting_queue *queue);

// The last time at which no entry waits longer than `delay`; INT64_MAX without entries.
int64_t waiting_due(const struct waiting_queue *queue, int64_t delay);
