// SPDX-License-Identifier: BSD-2-Clause
// Spreads segments over the shards' lanes.
#include "command/chunk.h"

// Of FEED_BATCH packets, a shard mostly gets less than half.
#define LANE_FIRST (FEED_BATCH / 2)

void chunk_begin(struct chunk *chunk)
{
    for (unsigned i = 0; i < SHARDS; i++)
        chunk->lanes[i] = (struct lane){g_new(struct segment, LANE_FIRST), 0, LANE_FIRST};
    chunk->copies = g_ptr_array_new_with_free_func(g_free);
}

void chunk_end(struct chunk *chunk)
{
    buffer_release(chunk->buffer);
    for (unsigned i = 0; i < SHARDS; i++)
        g_free(chunk->lanes[i].segments);
    g_ptr_array_unref(chunk->copies);
}

void chunk_hold(struct chunk *chunk, struct buffer *buffer)
{
    chunk->buffer = buffer ? buffer_hold(buffer) : NULL;
}

void chunk_empty(struct chunk *chunk)
{
    buffer_release(chunk->buffer);
    chunk->buffer = NULL;
    chunk->count = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        chunk->lanes[i].count = 0;
    if (chunk->copies->len)
        g_ptr_array_set_size(chunk->copies, 0);
}

static void lane_grow(struct lane *lane)
{
    lane->room *= 2;
    lane->segments = g_renew(struct segment, lane->segments, lane->room);
}

void chunk_add(struct chunk *chunk, const struct segment *segment)
{
    struct lane *lane = &chunk->lanes[(segment_spread(segment) >> 32) * SHARDS >> 32];
    if (lane->count == lane->room)
        lane_grow(lane);
    lane->segments[lane->count++] = *segment;
}

void chunk_add_copy(struct chunk *chunk, const struct segment *segment)
{
    struct segment lasting = *segment;
    lasting.payload.at = g_memdup2(segment->payload.at, segment->payload.length);
    g_ptr_array_add(chunk->copies, (gpointer)lasting.payload.at);
    chunk_add(chunk, &lasting);
}
