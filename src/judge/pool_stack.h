// SPDX-License-Identifier: BSD-2-Clause
// What is idle in pools that differ only in their limit over all hosts, by depths: a pool has the
// connections down to the depth that is its limit.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define NO_DEPTH UINT32_MAX

struct pool_stack;

// For so many that ever become idle.
struct pool_stack *pool_stack_new(size_t most, uint32_t hosts);
void pool_stack_free(struct pool_stack *stack);

// The depth of what became idle last of a host's; NO_DEPTH: no pool has any.
uint32_t pool_stack_depth(const struct pool_stack *stack, uint32_t host);

// The same, which is taken: its depth is free then.
uint32_t pool_stack_take(struct pool_stack *stack, uint32_t host);

// A connection becomes idle; gives the lowest depth that was free: pools with lower limits close
// the connection that has been idle longest in them.
uint32_t pool_stack_add(struct pool_stack *stack, uint32_t host);
