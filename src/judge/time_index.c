// SPDX-License-Identifier: BSD-2-Clause
// Places by the upper bits of a time, as many as there are times, or up to twice as many.
#include "judge/time_index.h"

#include <glib.h>

struct time_index time_index_new(const int64_t *times, size_t count)
{
    struct time_index index = {.times = times, .first_time = INT64_MAX, .count = count};
    uint64_t range = count ? (uint64_t)times[count - 1] - (uint64_t)times[0] : 0;
    if (count)
        index.first_time = times[0];
    while (range >> index.shift >= 2 * count + 1)
        index.shift++;
    index.buckets = (range >> index.shift) + 1;
    index.first = g_new(uint32_t, index.buckets + 1);
    uint64_t bucket = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t own = ((uint64_t)times[i] - (uint64_t)times[0]) >> index.shift;
        while (bucket <= own)
            index.first[bucket++] = (uint32_t)i;
    }
    while (bucket <= index.buckets)
        index.first[bucket++] = (uint32_t)count;
    return index;
}

void time_index_free(struct time_index *index)
{
    g_free(index->first);
}
