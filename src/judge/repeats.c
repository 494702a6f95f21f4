// SPDX-License-Identifier: BSD-2-Clause
// A filter of one hash, sixteen bits for a key: a sixteenth fall on one that is taken by chance.
#include "judge/repeats.h"

#include "judge/keyed.h"

#define LEAST_BITS  10
#define MOST_BITS   26 // 8 MiB, for millions of keys
#define BITS_OF_KEY 4

struct filter {
    uint64_t *once, *again; // bits of keys that came, and that came again
    unsigned bits;
};

static size_t bit_of(const struct filter *filter, uint64_t key)
{
    key = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return key >> (64 - filter->bits);
}

static struct filter filter_new(const uint64_t *keys, size_t count)
{
    struct filter filter = {NULL, NULL, LEAST_BITS};
    while (filter.bits < MOST_BITS && count >> (filter.bits - BITS_OF_KEY))
        filter.bits++;
    filter.once = g_new0(uint64_t, (size_t)1 << (filter.bits - 6));
    filter.again = g_new0(uint64_t, (size_t)1 << (filter.bits - 6));
    for (size_t i = 0; i < count; i++) {
        size_t bit = bit_of(&filter, keys[i]);
        uint64_t mask = UINT64_C(1) << bit % 64;
        filter.again[bit / 64] |= filter.once[bit / 64] & mask;
        filter.once[bit / 64] |= mask;
    }
    return filter;
}

GArray *repeats_find(const uint64_t *keys, size_t count)
{
    GArray *repeats = g_array_new(FALSE, FALSE, sizeof(struct keyed));
    struct filter filter = filter_new(keys, count);
    for (size_t i = 0; i < count; i++) {
        size_t bit = bit_of(&filter, keys[i]);
        struct keyed keyed = {(int64_t)keys[i], (uint32_t)i};
        if (filter.again[bit / 64] >> bit % 64 & 1)
            g_array_append_val(repeats, keyed);
    }
    g_free(filter.once);
    g_free(filter.again);
    keyed_sort((struct keyed *)(void *)repeats->data, repeats->len);
    return repeats;
}
