// SPDX-License-Identifier: BSD-2-Clause
// Hands out tasks, the shard that is furthest behind first.
#include "command/schedule.h"

#include <glib.h>

void schedule_begin(struct schedule *schedule, unsigned room)
{
    *schedule = (struct schedule){.room = room};
    pthread_mutex_init(&schedule->lock, NULL);
    pthread_cond_init(&schedule->more, NULL);
    pthread_cond_init(&schedule->less, NULL);
}

void schedule_end(struct schedule *schedule)
{
    pthread_cond_destroy(&schedule->less);
    pthread_cond_destroy(&schedule->more);
    pthread_mutex_destroy(&schedule->lock);
}

static uint64_t schedule_backlog(const struct schedule *schedule)
{
    uint64_t done = schedule->handed;
    for (unsigned shard = 0; shard < SHARDS; shard++)
        done = MIN(done, schedule->done[shard]);
    return schedule->handed - done;
}

uint64_t schedule_hand_out(struct schedule *schedule)
{
    pthread_mutex_lock(&schedule->lock);
    uint64_t handed = ++schedule->handed;
    if (schedule->waiting && schedule_backlog(schedule) >= schedule->room / 2)
        pthread_cond_broadcast(&schedule->more);
    pthread_mutex_unlock(&schedule->lock);
    return handed;
}

static bool schedule_pick(struct schedule *schedule, struct task *task)
{
    *task = (struct task){.first = schedule->handed, .end = schedule->handed};
    for (unsigned shard = 0; shard < SHARDS; shard++)
        if (!schedule->is_busy[shard] && schedule->done[shard] < task->first) {
            task->shard = shard;
            task->first = schedule->done[shard];
        }
    if (task->first == task->end)
        return false;
    schedule->is_busy[task->shard] = true;
    return true;
}

bool schedule_wait(struct schedule *schedule, struct task *task)
{
    bool found;
    pthread_mutex_lock(&schedule->lock);
    while (!(found = schedule_pick(schedule, task)) && !schedule->is_over) {
        schedule->waiting++;
        pthread_cond_wait(&schedule->more, &schedule->lock);
        schedule->waiting--;
    }
    pthread_mutex_unlock(&schedule->lock);
    return found;
}

bool schedule_help(struct schedule *schedule, unsigned left, struct task *task)
{
    bool found = false;
    pthread_mutex_lock(&schedule->lock);
    while (schedule_backlog(schedule) > left && !(found = schedule_pick(schedule, task)))
        pthread_cond_wait(&schedule->less, &schedule->lock);
    pthread_mutex_unlock(&schedule->lock);
    return found;
}

void schedule_done(struct schedule *schedule, const struct task *task)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->done[task->shard] = task->end;
    schedule->is_busy[task->shard] = false;
    pthread_cond_signal(&schedule->less);
    pthread_mutex_unlock(&schedule->lock);
}

void schedule_close(struct schedule *schedule)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->is_over = true;
    pthread_cond_broadcast(&schedule->more);
    pthread_mutex_unlock(&schedule->lock);
}
