// SPDX-License-Identifier: BSD-2-Clause
// Who does what: numbered chunks are read one after the other, decoded side by side, and go through
// every shard in their order. Only one thread at a time reads, and one works on a shard. One lock,
// taken a few times per task.
#pragma once

#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "command/shard.h"

#define CHUNKS 16 // at most that are read and not done

struct schedule {
    pthread_mutex_t lock;
    pthread_cond_t more;   // waits for something to do
    pthread_cond_t less;   // waits until some are decoded or done
    uint64_t read;         // chunks
    uint64_t decoded;      // of them, those that shards may work on
    bool is_ready[CHUNKS]; // decoded, while an earlier one isn't; by number modulo CHUNKS
    uint64_t done[SHARDS];
    bool is_busy[SHARDS];
    const GThread *last[SHARDS]; // who worked on it: its processor has it in its cache
    bool is_reading;             // a thread does
    bool is_over;                // nothing more will be read
    unsigned room;               // chunks that may be read and not done
    unsigned waiting;            // threads, for something to do
    _Atomic unsigned changes;    // whatever others may wait for
};

// To read chunk `first` and decode it, or to have a shard work on chunks `first` up to `end`.
struct task {
    bool is_reading;
    unsigned shard;
    uint64_t first, end;
};

void schedule_begin(struct schedule *schedule, unsigned room);
void schedule_end(struct schedule *schedule);

// A thread's next task, waited for; false when there will be none.
bool schedule_next(struct schedule *schedule, bool may_read, struct task *task);

// The chunk is read: somebody else may read the next one, unless it was the last.
void schedule_read(struct schedule *schedule, bool is_last);

// Waits until all chunks before it are decoded.
void schedule_await(struct schedule *schedule, uint64_t number);

// The chunk is decoded.
void schedule_decoded(struct schedule *schedule, uint64_t number);

// A shard's work is done.
void schedule_done(struct schedule *schedule, const struct task *task);

// What is left to do of the chunks read, for the thread that reads; false once all is done.
bool schedule_flush(struct schedule *schedule, struct task *task);
