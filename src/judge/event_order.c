// SPDX-License-Identifier: BSD-2-Clause
// Words of time and what happens, ordered by their upper halves.
#include "judge/event_order.h"

#include <glib.h>

#include "base/radix.h"

struct event_order event_order_new(int64_t first, int64_t last, size_t expected)
{
    struct event_order order = {.first = first, .last = last, .room = expected};
    order.words = g_new(uint64_t, expected);
    while ((uint64_t)(last - first) >> order.shift > UINT32_MAX)
        order.shift++;
    return order;
}

void event_order_free(struct event_order *order)
{
    g_free(order->words);
}

void event_order_grow(struct event_order *order)
{
    order->room = MAX(2 * order->room, EVENT_ORDER_ROOM);
    order->words = g_renew(uint64_t, order->words, order->room);
}

static bool is_sorted(const struct event_order *order)
{
    for (size_t i = 1; i < order->count; i++)
        if (order->words[i - 1] >> 32 > order->words[i] >> 32)
            return false;
    return true;
}

// What begins with connections comes in order, mostly.
void event_order_sort(struct event_order *order)
{
    if (!is_sorted(order))
        radix_sort(order->words, order->count, 32, 64);
    order->next = 0;
}

void event_order_clear(struct event_order *order)
{
    order->count = order->next = 0;
}
