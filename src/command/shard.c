// SPDX-License-Identifier: BSD-2-Clause
// Works on a part of the connections, and hands over what came of them.
#include "command/shard.h"

void shard_begin(struct shard *shard, const struct limits *limits,
                 const struct engine_options *options)
{
    *shard = (struct shard){.records_most = limits->records};
    shard->names = names_new(limits);
    shard->engine = engine_new(limits, shard->names, options);
    shard->records = g_array_new(FALSE, FALSE, sizeof(struct record));
    shard->adopted = g_array_new(FALSE, TRUE, sizeof(uint32_t));
}

void shard_end(struct shard *shard)
{
    engine_free(shard->engine);
    g_array_free(shard->records, TRUE);
    g_array_free(shard->adopted, TRUE);
    names_free(shard->names);
}

static void shard_collect(struct shard *shard)
{
    GArray *records = shard->records;
    while (records->len <= shard->records_most) {
        g_array_set_size(records, records->len + 1);
        if (!engine_next(shard->engine, &g_array_index(records, struct record, records->len - 1))) {
            g_array_set_size(records, records->len - 1);
            return;
        }
        shard->ended++;
    }
}

void shard_take(struct shard *shard, const struct segment *segments, size_t count)
{
    engine_take(shard->engine, segments, count);
    shard_collect(shard);
    shard->connections = shard->ended + engine_open(shard->engine);
}

void shard_wait(struct shard *shard, int64_t now)
{
    engine_wait(shard->engine, now);
    shard_collect(shard);
}

void shard_finish(struct shard *shard)
{
    engine_finish(shard->engine);
}

uint64_t shard_head(const struct shard *shard)
{
    const struct record *head = shard->handed < shard->records->len
                                    ? &g_array_index(shard->records, struct record, shard->handed)
                                    : engine_head(shard->engine);
    return head ? head->at[AT_START].frame : SHARD_EMPTY;
}

void shard_adopt(struct shard *shard, struct names *names, struct record *record)
{
    if (shard->adopted->len <= names_count(shard->names))
        g_array_set_size(shard->adopted, names_count(shard->names) + 1);
    uint32_t *adopted = (uint32_t *)shard->adopted->data;
#pragma GCC unroll 8
    for (size_t n = 0; n < G_N_ELEMENTS(record->names); n++) {
        uint32_t id = record->names[n];
        if (id != 0 && adopted[id] == 0)
            adopted[id] = names_adopt(names, shard->names, id);
        record->names[n] = adopted[id];
    }
}

void shard_peek(struct shard *shard, struct names *names, GArray *records, guint most)
{
    struct record record;
    for (uint32_t place = ENGINE_BEGIN;
         records->len < most && engine_peek(shard->engine, &place, &record);) {
        shard_adopt(shard, names, &record);
        g_array_append_val(records, record);
    }
}

size_t shard_waiting(const struct shard *shard)
{
    return shard->records->len - shard->handed + engine_waiting(shard->engine);
}

void shard_hand_over(struct shard *shard, struct record *record)
{
    if (shard->handed < shard->records->len) {
        *record = g_array_index(shard->records, struct record, shard->handed++);
    } else {
        engine_next(shard->engine, record);
        shard->ended++;
    }
}

void shard_handed_over(struct shard *shard)
{
    if (shard->handed == 0)
        return;
    GArray *left = g_array_new(FALSE, FALSE, sizeof(struct record));
    g_array_append_vals(left, &g_array_index(shard->records, struct record, shard->handed),
                        shard->records->len - shard->handed);
    g_array_free(shard->records, TRUE);
    shard->records = left;
    shard->handed = 0;
}
