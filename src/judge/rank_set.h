// SPDX-License-Identifier: BSD-2-Clause
// A set of numbers below a fixed count that tells how many of it lie below any number.
#pragma once

#include <stdint.h>

struct rank_set;
struct rank_set *rank_set_new(uint32_t count);
void rank_set_free(struct rank_set *set);

// `rank` must not be in it, or be in it.
void rank_set_add(struct rank_set *set, uint32_t rank);
void rank_set_remove(struct rank_set *set, uint32_t rank);

// How many members are below `rank`, at most the count.
uint32_t rank_set_below(const struct rank_set *set, uint32_t rank);

// How many members are at least `low`, and below `high`, which isn't less and at most the count. It
// is faster than the difference of two where they lie near together.
uint32_t rank_set_between(const struct rank_set *set, uint32_t low, uint32_t high);
