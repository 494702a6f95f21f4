// SPDX-License-Identifier: BSD-2-Clause
// The connections, split by a hash of their ends into a fixed number of shards: caps and memories
// act per shard, so that reports are the same however many threads do the work. Packets go to them
// in chunks, which any thread reads, decodes and has the shards work on.
#pragma once

#include "command/chunk.h"
#include "command/schedule.h"

struct shards;

// `limits` are those of all; they and the ports are borrowed for the shards' life. `threads` may
// work on them at once.
struct shards *shards_new(const struct limits *limits, const struct engine_options *options,
                          unsigned threads);
void shards_free(struct shards *shards);

// What a thread does next: shards_work() when a shard is to work, else it reads the task's chunk,
// if it may. False when nothing is left to do, and nobody will read any more.
bool shards_next(struct shards *shards, bool may_read, struct task *task);
void shards_work(struct shards *shards, const struct task *task);

// The chunk of a task to read: empty, to be filled.
struct chunk *shards_chunk(struct shards *shards, const struct task *task);

// The chunk's packets are there; they are decoded while the next ones are read.
void shards_read(struct shards *shards, bool is_last);

// Waits until all chunks before this one are decoded.
void shards_await(struct shards *shards, const struct chunk *chunk);

// The chunk is decoded.
void shards_hand_out(struct shards *shards, const struct chunk *chunk);

// The shards have worked on every chunk that was read. For the thread that reads.
void shards_flush(struct shards *shards);

// Nothing came until `now` (a live capture): closed connections don't linger beyond it.
void shards_wait(struct shards *shards, int64_t now);

// The capture is over: all connections become records, as far as there is room. `settles`: all will
// be handed over at once, so that several threads may complete them; one thread does it as it comes
// to each, and those that wait for another window still look as they did.
void shards_finish(struct shards *shards, bool settles);

// How many packets were decoded with this result.
uint64_t shards_results(const struct shards *shards, enum decode_result result);

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

// Exchanges; those of one connection are in order.
struct logged {
    struct exchange *exchanges;
    size_t count;
};

// The last exchanges, `most` of them, copied; or all, which the shards don't have any more.
struct logged shards_exchanges(const struct shards *shards, size_t most);
struct logged shards_take_exchanges(struct shards *shards);
void logged_free(struct logged *logged);

// Lets go of the exchanges of the connections that began with these frames, in ascending order;
// NULL: all exchanges.
void shards_forget(struct shards *shards, const uint32_t *frames, size_t count);

// The seams between captures: struct seam, added up over the shards; caller frees.
GArray *shards_seams(const struct shards *shards);
struct engine_counts shards_counts(const struct shards *shards);
