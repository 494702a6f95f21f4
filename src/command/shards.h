// SPDX-License-Identifier: BSD-2-Clause
// The connections, split by a hash of their ends into a fixed number of shards: caps and memories
// act per shard, so that reports are the same however many threads do the work. Segments go to them
// in chunks: one thread takes and hands out, all of them work.
#pragma once

#include "capture/buffer.h"
#include "command/shard.h"

struct shards;

// `limits` are those of all; they and the ports are borrowed for the shards' life.
struct shards *shards_new(const struct limits *limits, const struct engine_options *options,
                          unsigned threads);
void shards_free(struct shards *shards);

// The payloads to come lie in this buffer, which is held as long as need be. NULL: in no buffer,
// they must last until shards_flush().
void shards_hold(struct shards *shards, struct buffer *buffer);

// Queues a segment for its shard; `lasts` is false when its payload doesn't last and is to be
// copied.
void shards_take(struct shards *shards, const struct segment *segment, bool lasts);

// Every segment queued is taken by its shard.
void shards_flush(struct shards *shards);

// Nothing came until `now` (a live capture): closed connections don't linger beyond it.
void shards_wait(struct shards *shards, int64_t now);

// The capture is over: all connections become records, as far as there is room.
void shards_finish(struct shards *shards);

// How many connections there were so far; not exact while other threads work.
uint64_t shards_connections(const struct shards *shards);

// What follows needs shards_flush() or shards_finish() before it.

// How many records wait to be handed over, until shards_finish().
size_t shards_records(const struct shards *shards);

// Moves records to `records`, until there are `most`, roughly in order of their first frames;
// `names` borrows texts from the shards.
void shards_hand_over(struct shards *shards, struct names *names, GArray *records, size_t most);

// Whether a shard has as many records as it may keep, or as many exchanges as it may log.
bool shards_are_full(const struct shards *shards);
bool shards_lack_exchanges(const struct shards *shards);

// Appends the records of connections that are followed still, until there are `most`.
void shards_peek(struct shards *shards, struct names *names, GArray *records, guint most);

// The last exchanges, `most` of them: struct exchange, caller frees.
GArray *shards_exchanges(const struct shards *shards, size_t most);

// Lets go of the exchanges of the connections that began with these frames, in ascending order.
void shards_forget(struct shards *shards, const uint32_t *frames, size_t count);

// The seams between captures: struct seam, added up over the shards; caller frees.
GArray *shards_seams(const struct shards *shards);
struct engine_counts shards_counts(const struct shards *shards);
