// SPDX-License-Identifier: BSD-2-Clause
// Fills chunks with segments and has them worked on, by this thread and others; adds up what the
// shards found.
#include "command/shards.h"

#include <signal.h>

#include "command/schedule.h"
#include "engine/seams.h"

#define CHUNKS       16                   // handed out at once, when there are workers
#define CHUNK_SHARE  256                  // segments of one shard
#define CHUNK_COPIES ((size_t)256 * 1024) // bytes of payloads that had to be copied
#define WORKERS_MOST (SHARDS - 1)

struct chunk {
    struct buffer *buffer; // where the payloads lie; NULL: they last until shards_flush()
    uint8_t *copies;       // NULL until there is one
    size_t copied;
    bool is_last;
    size_t count[SHARDS];
    struct segment segments[SHARDS][CHUNK_SHARE];
};

struct shards {
    struct limits limits; // of each shard
    struct shard shard[SHARDS];
    struct schedule schedule;
    struct chunk *chunks; // [room], by number modulo room
    unsigned room;
    struct chunk *filling;
    unsigned workers;
    pthread_t worker[WORKERS_MOST];
};

// A shard's part of what is capped in all.
static struct limits shards_part(const struct limits *all)
{
    struct limits part = *all;
    part.connections_open /= SHARDS;
    part.half_open /= SHARDS;
    part.records /= SHARDS;
    part.exchanges /= SHARDS;
    part.parked_total /= SHARDS;
    part.names /= SHARDS;
    part.names_bytes /= SHARDS;
    return part;
}

static void shards_work(struct shards *shards, const struct task *task)
{
    struct shard *shard = &shards->shard[task->shard];
    for (uint64_t number = task->first; number < task->end; number++) {
        const struct chunk *chunk = &shards->chunks[number % shards->room];
        shard_take(shard, chunk->segments[task->shard], chunk->count[task->shard]);
        if (chunk->is_last)
            shard_finish(shard);
    }
    schedule_done(&shards->schedule, task);
}

static void *shards_worker(void *data)
{
    struct shards *shards = (struct shards *)data;
    struct task task;
    while (schedule_wait(&shards->schedule, &task))
        shards_work(shards, &task);
    return NULL;
}

// Signals are for the thread that reads: they interrupt it.
static void shards_hire(struct shards *shards, unsigned workers)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    while (shards->workers < workers &&
           pthread_create(&shards->worker[shards->workers], NULL, shards_worker, shards) == 0)
        shards->workers++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

// Works until at most `left` chunks aren't done.
static void shards_help(struct shards *shards, unsigned left)
{
    struct task task;
    while (schedule_help(&shards->schedule, left, &task))
        shards_work(shards, &task);
}

// Workers end once there is no work.
static void shards_dismiss(struct shards *shards)
{
    schedule_close(&shards->schedule);
    shards_help(shards, 0);
    while (shards->workers)
        pthread_join(shards->worker[--shards->workers], NULL);
}

struct shards *shards_new(const struct limits *limits, const struct engine_options *options,
                          unsigned threads)
{
    struct shards *shards = g_new0(struct shards, 1);
    shards->limits = shards_part(limits);
    shards->room = threads > 1 ? CHUNKS : 1;
    shards->filling = shards->chunks = g_new0(struct chunk, shards->room);
    for (unsigned i = 0; i < SHARDS; i++)
        shard_begin(&shards->shard[i], &shards->limits, options);
    schedule_begin(&shards->schedule, shards->room);
    shards_hire(shards, MIN(threads, WORKERS_MOST + 1) - 1);
    return shards;
}

// Ready for other segments: nobody works on what it held.
static void shards_empty(struct chunk *chunk)
{
    buffer_release(chunk->buffer);
    chunk->buffer = NULL;
    chunk->copied = 0;
    memset(chunk->count, 0, sizeof chunk->count);
}

void shards_free(struct shards *shards)
{
    shards_dismiss(shards);
    schedule_end(&shards->schedule);
    for (unsigned i = 0; i < SHARDS; i++)
        shard_end(&shards->shard[i]);
    for (unsigned i = 0; i < shards->room; i++) {
        shards_empty(&shards->chunks[i]);
        g_free(shards->chunks[i].copies);
    }
    g_free(shards->chunks);
    g_free(shards);
}

// Hands the chunk out and goes on with another one for the same buffer, as soon as there is room.
static void shards_hand_out(struct shards *shards)
{
    struct buffer *buffer = shards->filling->buffer;
    uint64_t number = schedule_hand_out(&shards->schedule);
    shards_help(shards, shards->room - 1);
    shards->filling = &shards->chunks[number % shards->room];
    if (buffer)
        buffer_hold(buffer);
    shards_empty(shards->filling);
    shards->filling->buffer = buffer;
}

void shards_hold(struct shards *shards, struct buffer *buffer)
{
    if (shards->filling->buffer == buffer)
        return;
    shards_hand_out(shards);
    buffer_release(shards->filling->buffer);
    shards->filling->buffer = buffer ? buffer_hold(buffer) : NULL;
}

// A payload that doesn't last, kept in the chunk.
static void shards_copy(struct shards *shards, struct slice *payload)
{
    g_assert(payload->length <= CHUNK_COPIES);
    if (shards->filling->copied + payload->length > CHUNK_COPIES)
        shards_hand_out(shards);
    struct chunk *chunk = shards->filling;
    if (!chunk->copies)
        chunk->copies = g_malloc(CHUNK_COPIES);
    payload->at = memcpy(chunk->copies + chunk->copied, payload->at, payload->length);
    chunk->copied += payload->length;
}

void shards_take(struct shards *shards, const struct segment *segment, bool lasts)
{
    unsigned i = (unsigned)((segment_spread(segment) >> 32) * SHARDS >> 32);
    if (shards->filling->count[i] == CHUNK_SHARE)
        shards_hand_out(shards);
    struct slice payload = segment->payload;
    if (!lasts)
        shards_copy(shards, &payload);
    struct chunk *chunk = shards->filling;
    struct segment *queued = &chunk->segments[i][chunk->count[i]++];
    *queued = *segment;
    queued->payload = payload;
}

void shards_flush(struct shards *shards)
{
    shards_hand_out(shards);
    shards_help(shards, 0);
}

void shards_wait(struct shards *shards, int64_t now)
{
    shards_flush(shards);
    for (unsigned i = 0; i < SHARDS; i++)
        shard_wait(&shards->shard[i], now);
}

void shards_finish(struct shards *shards)
{
    shards->filling->is_last = true;
    schedule_hand_out(&shards->schedule);
    shards_dismiss(shards);
}

uint64_t shards_connections(const struct shards *shards)
{
    uint64_t connections = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        connections += shards->shard[i].connections;
    return connections;
}

size_t shards_records(const struct shards *shards)
{
    size_t records = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        records += shards->shard[i].records->len;
    return records;
}

// The shard whose next record began first.
static unsigned shards_first(const uint64_t heads[SHARDS])
{
    unsigned first = 0;
    for (unsigned i = 1; i < SHARDS; i++)
        if (heads[i] < heads[first])
            first = i;
    return first;
}

void shards_hand_over(struct shards *shards, struct names *names, GArray *records, size_t most)
{
    uint64_t heads[SHARDS];
    for (unsigned i = 0; i < SHARDS; i++)
        heads[i] = shard_head(&shards->shard[i]);
    for (unsigned i; records->len < most && heads[i = shards_first(heads)] != SHARD_EMPTY;) {
        struct shard *shard = &shards->shard[i];
        g_array_set_size(records, records->len + 1);
        shard_hand_over(shard, names, &g_array_index(records, struct record, records->len - 1));
        heads[i] = shard_head(shard);
    }
    for (unsigned i = 0; i < SHARDS; i++)
        shard_handed_over(&shards->shard[i]);
}

static void add_seam(GArray *sums, const struct seam *seam)
{
    guint i = 0;
    while (i < sums->len && g_array_index(sums, struct seam, i).part < seam->part)
        i++;
    struct seam *sum = &g_array_index(sums, struct seam, i);
    if (i == sums->len || sum->part != seam->part) {
        g_array_insert_vals(sums, i, seam, 1);
        return;
    }
    sum->frame = MIN(sum->frame, seam->frame);
    sum->going_on += seam->going_on;
    sum->jumping += seam->jumping;
    sum->bytes += seam->bytes;
}

GArray *shards_seams(const struct shards *shards)
{
    GArray *sums = g_array_new(FALSE, FALSE, sizeof(struct seam));
    for (unsigned i = 0; i < SHARDS; i++) {
        size_t count;
        const struct seam *seams = engine_seams(shards->shard[i].engine, &count);
        for (size_t k = 0; k < count; k++)
            add_seam(sums, &seams[k]);
    }
    return sums;
}

bool shards_are_full(const struct shards *shards)
{
    for (unsigned i = 0; i < SHARDS; i++)
        if (shards->shard[i].records->len > shards->limits.records)
            return true;
    return false;
}

bool shards_lack_exchanges(const struct shards *shards)
{
    for (unsigned i = 0; i < SHARDS; i++) {
        size_t count;
        engine_exchanges(shards->shard[i].engine, &count);
        if (count >= shards->limits.exchanges)
            return true;
    }
    return false;
}

void shards_peek(struct shards *shards, struct names *names, GArray *records, guint most)
{
    for (unsigned i = 0; i < SHARDS; i++)
        shard_peek(&shards->shard[i], names, records, most);
}

GArray *shards_exchanges(const struct shards *shards, size_t most)
{
    GArray *exchanges = g_array_new(FALSE, FALSE, sizeof(struct exchange));
    for (unsigned i = 0; i < SHARDS; i++) {
        size_t count;
        const struct exchange *some = engine_exchanges(shards->shard[i].engine, &count);
        size_t last = MIN(count, most / SHARDS);
        if (last)
            g_array_append_vals(exchanges, some + count - last, (guint)last);
    }
    return exchanges;
}

void shards_forget(struct shards *shards, const uint32_t *frames, size_t count)
{
    for (unsigned i = 0; i < SHARDS; i++)
        engine_forget(shards->shard[i].engine, frames, count);
}

struct engine_counts shards_counts(const struct shards *shards)
{
    struct engine_counts sum = {0};
    for (unsigned i = 0; i < SHARDS; i++) {
        struct engine_counts counts = engine_counts(shards->shard[i].engine);
        sum.segments += counts.segments;
        sum.duplicates += counts.duplicates;
        sum.strays += counts.strays;
        sum.evicted += counts.evicted;
        sum.exchanges_dropped += counts.exchanges_dropped;
        sum.names_refused += counts.names_refused;
    }
    return sum;
}
