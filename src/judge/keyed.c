// SPDX-License-Identifier: BSD-2-Clause
// Least significant digit first, 11 bits at a time, over the bits in which the keys differ.
#include "judge/keyed.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define DIGIT_BITS 11
#define DIGITS     (1 << DIGIT_BITS)
#define FEW        128 // fewer are sorted by insertion

static void insert(struct keyed *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct keyed item = items[i];
        size_t place = i;
        for (; place > 0 && items[place - 1].key > item.key; place--)
            items[place] = items[place - 1];
        items[place] = item;
    }
}

static unsigned digit(struct keyed item, int64_t least, unsigned shift)
{
    return ((uint64_t)item.key - (uint64_t)least) >> shift & (DIGITS - 1);
}

static void pass(const struct keyed *from, struct keyed *to, size_t count, int64_t least,
                 unsigned shift)
{
    size_t places[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < count; i++)
        places[digit(from[i], least, shift)]++;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t here = places[d];
        places[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[places[digit(from[i], least, shift)]++] = from[i];
}

void keyed_sort(struct keyed *items, size_t count)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    bool is_sorted = true;
    for (size_t i = 0; i < count; i++) {
        is_sorted &= i == 0 || items[i - 1].key <= items[i].key;
        least = MIN(least, items[i].key);
        most = MAX(most, items[i].key);
    }
    if (is_sorted)
        return;
    if (count < FEW) {
        insert(items, count);
        return;
    }
    struct keyed *other = g_new(struct keyed, count), *from = items, *to = other;
    uint64_t range = (uint64_t)most - (uint64_t)least;
    for (unsigned shift = 0; shift < 64 && range >> shift; shift += DIGIT_BITS) {
        pass(from, to, count, least, shift);
        struct keyed *swap = from;
        from = to;
        to = swap;
    }
    if (from != items)
        memcpy(items, from, count * sizeof(*items));
    g_free(other);
}

void keyed_sort_values(int64_t *values, size_t count)
{
    struct keyed *items = g_new(struct keyed, count + 1);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct keyed){values[i], 0};
    keyed_sort(items, count);
    for (size_t i = 0; i < count; i++)
        values[i] = items[i].key;
    g_free(items);
}
