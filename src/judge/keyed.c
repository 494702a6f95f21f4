// SPDX-License-Identifier: BSD-2-Clause
// Counting passes over the bits in which the keys differ. Key and item are packed into one word
// where they fit: half the memory to move.
#include "judge/keyed.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#include "base/radix.h"

static unsigned bits_of(uint64_t word)
{
    return word ? 64 - (unsigned)__builtin_clzll(word) : 0;
}

// Words of key and item, `shift` bits of it.
static void sort_packed(struct keyed *items, size_t count, int64_t least, unsigned key_bits,
                        unsigned item_bits)
{
    uint64_t *words = g_new(uint64_t, count);
    for (size_t i = 0; i < count; i++)
        words[i] = ((uint64_t)items[i].key - (uint64_t)least) << item_bits | items[i].item;
    radix_sort(words, count, item_bits, item_bits + key_bits);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct keyed){(int64_t)((words[i] >> item_bits) + (uint64_t)least),
                                  (uint32_t)(words[i] & ((UINT64_C(1) << item_bits) - 1))};
    g_free(words);
}

// Keys too long to be packed: by their lower bits, then by their upper ones, each with the place.
static void sort_halves(struct keyed *items, size_t count, int64_t least)
{
    struct keyed *before = g_new(struct keyed, count);
    uint64_t *words = g_new(uint64_t, count);
    for (unsigned half = 0; half < 2; half++) {
        memcpy(before, items, count * sizeof(*items));
        for (size_t i = 0; i < count; i++) {
            uint64_t key = (uint64_t)items[i].key - (uint64_t)least;
            words[i] = (half == 0 ? key & UINT32_MAX : key >> 32) << 32 | i;
        }
        radix_sort(words, count, 32, 64);
        for (size_t i = 0; i < count; i++)
            items[i] = before[words[i] & UINT32_MAX];
    }
    g_free(words);
    g_free(before);
}

void keyed_sort(struct keyed *items, size_t count)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    uint32_t highest = 0;
    bool is_sorted = true;
    for (size_t i = 0; i < count; i++) {
        is_sorted &= i == 0 || items[i - 1].key <= items[i].key;
        least = MIN(least, items[i].key);
        most = MAX(most, items[i].key);
        highest |= items[i].item;
    }
    if (is_sorted)
        return;
    unsigned key_bits = bits_of((uint64_t)most - (uint64_t)least), item_bits = bits_of(highest);
    if (key_bits + item_bits <= 64)
        sort_packed(items, count, least, key_bits, item_bits);
    else
        sort_halves(items, count, least);
}

// Keys too long to be packed with their places.
static void order_long(int64_t *keys, uint32_t *order, size_t count)
{
    struct keyed *items = g_new(struct keyed, count);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct keyed){keys[i], (uint32_t)i};
    keyed_sort(items, count);
    for (size_t i = 0; i < count; i++) {
        keys[i] = items[i].key;
        order[i] = items[i].item;
    }
    g_free(items);
}

void keyed_order(int64_t *keys, uint32_t *order, size_t count)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    bool is_sorted = true;
    for (size_t i = 0; i < count; i++) {
        is_sorted &= i == 0 || keys[i - 1] <= keys[i];
        least = MIN(least, keys[i]);
        most = MAX(most, keys[i]);
        order[i] = (uint32_t)i;
    }
    if (is_sorted)
        return;
    unsigned key_bits = bits_of((uint64_t)most - (uint64_t)least), place_bits = bits_of(count);
    if (key_bits + place_bits > 64) {
        order_long(keys, order, count);
        return;
    }
    uint64_t *words = (uint64_t *)(void *)keys;
    for (size_t i = 0; i < count; i++)
        words[i] = (words[i] - (uint64_t)least) << place_bits | i;
    radix_sort(words, count, place_bits, place_bits + key_bits);
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t)(words[i] & ((UINT64_C(1) << place_bits) - 1));
        words[i] = (words[i] >> place_bits) + (uint64_t)least;
    }
}

void keyed_sort_values(int64_t *values, size_t count)
{
    int64_t least = INT64_MAX, most = INT64_MIN;
    bool is_sorted = true;
    for (size_t i = 0; i < count; i++) {
        is_sorted &= i == 0 || values[i - 1] <= values[i];
        least = MIN(least, values[i]);
        most = MAX(most, values[i]);
    }
    if (is_sorted)
        return;
    uint64_t *words = (uint64_t *)(void *)values;
    for (size_t i = 0; i < count; i++)
        words[i] -= (uint64_t)least;
    radix_sort(words, count, 0, bits_of((uint64_t)most - (uint64_t)least));
    for (size_t i = 0; i < count; i++)
        words[i] += (uint64_t)least;
}
