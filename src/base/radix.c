// SPDX-License-Identifier: BSD-2-Clause
// Three counting passes of 11 bits over the upper halves, to and fro between two arrays.
#include "base/radix.h"

#include <glib.h>
#include <string.h>

#define DIGIT_BITS 11
#define DIGITS     (1 << DIGIT_BITS)

static void sort_by_digit(const uint64_t *from, uint64_t *to, size_t count, unsigned shift)
{
    size_t starts[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < count; i++)
        starts[from[i] >> shift & (DIGITS - 1)]++;
    for (size_t i = 0; i < DIGITS; i++) {
        size_t here = starts[i];
        starts[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[from[i] >> shift & (DIGITS - 1)]++] = from[i];
}

void radix_sort(uint64_t *words, size_t count)
{
    uint64_t *other = g_new(uint64_t, count);
    sort_by_digit(words, other, count, 32);
    sort_by_digit(other, words, count, 32 + DIGIT_BITS);
    sort_by_digit(words, other, count, 32 + 2 * DIGIT_BITS);
    memcpy(words, other, count * sizeof *words);
    g_free(other);
}
