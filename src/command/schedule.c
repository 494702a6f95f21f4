// SPDX-License-Identifier: BSD-2-Clause
// Hands out tasks: reading as far as there is room, then the shard that is furthest behind of those
// that the thread worked on before, or of all.
#include "command/schedule.h"

// Microseconds that a thread looks on before it sleeps: waking takes longer than reading a chunk.
#define PATIENCE 200

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

// Chunks that every shard has worked on.
static uint64_t schedule_finished(const struct schedule *schedule)
{
    uint64_t done = schedule->read;
    for (unsigned shard = 0; shard < SHARDS; shard++)
        done = MIN(done, schedule->done[shard]);
    return done;
}

static bool schedule_is_full(const struct schedule *schedule)
{
    return schedule->read - schedule_finished(schedule) >= schedule->room;
}

static bool schedule_pick_reading(struct schedule *schedule, struct task *task)
{
    if (schedule->is_reading || schedule->is_over || schedule_is_full(schedule))
        return false;
    schedule->is_reading = true;
    *task = (struct task){.is_reading = true, .first = schedule->read};
    return true;
}

// The shard that is furthest behind, of those that `last` worked on; NULL: of all.
static bool schedule_find_shard(const struct schedule *schedule, const GThread *last,
                                struct task *task)
{
    *task = (struct task){.first = schedule->decoded, .end = schedule->decoded};
    for (unsigned shard = 0; shard < SHARDS; shard++)
        if (!schedule->is_busy[shard] && schedule->done[shard] < task->first &&
            (!last || schedule->last[shard] == last)) {
            task->shard = shard;
            task->first = schedule->done[shard];
        }
    return task->first < task->end;
}

static bool schedule_pick_shard(struct schedule *schedule, struct task *task)
{
    const GThread *self = g_thread_self();
    if (!schedule_find_shard(schedule, self, task) && !schedule_find_shard(schedule, NULL, task))
        return false;
    schedule->is_busy[task->shard] = true;
    schedule->last[task->shard] = self;
    return true;
}

static bool schedule_pick(struct schedule *schedule, bool may_read, struct task *task)
{
    bool lags = schedule->decoded - schedule_finished(schedule) >= schedule->room / 2;
    return (!lags && may_read && schedule_pick_reading(schedule, task)) ||
           schedule_pick_shard(schedule, task) ||
           (may_read && schedule_pick_reading(schedule, task));
}

// Nothing more will come for a thread that finds nothing now.
static bool schedule_ends(const struct schedule *schedule)
{
    return schedule->is_over && schedule->decoded == schedule->read;
}

// Whether something changes soon. Who yields its processor instead may get it back much later: when
// it shares that with a thread that has work, while another one is idle.
static bool schedule_look_on(struct schedule *schedule)
{
    unsigned seen = schedule->changes;
    int64_t until = g_get_monotonic_time() + PATIENCE;
    pthread_mutex_unlock(&schedule->lock);
    while (schedule->changes == seen && g_get_monotonic_time() < until)
        continue;
    pthread_mutex_lock(&schedule->lock);
    return schedule->changes != seen;
}

static void schedule_sleep(struct schedule *schedule)
{
    schedule->waiting++;
    pthread_cond_wait(&schedule->more, &schedule->lock);
    schedule->waiting--;
}

bool schedule_next(struct schedule *schedule, bool may_read, struct task *task)
{
    bool found;
    pthread_mutex_lock(&schedule->lock);
    while (!(found = schedule_pick(schedule, may_read, task)) && !schedule_ends(schedule))
        if (!schedule_look_on(schedule))
            schedule_sleep(schedule);
    pthread_mutex_unlock(&schedule->lock);
    return found;
}

void schedule_read(struct schedule *schedule, bool is_last)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->read++;
    schedule->is_reading = false;
    schedule->is_over = is_last;
    schedule->changes++;
    pthread_mutex_unlock(&schedule->lock);
}

void schedule_await(struct schedule *schedule, uint64_t number)
{
    pthread_mutex_lock(&schedule->lock);
    while (schedule->decoded < number)
        pthread_cond_wait(&schedule->less, &schedule->lock);
    pthread_mutex_unlock(&schedule->lock);
}

void schedule_decoded(struct schedule *schedule, uint64_t number)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->is_ready[number % CHUNKS] = true;
    while (schedule->decoded < schedule->read && schedule->is_ready[schedule->decoded % CHUNKS])
        schedule->is_ready[schedule->decoded++ % CHUNKS] = false;
    uint64_t backlog = schedule->decoded - schedule_finished(schedule);
    if (schedule->waiting && (schedule->is_over || backlog >= schedule->room / 2))
        pthread_cond_broadcast(&schedule->more);
    pthread_cond_broadcast(&schedule->less);
    schedule->changes++;
    pthread_mutex_unlock(&schedule->lock);
}

void schedule_done(struct schedule *schedule, const struct task *task)
{
    pthread_mutex_lock(&schedule->lock);
    bool was_full = schedule_is_full(schedule);
    schedule->done[task->shard] = task->end;
    schedule->is_busy[task->shard] = false;
    if (schedule->waiting && was_full && !schedule_is_full(schedule))
        pthread_cond_broadcast(&schedule->more);
    pthread_cond_broadcast(&schedule->less);
    schedule->changes++;
    pthread_mutex_unlock(&schedule->lock);
}

bool schedule_flush(struct schedule *schedule, struct task *task)
{
    bool found = false;
    pthread_mutex_lock(&schedule->lock);
    while (schedule_finished(schedule) < schedule->read &&
           !(found = schedule_pick_shard(schedule, task)))
        if (!schedule_look_on(schedule))
            pthread_cond_wait(&schedule->less, &schedule->lock);
    pthread_mutex_unlock(&schedule->lock);
    return found;
}
