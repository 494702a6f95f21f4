// SPDX-License-Identifier: BSD-2-Clause
// Who works on what: numbered chunks go through every shard in their order; only one thread at a
// time works on a shard. The reader hands chunks out; when no more fit, it works too. One lock,
// taken per task.
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "command/shard.h"

struct schedule {
    pthread_mutex_t lock;
    pthread_cond_t more; // workers wait for chunks
    pthread_cond_t less; // the reader waits for room
    uint64_t handed;     // chunks handed out
    uint64_t done[SHARDS];
    bool is_busy[SHARDS];
    unsigned room;    // chunks that may be handed out and not done
    unsigned waiting; // workers
    bool is_over;
};

// Chunks `first` up to `end` of a shard.
struct task {
    unsigned shard;
    uint64_t first, end;
};

void schedule_begin(struct schedule *schedule, unsigned room);
void schedule_end(struct schedule *schedule);

// One more chunk; workers learn of it when enough of them wait. Returns the number of the next one.
uint64_t schedule_hand_out(struct schedule *schedule);

// A worker's next task, waited for; false when there will be none.
bool schedule_wait(struct schedule *schedule, struct task *task);

// The reader's next task while more than `left` chunks aren't done; false once there are no more
// than that.
bool schedule_help(struct schedule *schedule, unsigned left, struct task *task);
void schedule_done(struct schedule *schedule, const struct task *task);

// No chunk will follow: workers end.
void schedule_close(struct schedule *schedule);
