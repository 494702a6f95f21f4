// SPDX-License-Identifier: BSD-2-Clause
// Counting passes, least significant digit first, to and fro between two arrays.
#include "base/radix.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "base/pages.h"

#define DIGIT_BITS  11
#define DIGITS      (1 << DIGIT_BITS)
#define FEWER_BITS  8     // of a digit, where counting the digits themselves would take longest
#define FEWER_BELOW 4096  // words
#define FEW         64    // are sorted by insertion
#define MANY        65536 // and their sorted copies don't fit a processor's own cache

// A digit of the words: how often each value is there, then where its next word goes.
struct digit {
    unsigned shift, values;
    uint32_t places[DIGITS];
};

// Two at once, side by side: what takes long is to read the words.
static void count_digits(struct digit digits[2], const uint64_t *words, size_t count)
{
    uint32_t *lower = digits[0].places, *upper = digits[1].places;
    unsigned shift = digits[0].shift, step = digits[1].shift - shift;
    uint64_t mask = digits[0].values - 1;
    memset(lower, 0, (mask + 1) * sizeof(*lower));
    memset(upper, 0, (mask + 1) * sizeof(*upper));
    for (size_t i = 0; i < count; i++) {
        uint64_t word = words[i] >> shift;
        lower[word & mask]++;
        upper[word >> step & mask]++;
    }
}

// Orders by one digit; false when all have the same: nothing was moved.
static bool pass(const uint64_t *from, uint64_t *to, size_t count, struct digit *digit)
{
    uint32_t *places = digit->places, sum = 0;
    unsigned shift = digit->shift, mask = digit->values - 1;
    if (places[from[0] >> shift & mask] == count)
        return false;
    for (unsigned d = 0; d <= mask; d++) {
        uint32_t here = places[d];
        places[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[places[from[i] >> shift & mask]++] = from[i];
    return true;
}

static void sort_digits(uint64_t *words, uint64_t *other, size_t count, unsigned low, unsigned high)
{
    uint64_t *from = words, *to = other;
    unsigned step = count < FEWER_BELOW ? FEWER_BITS : DIGIT_BITS;
    struct digit digits[2];
    digits[0].values = digits[1].values = 1U << step;
    for (unsigned shift = low, i = 0; shift < high; shift += step, i ^= 1) {
        if (i == 0) {
            digits[0].shift = shift;
            digits[1].shift = shift + step;
            count_digits(digits, from, count);
        }
        if (!pass(from, to, count, &digits[i]))
            continue;
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != words)
        memcpy(words, from, count * sizeof(*words));
}

// Orders what is nearly in order; false when that takes more than so many moves.
static bool insert(uint64_t *words, size_t count, unsigned low, size_t most)
{
    uint64_t last = 0;
    size_t moves = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t word = words[i], key = word >> low;
        if (key >= last) {
            last = key;
            continue;
        }
        size_t place = i;
        for (; place > 0 && words[place - 1] >> low > key; place--)
            words[place] = words[place - 1];
        words[place] = word;
        moves += i - place;
        if (moves > most)
            return false;
    }
    return true;
}

// Two digits are enough for most: keys that are spread hardly share them.
static void sort(uint64_t *words, uint64_t *other, size_t count, unsigned low, unsigned high)
{
    if (count < FEW) {
        insert(words, count, low, SIZE_MAX);
        return;
    }
    unsigned upper = 2 * (count < FEWER_BELOW ? FEWER_BITS : DIGIT_BITS);
    bool is_long = high - low > upper;
    if (is_long)
        sort_digits(words, other, count, high - upper, high);
    if (!is_long || !insert(words, count, low, count))
        sort_digits(words, other, count, low, high);
}

// By the uppermost digit first: parts of many words are sorted where they lie in the cache.
static void sort_parts(uint64_t *words, uint64_t *other, size_t count, unsigned low, unsigned high)
{
    unsigned shift = high - DIGIT_BITS;
    uint32_t ends[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < count; i++)
        ends[words[i] >> shift & (DIGITS - 1)]++;
    for (unsigned d = 0; d < DIGITS; d++) {
        uint32_t here = ends[d];
        ends[d] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        other[ends[words[i] >> shift & (DIGITS - 1)]++] = words[i];
    uint32_t begin = 0;
    for (unsigned d = 0; d < DIGITS; begin = ends[d++]) {
        uint32_t here = ends[d] - begin;
        memcpy(words + begin, other + begin, here * sizeof(*words));
        sort(words + begin, other + begin, here, low, shift);
    }
}

void radix_sort(uint64_t *words, size_t count, unsigned low, unsigned high)
{
    if (count < FEW) {
        insert(words, count, low, SIZE_MAX);
        return;
    }
    uint64_t *other = pages_array(uint64_t, count + 1);
    bool has_parts = count >= MANY && high - low > 2 * DIGIT_BITS;
    (has_parts ? sort_parts : sort)(words, other, count, low, high);
    g_free(other);
}
