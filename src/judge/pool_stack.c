// SPDX-License-Identifier: BSD-2-Clause
// Theory of operation: what becomes idle gets depth 1, and what is above the lowest free depth goes
// down by one, as each pool has what became idle last. Connections and the free depths between them
// are numbered in the order in which they became idle: a depth is how many have that number or a
// higher one.
#include "judge/pool_stack.h"

#include <glib.h>

#include "judge/rank_set.h"

#define NONE      UINT32_MAX
#define WORD_BITS 64

struct pool_stack {
    struct rank_set *numbers;
    uint64_t *free;   // bits: numbers of free depths
    uint32_t highest; // of its words that may have any
    uint32_t *newest; // [hosts] number, or NONE
    uint32_t *older;  // [numbers] the next one of its host, or NONE
    uint32_t next;    // number
};

struct pool_stack *pool_stack_new(size_t most, uint32_t hosts)
{
    struct pool_stack *stack = g_new0(struct pool_stack, 1);
    stack->numbers = rank_set_new((uint32_t)most);
    stack->free = g_new0(uint64_t, most / WORD_BITS + 1);
    stack->older = g_new(uint32_t, most + 1);
    stack->newest = g_new(uint32_t, hosts);
    for (uint32_t host = 0; host < hosts; host++)
        stack->newest[host] = NONE;
    return stack;
}

void pool_stack_free(struct pool_stack *stack)
{
    if (!stack)
        return;
    rank_set_free(stack->numbers);
    g_free(stack->free);
    g_free(stack->newest);
    g_free(stack->older);
    g_free(stack);
}

static uint32_t depth_of(const struct pool_stack *stack, uint32_t number)
{
    return rank_set_members(stack->numbers) - rank_set_below(stack->numbers, number);
}

uint32_t pool_stack_depth(const struct pool_stack *stack, uint32_t host)
{
    uint32_t number = stack->newest[host];
    return number == NONE ? NO_DEPTH : depth_of(stack, number);
}

uint32_t pool_stack_take(struct pool_stack *stack, uint32_t host)
{
    uint32_t number = stack->newest[host];
    if (number == NONE)
        return NO_DEPTH;
    stack->newest[host] = stack->older[number];
    stack->free[number / WORD_BITS] |= UINT64_C(1) << number % WORD_BITS;
    stack->highest = MAX(stack->highest, number / WORD_BITS);
    return depth_of(stack, number);
}

// The lowest free depth has the highest number; NONE.
static uint32_t lowest_free(struct pool_stack *stack)
{
    while (stack->highest > 0 && stack->free[stack->highest] == 0)
        stack->highest--;
    uint64_t word = stack->free[stack->highest];
    if (word == 0)
        return NONE;
    return stack->highest * WORD_BITS + WORD_BITS - 1 - (uint32_t)__builtin_clzll(word);
}

uint32_t pool_stack_add(struct pool_stack *stack, uint32_t host)
{
    uint32_t number = stack->next++, depth = rank_set_members(stack->numbers) + 1;
    uint32_t free = lowest_free(stack);
    if (free != NONE) {
        depth = depth_of(stack, free);
        rank_set_remove(stack->numbers, free);
        stack->free[free / WORD_BITS] ^= UINT64_C(1) << free % WORD_BITS;
    }
    rank_set_add(stack->numbers, number);
    stack->older[number] = stack->newest[host];
    stack->newest[host] = number;
    return depth;
}
