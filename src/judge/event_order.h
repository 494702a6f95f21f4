// SPDX-License-Identifier: BSD-2-Clause
// Events of a capture in order of time: 8 bytes each, radix-sorted, so that millions cost little.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
    int64_t time; // rounded down to 1/2^31 of the capture's length, or to 1 ns
    uint32_t what;
};

struct event_order;
struct event_order *event_order_new(size_t room, int64_t first, int64_t last);
void event_order_free(struct event_order *order);

// Events after `last` are dropped, events before `first` count as then.
void event_order_add(struct event_order *order, int64_t time, uint32_t what);

// Orders what was added, stable for equal times, and starts over at the first.
void event_order_sort(struct event_order *order);
bool event_order_next(struct event_order *order, struct event *event);

// Forgets all events.
void event_order_clear(struct event_order *order);
