// SPDX-License-Identifier: BSD-2-Clause
// Sorts exchanges by their records as by one digit: each thread counts those of its part, and knows
// then where they go.
#include "judge/exchange_log.h"

#include "base/crew.h"
#include "base/pages.h"
#include "judge/record_index.h"

#define PART_LEAST 65536 // exchanges, for one thread

struct grouping {
    struct exchange_log log;
    const struct record_index *index;
    size_t records;
    unsigned parts;
    uint32_t *next; // [parts][records + 1] how many of a part are a record's; then where one goes
    struct pieces pieces;
};

static uint32_t *next_of(const struct grouping *g, size_t part)
{
    return g->next + part * (g->records + 1);
}

// The exchanges, or records, before a part.
static size_t before(const struct grouping *g, size_t all, size_t part)
{
    return all * part / g->parts;
}

static gpointer find_owners(gpointer work)
{
    struct grouping *g = work;
    const struct exchange_log *log = &g->log;
    for (size_t part; pieces_take(&g->pieces, &part);) {
        uint32_t *counts = next_of(g, part);
        size_t end = before(g, log->count, part + 1);
        for (size_t i = before(g, log->count, part); i < end; i++) {
            size_t record = record_index_find(g->index, log->exchanges[i].connection);
            log->owner[i] = (uint32_t)MIN(record, g->records);
            counts[log->owner[i]]++;
        }
    }
    return NULL;
}

static void find_places(struct grouping *g)
{
    uint32_t place = 0;
    for (size_t record = 0; record <= g->records; record++) {
        g->log.first[record] = place;
        for (unsigned part = 0; part < g->parts; part++) {
            uint32_t *next = &next_of(g, part)[record], count = *next;
            *next = place;
            place += count;
        }
    }
}

static gpointer move(gpointer work)
{
    struct grouping *g = work;
    const struct exchange_log *log = &g->log;
    for (size_t part; pieces_take(&g->pieces, &part);) {
        uint32_t *next = next_of(g, part);
        size_t end = before(g, log->count, part + 1);
        for (size_t i = before(g, log->count, part); i < end; i++)
            log->by_record[next[log->owner[i]]++] = log->exchanges[i];
    }
    return NULL;
}

// A connection's exchanges come nearly in order: insertion is linear then.
static void sort_by_begin(struct exchange *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (items[i - 1].begin <= items[i].begin)
            continue;
        struct exchange item = items[i];
        size_t place = i;
        for (; place > 0 && items[place - 1].begin > item.begin; place--)
            items[place] = items[place - 1];
        items[place] = item;
    }
}

static gpointer sort(gpointer work)
{
    struct grouping *g = work;
    const struct exchange_log *log = &g->log;
    for (size_t part; pieces_take(&g->pieces, &part);) {
        size_t end = before(g, g->records, part + 1);
        for (size_t i = before(g, g->records, part); i < end; i++)
            sort_by_begin(log->by_record + log->first[i], log->first[i + 1] - log->first[i]);
    }
    return NULL;
}

static void run(struct grouping *g, GThreadFunc worker)
{
    g->pieces = (struct pieces){0, (gint)g->parts};
    crew_run(g->parts, worker, g);
}

struct exchange_log exchange_log_new(const uint32_t *frames, size_t records,
                                     const struct exchange *exchanges, size_t count,
                                     unsigned threads)
{
    struct record_index *index = record_index_new(frames, records);
    unsigned parts = (unsigned)CLAMP(count / PART_LEAST, 1, MAX(threads, 1));
    struct grouping g = {.index = index, .records = records, .parts = parts};
    g.log = (struct exchange_log){.exchanges = exchanges, .count = count};
    g.log.owner = pages_array(uint32_t, count + 1);
    g.log.by_record = pages_array(struct exchange, count + 1);
    g.log.first = pages_array(uint32_t, records + 1);
    g.next = g_new0(uint32_t, parts * (records + 1));
    run(&g, find_owners);
    find_places(&g);
    run(&g, move);
    run(&g, sort);
    g_free(g.next);
    record_index_free(index);
    return g.log;
}

void exchange_log_free(struct exchange_log *log)
{
    g_free(log->first);
    g_free(log->by_record);
    g_free(log->owner);
}
