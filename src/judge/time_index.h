// SPDX-License-Identifier: BSD-2-Clause
// Finds places among sorted times, nearly at once where they are spread.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "judge/keyed.h"

struct time_index {
    const int64_t *times; // borrowed, ascending
    int64_t first_time;   // INT64_MAX without any
    size_t count;
    uint32_t *first; // by the upper bits of what lies between a time and the first: the first place
    uint64_t buckets;
    unsigned shift;
};

struct time_index time_index_new(const int64_t *times, size_t count);
void time_index_free(struct time_index *index);

// The first of the times that is `time` or later; the count when none is.
static inline size_t time_index_find(const struct time_index *index, int64_t time)
{
    if (time <= index->first_time)
        return 0;
    uint64_t bucket = ((uint64_t)time - (uint64_t)index->first_time) >> index->shift;
    if (bucket >= index->buckets)
        return index->count;
    size_t low = index->first[bucket], end = index->first[bucket + 1];
    return low + keyed_values_below(index->times + low, end - low, time);
}
