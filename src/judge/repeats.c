// SPDX-License-Identifier: BSD-2-Clause
// A filter of one hash: of a million keys a sixteenth fall on one that is taken by chance.
#include "judge/repeats.h"

#include "judge/keyed.h"

#define FILTER_BITS  24
#define FILTER_WORDS ((size_t)1 << (FILTER_BITS - 6))

static size_t bit_of(uint64_t key)
{
    key = (key ^ key >> 32) * UINT64_C(0x9e3779b97f4a7c15);
    return key >> (64 - FILTER_BITS);
}

// The bits of keys that came a second time.
static uint64_t *second_times(const uint64_t *keys, size_t count)
{
    uint64_t *once = g_new0(uint64_t, FILTER_WORDS), *again = g_new0(uint64_t, FILTER_WORDS);
    for (size_t i = 0; i < count; i++) {
        size_t bit = bit_of(keys[i]);
        uint64_t mask = UINT64_C(1) << bit % 64;
        again[bit / 64] |= once[bit / 64] & mask;
        once[bit / 64] |= mask;
    }
    g_free(once);
    return again;
}

GArray *repeats_find(const uint64_t *keys, size_t count)
{
    GArray *repeats = g_array_new(FALSE, FALSE, sizeof(struct keyed));
    uint64_t *again = second_times(keys, count);
    for (size_t i = 0; i < count; i++) {
        size_t bit = bit_of(keys[i]);
        struct keyed keyed = {(int64_t)keys[i], (uint32_t)i};
        if (again[bit / 64] >> bit % 64 & 1)
            g_array_append_val(repeats, keyed);
    }
    g_free(again);
    keyed_sort((struct keyed *)(void *)repeats->data, repeats->len);
    return repeats;
}
