// SPDX-License-Identifier: BSD-2-Clause
// Frames in ascending order behind a table of their upper bits.
#include "judge/record_index.h"

#include <glib.h>

#define FEW       4 // frames are looked at one by one
#define FINER     32
#define FINE_MOST 65536

struct record_index {
    const uint32_t *frames; // [count], borrowed
    uint32_t *starts;       // first record whose frame >> shift is at least this
    size_t count, buckets;
    unsigned shift;
};

struct record_index *record_index_new(const uint32_t *frames, size_t count)
{
    struct record_index *index = g_new0(struct record_index, 1);
    uint32_t highest = count > 0 ? frames[count - 1] : 0;
    // Few connections have a table of more, as far as it stays in the cache.
    while (highest >> index->shift > MAX(count, MIN(FINER * count, FINE_MOST)))
        index->shift++;
    index->count = count;
    index->buckets = (highest >> index->shift) + 2;
    index->frames = frames;
    index->starts = g_new(uint32_t, index->buckets);
    size_t bucket = 0;
    for (size_t i = 0; i < count; i++) {
        while (bucket <= frames[i] >> index->shift)
            index->starts[bucket++] = (uint32_t)i;
    }
    while (bucket < index->buckets)
        index->starts[bucket++] = (uint32_t)count;
    return index;
}

void record_index_free(struct record_index *index)
{
    if (!index)
        return;
    g_free(index->starts);
    g_free(index);
}

size_t record_index_find(const struct record_index *index, uint32_t frame)
{
    size_t bucket = frame >> index->shift;
    if (bucket + 1 >= index->buckets)
        return RECORD_NONE;
    size_t low = index->starts[bucket], end = index->starts[bucket + 1];
    while (end - low > FEW) {
        size_t middle = low + (end - low) / 2;
        if (index->frames[middle] < frame)
            low = middle + 1;
        else
            end = middle;
    }
    while (low < end && index->frames[low] < frame)
        low++;
    return low < index->count && index->frames[low] == frame ? low : RECORD_NONE;
}
