// SPDX-License-Identifier: BSD-2-Clause
// Spreads segments over the shards' lanes.
#include "command/chunk.h"

// Of FEED_BATCH packets, a shard mostly gets less than half.
#define LANE_FIRST (FEED_BATCH / 2)

void chunk_begin(struct chunk *chunk)
{
    chunk->packets = g_new(struct packet, FEED_BATCH);
    lanes_begin(chunk->lanes, LANE_FIRST);
    chunk->copies = g_ptr_array_new_with_free_func(g_free);
}

void chunk_end(struct chunk *chunk)
{
    buffer_release(chunk->buffer);
    g_free(chunk->packets);
    lanes_end(chunk->lanes);
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
    for (unsigned i = 0; i < LANES; i++)
        chunk->lanes[i].next = chunk->lanes[i].first;
    if (chunk->copies->len)
        g_ptr_array_set_size(chunk->copies, 0);
}

void chunk_add(struct chunk *chunk, const struct segment *segment)
{
    *lanes_next(chunk->lanes, segment_spread(segment)) = *segment;
}

void chunk_add_copy(struct chunk *chunk, const struct segment *segment)
{
    struct segment lasting = *segment;
    lasting.payload.at = g_memdup2(segment->payload.at, segment->payload.length);
    g_ptr_array_add(chunk->copies, (gpointer)lasting.payload.at);
    chunk_add(chunk, &lasting);
}
