// SPDX-License-Identifier: BSD-2-Clause
// Sends segments to their shards in batches, and adds up what the shards found.
#include "command/shards.h"

#include "engine/seams.h"

#define BATCH 64 // segments of one shard

struct shards {
    struct limits limits; // of each shard
    struct shard shard[SHARDS];
    size_t queued[SHARDS];
    struct segment queue[SHARDS][BATCH];
};

// A shard's part of what is capped in all.
static struct limits shards_part(const struct limits *all)
{
    struct limits part = *all;
    part.connections_open /= SHARDS;
    part.records /= SHARDS;
    part.exchanges /= SHARDS;
    part.parked_total /= SHARDS;
    part.names /= SHARDS;
    part.names_bytes /= SHARDS;
    return part;
}

struct shards *shards_new(const struct limits *limits, const struct engine_options *options)
{
    struct shards *shards = g_new0(struct shards, 1);
    shards->limits = shards_part(limits);
    for (unsigned i = 0; i < SHARDS; i++)
        shard_begin(&shards->shard[i], &shards->limits, options);
    return shards;
}

void shards_free(struct shards *shards)
{
    for (unsigned i = 0; i < SHARDS; i++)
        shard_end(&shards->shard[i]);
    g_free(shards);
}

static void shards_flush_one(struct shards *shards, unsigned i)
{
    shard_take(&shards->shard[i], shards->queue[i], shards->queued[i]);
    shards->queued[i] = 0;
}

void shards_take(struct shards *shards, const struct segment *segment)
{
    unsigned i = (unsigned)((segment_spread(segment) >> 32) * SHARDS >> 32);
    shards->queue[i][shards->queued[i]++] = *segment;
    if (shards->queued[i] == BATCH)
        shards_flush_one(shards, i);
}

void shards_flush(struct shards *shards)
{
    for (unsigned i = 0; i < SHARDS; i++)
        shards_flush_one(shards, i);
}

void shards_wait(struct shards *shards, int64_t now)
{
    for (unsigned i = 0; i < SHARDS; i++)
        shard_wait(&shards->shard[i], now);
}

void shards_finish(struct shards *shards)
{
    for (unsigned i = 0; i < SHARDS; i++)
        shard_finish(&shards->shard[i]);
}

size_t shards_records(const struct shards *shards)
{
    size_t records = 0;
    for (unsigned i = 0; i < SHARDS; i++)
        records += shards->shard[i].records->len;
    return records;
}

void shards_hand_over(struct shards *shards, struct names *names, GArray *records)
{
    for (unsigned i = 0; i < SHARDS; i++)
        shard_hand_over(&shards->shard[i], names, records);
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

void shards_collect(struct shards *shards)
{
    for (unsigned i = 0; i < SHARDS; i++)
        shard_collect(&shards->shard[i]);
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
    }
    return sum;
}
