// SPDX-License-Identifier: BSD-2-Clause
// A set of numbers below a fixed count that tells how many of it lie below any number. They join it
// in ascending order.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct rank_set;
struct rank_set *rank_set_new(uint32_t count);
void rank_set_free(struct rank_set *set);

// `rank` must be higher than all that were added before; or be in it.
void rank_set_add(struct rank_set *set, uint32_t rank);
void rank_set_remove(struct rank_set *set, uint32_t rank);

uint32_t rank_set_members(const struct rank_set *set);

// How many members are below `rank`, at most the count.
uint32_t rank_set_below(const struct rank_set *set, uint32_t rank);

// Whether any is below `rank`, or at least `rank`, which is at most the count.
bool rank_set_has_below(const struct rank_set *set, uint32_t rank);
bool rank_set_has_from(const struct rank_set *set, uint32_t rank);
