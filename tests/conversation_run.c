// SPDX-License-Identifier: BSD-2-Clause
// Turns a conversation into segments and sends them through the engine.
#include "tests/conversation.h"

#include <stdlib.h>

#include "engine/exchanges.h"

static struct endpoint endpoint_of(enum side side)
{
    struct endpoint end = {.port = side == CLIENT ? 40000 : 80};
    end.address.bytes[10] = end.address.bytes[11] = 0xff;
    end.address.bytes[12] = 10;
    end.address.bytes[15] = side == CLIENT ? 1 : 2;
    return end;
}

static struct segment segment_of(const struct conversation *c, const struct turn *t)
{
    return (struct segment){
        .from = endpoint_of(t->side),
        .to = endpoint_of(!t->side),
        .payload = slice_of(c->payload->str + t->payload_at, t->captured),
        .time = CONVERSATION_TIME + t->time,
        .payload_length = t->length,
        .seq = c->isn[t->side] + t->seq,
        .ack = t->flags & TCP_ACK ? c->isn[!t->side] + t->ack : 0,
        .timestamp = t->timestamp,
        .window = (uint16_t)t->window,
        .ip_id = (uint16_t)t->ip_id,
        .flags = t->flags,
        .window_shift = (uint8_t)t->shift,
        .ttl = (uint8_t)t->ttl,
        .has_timestamp = t->has_timestamp,
        .has_sack = t->has_sack,
    };
}

static void append(GArray *segments, struct segment segment)
{
    segment.frame = segments->len + 1;
    g_array_append_val(segments, segment);
}

GArray *conversation_segments(const struct conversation *conversation)
{
    GArray *segments = g_array_new(FALSE, TRUE, sizeof(struct segment));
    struct segment held;
    bool is_held = false;
    for (guint i = 0; i < conversation->turns->len; i++) {
        const struct turn *t = &g_array_index(conversation->turns, struct turn, i);
        struct segment segment = segment_of(conversation, t);
        if (t->fate == FATE_LOST)
            continue;
        if (t->fate == FATE_OVERTAKEN) {
            held = segment;
            is_held = true;
            continue;
        }
        append(segments, segment);
        if (t->fate == FATE_TWICE) { // as a router's far side shows it
            segment.ttl--;
            append(segments, segment);
        }
        if (is_held) { // captured when the one that overtook it is
            held.time = MAX(held.time, segment.time);
            append(segments, held);
        }
        is_held = false;
    }
    if (is_held)
        append(segments, held);
    return segments;
}

static gint compare_start(gconstpointer a, gconstpointer b)
{
    uint32_t x = ((const struct record *)a)->at[AT_START].frame;
    uint32_t y = ((const struct record *)b)->at[AT_START].frame;
    return x < y ? -1 : x > y;
}

struct outcome *outcome_new(const GArray *segments)
{
    struct outcome *outcome = g_new0(struct outcome, 1);
    outcome->names = names_new(&limits_default);
    outcome->records = g_array_new(FALSE, TRUE, sizeof(struct record));
    struct engine_options options = {NULL};
    struct engine *engine = engine_new(&limits_default, outcome->names, &options);
    struct record record;
    int64_t clock = 0;
    for (guint i = 0; i < segments->len; i++) {
        struct segment segment = g_array_index(segments, struct segment, i);
        // Exactly its bytes: a sanitizer sees one too many, and one kept beyond the call.
        uint8_t *bytes = g_memdup2(segment.payload.at, segment.payload.length);
        segment.payload.at = bytes;
        segment.clock = clock = MAX(clock, segment.time);
        engine_take(engine, &segment, 1);
        g_free(bytes);
        while (engine_next(engine, &record))
            g_array_append_val(outcome->records, record);
    }
    engine_finish(engine);
    while (engine_next(engine, &record))
        g_array_append_val(outcome->records, record);
    g_array_sort(outcome->records, compare_start);
    outcome->counts = engine_counts(engine);
    outcome->exchanges = engine_exchanges(engine)->count;
    engine_free(engine);
    return outcome;
}

void outcome_free(struct outcome *outcome)
{
    g_array_free(outcome->records, TRUE);
    names_free(outcome->names);
    g_free(outcome);
}

char *conversation_folder(void)
{
    const char *srcdir = getenv("srcdir"); // automake's, when built elsewhere
    return g_build_filename(srcdir ? srcdir : ".", "tests", "conversations", NULL);
}

static gint compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *conversation_files(void)
{
    g_autofree char *folder = conversation_folder();
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (g_str_has_suffix(name, ".txt"))
            g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(paths, compare_paths);
    return paths;
}
