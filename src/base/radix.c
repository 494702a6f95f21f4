// SPDX-License-Identifier: BSD-2-Clause
// Counting passes, least significant digit first, to and fro between two arrays.
#include "base/radix.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define DIGIT_BITS  11
#define DIGITS      (1 << DIGIT_BITS)
#define FEWER_BITS  8    // of a digit, where counting the digits themselves would take longest
#define FEWER_BELOW 4096 // words

// Orders by one digit; false when all have the same: nothing was moved.
static bool pass(const uint64_t *from, uint64_t *to, size_t count, unsigned shift, unsigned digits)
{
    uint32_t places[DIGITS], sum = 0;
    memset(places, 0, digits * sizeof(*places));
    for (size_t i = 0; i < count; i++)
        places[from[i] >> shift & (digits - 1)]++;
    if (places[from[0] >> shift & (digits - 1)] == count)
        return false;
    for (unsigned d = 0; d < digits; d++) {
        uint32_t here = places[d];
        places[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[places[from[i] >> shift & (digits - 1)]++] = from[i];
    return true;
}

void radix_sort(uint64_t *words, size_t count, unsigned low, unsigned high)
{
    if (count < 2)
        return;
    unsigned step = count < FEWER_BELOW ? FEWER_BITS : DIGIT_BITS;
    uint64_t *other = g_new(uint64_t, count + 1), *from = words, *to = other;
    for (unsigned shift = low; shift < high; shift += step) {
        if (!pass(from, to, count, shift, 1U << step))
            continue;
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != words)
        memcpy(words, from, count * sizeof(*words));
    g_free(other);
}
