// SPDX-License-Identifier: BSD-2-Clause
// A bit for each number, and a Fenwick tree over the sums of blocks of them: the tree is a
// thousandth of one over single numbers, so both stay in the cache.
#include "judge/rank_set.h"

#include <glib.h>

#define WORD_BITS   64
#define BLOCK_WORDS 8
#define BLOCK_BITS  (WORD_BITS * BLOCK_WORDS)

struct rank_set {
    uint64_t *words;
    uint32_t *tree; // [blocks + 1]
    uint32_t blocks;
};

struct rank_set *rank_set_new(uint32_t count)
{
    struct rank_set *set = g_new(struct rank_set, 1);
    set->blocks = count / BLOCK_BITS + 1;
    set->words = g_new0(uint64_t, (size_t)set->blocks * BLOCK_WORDS);
    set->tree = g_new0(uint32_t, (size_t)set->blocks + 1);
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
    for (uint32_t i = rank / BLOCK_BITS + 1; i <= set->blocks; i += i & -i)
        set->tree[i] += by;
}

void rank_set_add(struct rank_set *set, uint32_t rank)
{
    change(set, rank, 1);
}

void rank_set_remove(struct rank_set *set, uint32_t rank)
{
    change(set, rank, UINT32_MAX);
}

bool rank_set_has(const struct rank_set *set, uint32_t rank)
{
    return set->words[rank / WORD_BITS] >> rank % WORD_BITS & 1;
}

uint32_t rank_set_below(const struct rank_set *set, uint32_t rank)
{
    uint32_t sum = 0, word = rank / WORD_BITS;
    for (uint32_t i = rank / BLOCK_BITS; i > 0; i -= i & -i)
        sum += set->tree[i];
    for (uint32_t i = rank / BLOCK_BITS * BLOCK_WORDS; i < word; i++)
        sum += (uint32_t)__builtin_popcountll(set->words[i]);
    uint64_t part = set->words[word] & ((UINT64_C(1) << rank % WORD_BITS) - 1);
    return sum + (uint32_t)__builtin_popcountll(part);
}
