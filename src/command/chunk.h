// SPDX-License-Identifier: BSD-2-Clause
// Packets that follow each other, on their way to the shards: one thread reads them, and decodes
// them into a list of segments for each shard, while others read and decode what follows.
#pragma once

#include "capture/buffer.h"
#include "capture/decode.h"
#include "capture/lane.h"
#include "command/feeds.h"
#include "command/shard.h"

struct chunk {
    uint64_t number;
    struct buffer *buffer;  // where the packets lie; NULL: they last until shards_flush()
    struct packet *packets; // FEED_BATCH of them
    size_t count;
    uint32_t first_frame;             // what is added to the packets' frames
    uint16_t part;                    // of the segments
    int64_t clock;                    // the latest time of all packets before
    struct lane lanes[LANES];         // of each shard
    GPtrArray *copies;                // of payloads that didn't last
    uint64_t results[DECODE_RESULTS]; // over all that it ever held
};

void chunk_begin(struct chunk *chunk);
void chunk_end(struct chunk *chunk);

// Ready for other packets.
void chunk_empty(struct chunk *chunk);

// The packets to come lie in this buffer, which is held until the chunk is emptied. NULL: in none.
void chunk_hold(struct chunk *chunk, struct buffer *buffer);

// Adds a segment for its shard.
void chunk_add(struct chunk *chunk, const struct segment *segment);

// The same with a payload that doesn't last and is copied.
void chunk_add_copy(struct chunk *chunk, const struct segment *segment);
