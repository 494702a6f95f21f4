// SPDX-License-Identifier: BSD-2-Clause
// Lets threads read, decode and work side by side; adds up what the shards found.
#include "command/shards.h"

#include "base/crew.h"
#include "base/pages.h"
#include "command/handover.h"
#include "engine/exchanges.h"
#include "engine/seams.h"

struct shards {
    struct limits limits; // of each shard
    struct shard shard[SHARDS];
    struct schedule schedule;
    struct chunk *chunks; // [room], by number modulo room
    unsigned room;
    unsigned threads; // that may work here
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

struct shards *shards_new(const struct limits *limits, const struct engine_options *options,
                          unsigned threads)
{
    struct shards *shards = g_new0(struct shards, 1);
    shards->limits = shards_part(limits);
    shards->threads = threads;
    shards->room = threads > 1 ? CHUNKS : 1;
    shards->chunks = g_new0(struct chunk, shards->room);
    for (unsigned i = 0; i < SHARDS; i++)
        shard_begin(&shards->shard[i], &shards->limits, options);
    for (unsigned i = 0; i < shards->room; i++)
        chunk_begin(&shards->chunks[i]);
    schedule_begin(&shards->schedule, shards->room);
    return shards;
}

void shards_free(struct shards *shards)
{
    schedule_end(&shards->schedule);
    for (unsigned i = 0; i < SHARDS; i++)
        shard_end(&shards->shard[i]);
    for (unsigned i = 0; i < shards->room; i++)
        chunk_end(&shards->chunks[i]);
    g_free(shards->chunks);
    g_free(shards);
}

bool shards_next(struct shards *shards, bool may_read, struct task *task)
{
    return schedule_next(&shards->schedule, may_read, task);
}

void shards_work(struct shards *shards, const struct task *task)
{
    for (uint64_t number = task->first; number < task->end; number++) {
        const struct lane *lane = &shards->chunks[number % shards->room].lanes[task->shard];
        shard_take(&shards->shard[task->shard], lane->first, (size_t)(lane->next - lane->first));
    }
    schedule_done(&shards->schedule, task);
}

struct chunk *shards_chunk(struct shards *shards, const struct task *task)
{
    struct chunk *chunk = &shards->chunks[task->first % shards->room];
    chunk_empty(chunk);
    chunk->number = task->first;
    return chunk;
}

void shards_read(struct shards *shards, bool is_last)
{
    schedule_read(&shards->schedule, is_last);
}

void shards_await(struct shards *shards, const struct chunk *chunk)
{
    schedule_await(&shards->schedule, chunk->number);
}

void shards_hand_out(struct shards *shards, const struct chunk *chunk)
{
    schedule_decoded(&shards->schedule, chunk->number);
}

void shards_flush(struct shards *shards)
{
    struct task task;
    while (schedule_flush(&shards->schedule, &task))
        shards_work(shards, &task);
}

void shards_wait(struct shards *shards, int64_t now)
{
    shards_flush(shards);
    for (unsigned i = 0; i < SHARDS; i++)
        shard_wait(&shards->shard[i], now);
}

struct finishing {
    struct pieces pieces; // shards
    struct shards *shards;
};

static gpointer settle_shards(gpointer work)
{
    struct finishing *finishing = work;
    size_t i;
    while (pieces_take(&finishing->pieces, &i))
        engine_settle(finishing->shards->shard[i].engine);
    return NULL;
}

void shards_finish(struct shards *shards, bool settles)
{
    struct finishing finishing = {{0, SHARDS}, shards};
    for (unsigned i = 0; i < SHARDS; i++)
        shard_finish(&shards->shard[i]);
    if (settles && shards->threads > 1)
        crew_run(MIN(shards->threads, SHARDS), settle_shards, &finishing);
}

uint64_t shards_results(const struct shards *shards, enum decode_result result)
{
    uint64_t packets = 0;
    for (unsigned i = 0; i < shards->room; i++)
        packets += shards->chunks[i].results[result];
    return packets;
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

void shards_hand_over(struct shards *shards, struct names *names, GArray *records, size_t most)
{
    handover_run(shards->shard, names, records, most);
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
    for (unsigned i = 0; i < SHARDS; i++)
        if (engine_exchanges(shards->shard[i].engine)->count >= shards->limits.exchanges)
            return true;
    return false;
}

void shards_peek(struct shards *shards, struct names *names, GArray *records, guint most)
{
    for (unsigned i = 0; i < SHARDS; i++)
        shard_peek(&shards->shard[i], names, records, most);
}

static struct logged logged_new(size_t count)
{
    return (struct logged){pages_new(count * sizeof(struct exchange)), count};
}

void logged_free(struct logged *logged)
{
    pages_free(logged->exchanges, logged->count * sizeof *logged->exchanges);
}

struct logged shards_exchanges(const struct shards *shards, size_t most)
{
    size_t last[SHARDS], sum = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        sum += last[i] = MIN(engine_exchanges(shards->shard[i].engine)->count, most / SHARDS);
    struct logged logged = logged_new(sum);
    struct exchange *to = logged.exchanges;
    pages_ask(to, sum * sizeof *to);
    for (unsigned i = 0; i < SHARDS; to += last[i++])
        exchanges_copy(engine_exchanges(shards->shard[i].engine), to, last[i]);
    return logged;
}

// What fills no whole pieces is copied, and follows all that does.
struct logged shards_take_exchanges(struct shards *shards)
{
    size_t sum = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        sum += engine_exchanges(shards->shard[i].engine)->count;
    struct logged logged = logged_new(sum);
    struct exchange *to = logged.exchanges;
    struct pages pages;
    pages_begin(&pages, to, sum * sizeof *to);
    for (unsigned i = 0; i < SHARDS; i++)
        to += exchanges_move(engine_exchanges(shards->shard[i].engine), &pages);
    for (unsigned i = 0; i < SHARDS; i++) {
        const struct exchanges *left = engine_exchanges(shards->shard[i].engine);
        pages_reach(&pages, to + left->count);
        exchanges_copy(left, to, left->count);
        to += left->count;
    }
    shards_forget(shards, NULL, 0);
    return logged;
}

void shards_forget(struct shards *shards, const uint32_t *frames, size_t count)
{
    for (unsigned i = 0; i < SHARDS; i++)
        exchanges_forget(engine_exchanges(shards->shard[i].engine), frames, count);
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
