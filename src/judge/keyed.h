// SPDX-License-Identifier: BSD-2-Clause
// Sorting by a 64-bit key: counting passes for many items, so that millions of connections cost
// little.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct keyed {
    int64_t key;
    uint32_t item;
};

// Ascending; items with equal keys keep their order.
void keyed_sort(struct keyed *items, size_t count);

// Sorts the keys; order[i] is the place that keys[i] had. Equal keys keep their order.
void keyed_order(int64_t *keys, uint32_t *order, size_t count);

// Plain values, ascending.
void keyed_sort_values(int64_t *values, size_t count);

// How many of the sorted values are smaller than this one.
static inline size_t keyed_values_below(const int64_t *values, size_t count, int64_t value)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
