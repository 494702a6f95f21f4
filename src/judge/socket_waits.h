// SPDX-License-Identifier: BSD-2-Clause
// Ends of connections that wait for a program: in FIN_WAIT2 for the peer's, in CLOSE_WAIT for their
// own. Counted per route (client address to server endpoint), side and state.
#pragma once

#include "engine/record.h"

#define WAIT_LASTS NANOS_PER_SECOND // a close that a program answers takes ms

// Between the two FINs lie both states that wait: where those are near to each other, neither
// lasts. Before the first close there is none.
bool wait_may_last(const struct record *record);

struct wait {
    uint32_t route;
    enum side side; // the end that waits
    enum tcp_state state;
    uint64_t connections; // that waited for WAIT_LASTS or more
    int64_t longest, total;
};

struct waits;
struct waits *waits_new(void);
void waits_free(struct waits *waits);

// An end on this route was in `state` for so long; counted if that is a wait.
void waits_add(struct waits *waits, uint32_t route, enum side side, enum tcp_state state,
               int64_t nanos);

// In the order in which they were met.
uint32_t waits_count(const struct waits *waits);
const struct wait *waits_at(const struct waits *waits, uint32_t index);
