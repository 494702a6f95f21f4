// SPDX-License-Identifier: BSD-2-Clause
// Time as a 32-bit offset in the upper half of a word, what happens in the lower.
#include "judge/event_order.h"

#include <glib.h>

#include "base/radix.h"

struct event_order {
    GArray *events; // uint64_t
    int64_t first, last, unit;
    size_t next;
};

struct event_order *event_order_new(size_t room, int64_t first, int64_t last)
{
    struct event_order *order = g_new0(struct event_order, 1);
    order->events = g_array_sized_new(FALSE, FALSE, sizeof(uint64_t), (guint)room);
    order->first = first;
    order->last = last;
    order->unit = (last - first) / INT32_MAX + 1;
    return order;
}

void event_order_free(struct event_order *order)
{
    g_array_free(order->events, TRUE);
    g_free(order);
}

void event_order_add(struct event_order *order, int64_t time, uint32_t what)
{
    if (time > order->last)
        return;
    int64_t offset = MAX(time - order->first, 0) / order->unit;
    uint64_t event = (uint64_t)offset << 32 | what;
    g_array_append_val(order->events, event);
}

void event_order_sort(struct event_order *order)
{
    radix_sort((uint64_t *)(void *)order->events->data, order->events->len);
    order->next = 0;
}

bool event_order_next(struct event_order *order, struct event *event)
{
    if (order->next >= order->events->len)
        return false;
    uint64_t word = g_array_index(order->events, uint64_t, order->next++);
    event->time = order->first + (int64_t)(word >> 32) * order->unit;
    event->what = (uint32_t)word;
    return true;
}

void event_order_clear(struct event_order *order)
{
    g_array_set_size(order->events, 0);
    order->next = 0;
}
