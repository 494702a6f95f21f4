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

void event_order_sort(struct event_order *order)
{
    radix_sort(order->words, order->count, 32, 64);
    order->next = 0;
}

void event_order_clear(struct event_order *order)
{
    order->count = order->next = 0;
}
