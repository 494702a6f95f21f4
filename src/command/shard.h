// SPDX-License-Identifier: BSD-2-Clause
// A part of the connections: an engine with names and records of its own. What comes of it depends
// on its segments alone, whoever works on the other parts.
#pragma once

#include <glib.h>

#include "capture/lane.h"
#include "engine/engine.h"

#define SHARDS LANES // what is in a lane, a shard works on

struct shard {
    struct engine *engine;
    struct names *names;
    GArray *records; // struct record, in order of their ends, with ids of `names`
    guint handed;    // of them, those that were handed over
    GArray *adopted; // uint32_t by id of `names`: the id among the names of all; 0 not yet
    uint32_t records_most;
    uint32_t ended;               // connections that became records
    _Atomic uint32_t connections; // so far; may be asked while another thread works
};

// `limits` are those of this part; borrowed, like the ports, for the shard's life.
void shard_begin(struct shard *shard, const struct limits *limits,
                 const struct engine_options *options);
void shard_end(struct shard *shard);

// Takes segments; the records that they finish are kept, up to one more than the cap: the others
// wait in the engine.
void shard_take(struct shard *shard, const struct segment *segments, size_t count);

// Nothing came until `now` (a live capture).
void shard_wait(struct shard *shard, int64_t now);

// The capture is over: all connections become records as they are handed over.
void shard_finish(struct shard *shard);

// The frame that the connection of the next record began with.
#define SHARD_EMPTY UINT64_MAX
uint64_t shard_head(const struct shard *shard);

// Appends the records of connections that are followed still, with ids of `names`.
void shard_peek(struct shard *shard, struct names *names, GArray *records, guint most);

// At most so many records wait to be handed over.
size_t shard_waiting(const struct shard *shard);

// Hands over the next record, which there is.
void shard_hand_over(struct shard *shard, struct record *record);

// Turns the ids of a record that was handed over into those of `names`, which borrows texts from
// the shard.
void shard_adopt(struct shard *shard, struct names *names, struct record *record);

// No more for now: gives back the memory of those that were.
void shard_handed_over(struct shard *shard);
