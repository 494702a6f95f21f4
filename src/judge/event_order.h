// SPDX-License-Identifier: BSD-2-Clause
// Events of a capture in order of time: 8 bytes each, radix-sorted, so that millions cost little.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event {
    int64_t time; // rounded down by up to 1/2^31 of the capture's length
    uint32_t what;
};

// Each event is a word: when in the upper half, what in the lower.
struct event_order {
    uint64_t *words;
    size_t count, room, next;
    int64_t first, last;
    unsigned shift; // of nanoseconds since `first`
};

// Room for `expected` events; more may come.
struct event_order event_order_new(int64_t first, int64_t last, size_t expected);
void event_order_free(struct event_order *order);
void event_order_grow(struct event_order *order);

// Makes room for so many, at most EVENT_ORDER_ROOM.
#define EVENT_ORDER_ROOM 1024
static inline void event_order_reserve(struct event_order *order, size_t events)
{
    if (order->room - order->count < events)
        event_order_grow(order);
}

// An event between `first` and `last`, for which there is room.
static inline void event_order_put(struct event_order *order, int64_t time, uint32_t what)
{
    uint64_t since = (uint64_t)(time - order->first);
    order->words[order->count++] = since >> order->shift << 32 | what;
}

// Events after `last` are dropped, events before `first` count as then.
static inline void event_order_add(struct event_order *order, int64_t time, uint32_t what)
{
    if (time > order->last)
        return;
    event_order_reserve(order, 1);
    event_order_put(order, time > order->first ? time : order->first, what);
}

// Orders what was added, stable for equal times, and starts over at the first.
void event_order_sort(struct event_order *order);

static inline bool event_order_next(struct event_order *order, struct event *event)
{
    if (order->next == order->count)
        return false;
    uint64_t word = order->words[order->next++];
    event->time = order->first + (int64_t)(word >> 32 << order->shift);
    event->what = (uint32_t)word;
    return true;
}

// Forgets all events.
void event_order_clear(struct event_order *order);
