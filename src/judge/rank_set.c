// SPDX-License-Identifier: BSD-2-Clause
// A bit for each number, and a Fenwick tree over the sums of words of them: the tree is a fraction
// of one over single numbers, so both stay in the cache.
#include "judge/rank_set.h"

#include <glib.h>

#define WORD_BITS 64

struct rank_set {
    uint64_t *words;
    uint32_t *tree; // [count + 1], of words
    uint32_t count;
    uint32_t first, last; // words: no member is below the one, or above the other
    uint32_t members;
};

struct rank_set *rank_set_new(uint32_t count)
{
    struct rank_set *set = g_new0(struct rank_set, 1);
    set->count = count / WORD_BITS + 1;
    set->words = g_new0(uint64_t, set->count);
    set->tree = g_new0(uint32_t, (size_t)set->count + 1);
    return set;
}

void rank_set_free(struct rank_set *set)
{
    g_free(set->words);
    g_free(set->tree);
    g_free(set);
}

static void change(struct rank_set *set, uint32_t rank, uint32_t by)
{
    set->words[rank / WORD_BITS] ^= UINT64_C(1) << rank % WORD_BITS;
    for (uint32_t i = rank / WORD_BITS + 1; i <= set->count; i += i & -i)
        set->tree[i] += by;
}

void rank_set_add(struct rank_set *set, uint32_t rank)
{
    change(set, rank, 1);
    set->last = rank / WORD_BITS;
    set->members++;
}

void rank_set_remove(struct rank_set *set, uint32_t rank)
{
    change(set, rank, UINT32_MAX);
    set->members--;
    // What joins is higher: words that are left empty stay so.
    while (set->first < set->last && set->words[set->first] == 0)
        set->first++;
}

// Adds the bits up in pairs, fours and eights: not every processor has an instruction for it.
static uint32_t bits_in(uint64_t word)
{
    word -= word >> 1 & UINT64_C(0x5555555555555555);
    word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
    word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (uint32_t)(word * UINT64_C(0x0101010101010101) >> 56);
}

// Of the word of `rank`, the bits of what is less.
static uint64_t bits_below(const struct rank_set *set, uint32_t rank)
{
    return set->words[rank / WORD_BITS] & ((UINT64_C(1) << rank % WORD_BITS) - 1);
}

uint32_t rank_set_below(const struct rank_set *set, uint32_t rank)
{
    uint32_t sum = 0, word = rank / WORD_BITS;
    if (word <= set->first) // as where the oldest are taken first
        return word < set->first ? 0 : bits_in(bits_below(set, rank));
    for (uint32_t i = word; i > 0; i -= i & -i)
        sum += set->tree[i];
    return sum + bits_in(bits_below(set, rank));
}

uint32_t rank_set_members(const struct rank_set *set)
{
    return set->members;
}

bool rank_set_has_below(const struct rank_set *set, uint32_t rank)
{
    return set->first < rank / WORD_BITS ? set->members > 0 : bits_below(set, rank) != 0;
}

bool rank_set_has_from(const struct rank_set *set, uint32_t rank)
{
    uint32_t word = rank / WORD_BITS;
    if (word < set->last && set->words[set->last] == 0)
        return set->members > rank_set_below(set, rank);
    return word < set->last || (word == set->last && set->words[word] >> rank % WORD_BITS != 0);
}
