// SPDX-License-Identifier: BSD-2-Clause
// Segments in, connection records out: finds each segment's flow, lets closed flows linger for
// late segments, and hands out records.
#include "engine/engine.h"

#include "engine/close.h"
#include "engine/duplicates.h"
#include "engine/leaving.h"
#include "engine/naming.h"
#include "engine/orient.h"
#include "engine/refusals.h"
#include "engine/seams.h"
#include "engine/stream.h"
#include "engine/table.h"
#include "engine/taking.h"
#include "engine/tcp.h"
#include "engine/waiting.h"

#define EVICTION_LOOKS 64 // flows looked at for the idlest one
#define ENGINE_BATCH   64 // segments whose flows are fetched into the cache together

// Clients try to connect for 127 s at most (Linux); an answer takes no second.
#define SYN_TRIES    (127 * NANOS_PER_SECOND)
#define SYN_PATIENCE (3 * NANOS_PER_SECOND)

struct engine {
    struct context context;
    struct table *table;
    struct duplicates duplicates;
    struct refusals refusals;
    struct engine_counts counts;
    struct seams seams;
    struct waiting_queue lingering; // closed flows, for late segments
    struct waiting_queue closed;    // the same ones, to be told sooner
    struct waiting_queue half_open; // flows that began with a SYN: some are answered meanwhile
    GArray *records;                // struct record, finished
    size_t handed_out;
    int64_t clock; // at the last segment that wasn't usual
    int64_t due;   // until then, closed flows needn't be looked at
    uint32_t hand; // where the search for the idlest flow goes on
    struct leaving leaving;
};

struct engine *engine_new(const struct limits *limits, struct names *names,
                          const struct engine_options *options)
{
    struct engine *engine = g_new0(struct engine, 1);
    engine->context.limits = *limits;
    engine->context.names = names;
    engine->context.http_ports = options ? options->http_ports : NULL;
    exchanges_init(&engine->context.exchanges);
    engine->table = table_new(limits->connections_open);
    engine->records = g_array_new(FALSE, FALSE, sizeof(struct record));
    engine->hand = engine->leaving.last = TABLE_NONE;
    engine->seams.all = g_array_new(FALSE, FALSE, sizeof(struct seam));
    waiting_init(&engine->lingering);
    waiting_init(&engine->closed);
    waiting_init(&engine->half_open);
    return engine;
}

void engine_free(struct engine *engine)
{
    struct record record;
    engine_finish(engine);
    while (engine_next(engine, &record))
        continue;
    table_free(engine->table);
    targets_free(engine->context.targets);
    flow_free_spares(&engine->context);
    exchanges_end(&engine->context.exchanges);
    g_array_free(engine->records, TRUE);
    g_array_free(engine->seams.all, TRUE);
    g_free(engine);
}

static void tell(struct engine *engine, struct flow *flow)
{
    if (engine->handed_out == engine->records->len)
        engine->handed_out = engine->records->len = 0;
    g_array_append_vals(engine->records, leaving_settle(&engine->context, flow), 1);
    flow->flags |= FLOW_TOLD;
}

static void finish(struct engine *engine, struct flow *flow)
{
    if (!flow_is(flow, FLOW_TOLD))
        tell(engine, flow);
    table_remove(engine->table, flow);
}

static struct waiting entry_of(const struct engine *engine, struct flow *flow)
{
    return (struct waiting){engine->clock, flow, flow->record.at[AT_START].frame};
}

// Finishes the closed flow that has lingered longest, when it is still there.
static void finish_oldest(struct engine *engine)
{
    struct flow *flow = waiting_flow(waiting_take(&engine->lingering));
    if (flow && flow_is(flow, FLOW_ENDED))
        finish(engine, flow);
}

// Hands out records before their flows have lingered to the end.
static void tell_closed(struct engine *engine, int64_t now)
{
    while (waiting_due(&engine->closed, engine->context.limits.tell_ns) < now) {
        struct flow *flow = waiting_flow(waiting_take(&engine->closed));
        if (flow && flow_is(flow, FLOW_ENDED) && !flow_is(flow, FLOW_TOLD))
            tell(engine, flow);
    }
}

static void finish_lingering(struct engine *engine, int64_t now)
{
    if (engine->closed.count)
        tell_closed(engine, now);
    while (waiting_due(&engine->lingering, engine->context.limits.linger_ns) < now)
        finish_oldest(engine);
    engine->due = MIN(waiting_due(&engine->lingering, engine->context.limits.linger_ns),
                      waiting_due(&engine->closed, engine->context.limits.tell_ns));
}

static void let_linger(struct engine *engine, struct flow *flow)
{
    *waiting_add(&engine->lingering) = entry_of(engine, flow);
    if (engine->context.limits.tell_ns)
        *waiting_add(&engine->closed) = entry_of(engine, flow);
    finish_lingering(engine, engine->clock); // that is due later
}

// Drops a flow for want of room.
static void drop(struct engine *engine, struct flow *flow)
{
    flow_note(flow, FACT_LIMITED);
    engine->counts.evicted++;
    finish(engine, flow);
}

// Finishes a connection that was never answered; when its client may try on, that is a loss.
static void finish_half_open(struct engine *engine, struct waiting entry)
{
    struct flow *flow = waiting_flow(entry);
    if (!flow || !tcp_is_half_open(flow))
        return;
    if (engine->clock - flow->record.at[AT_END].time < SYN_TRIES)
        drop(engine, flow);
    else
        finish(engine, flow);
}

// The queue is full: who opened leaves it; of too many without an answer the oldest are finished.
static void limit_half_open(struct engine *engine)
{
    struct waiting_queue *queue = &engine->half_open;
    uint32_t most = engine->context.limits.half_open;
    bool is_most = queue->count >= most;
    for (uint32_t left = queue->count; left > 0; left--) {
        struct waiting entry = waiting_take(queue);
        const struct flow *flow = waiting_flow(entry);
        if (flow && tcp_is_half_open(flow))
            *waiting_add(queue) = entry;
    }
    while (is_most && queue->count > most - most / 4)
        finish_half_open(engine, waiting_take(queue));
    if (queue->count > queue->room / 2)
        waiting_widen(queue);
}

static struct flow *idlest_of_next(struct engine *engine)
{
    struct flow *idlest = NULL;
    for (int looks = 0; looks < EVICTION_LOOKS; looks++) {
        engine->hand = table_after(engine->table, engine->hand);
        if (engine->hand == TABLE_NONE)
            continue;
        struct flow *flow = table_flow(engine->table, engine->hand);
        if (!idlest || flow->record.at[AT_END].time < idlest->record.at[AT_END].time)
            idlest = flow;
    }
    return idlest;
}

// Makes room: a connection that waits for its answer in vain goes first, then a closed one, else
// the idlest of the next few.
static void evict(struct engine *engine)
{
    uint32_t before = table_count(engine->table);
    while (engine->half_open.count && table_count(engine->table) == before &&
           engine->clock - waiting_oldest(&engine->half_open).since >= SYN_PATIENCE)
        finish_half_open(engine, waiting_take(&engine->half_open));
    while (engine->lingering.count && table_count(engine->table) == before)
        finish_oldest(engine);
    struct flow *idlest = table_count(engine->table) < before ? NULL : idlest_of_next(engine);
    if (idlest)
        drop(engine, idlest);
}

static struct flow *begin(struct engine *engine, const struct segment *segment, uint64_t hash)
{
    if (table_count(engine->table) >= engine->context.limits.connections_open)
        evict(engine);
    struct flow *flow = table_add(engine->table, hash);
    if (!flow)
        return NULL;
    tcp_begin(flow, segment);
    if ((segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN) {
        if (engine->half_open.count >=
            MIN(engine->half_open.room, engine->context.limits.half_open))
            limit_half_open(engine);
        *waiting_add(&engine->half_open) = entry_of(engine, flow);
    }
    return flow;
}

// The flow that this segment belongs to; NULL when it belongs to none and begins none.
static struct flow *find_or_begin(struct engine *engine, const struct segment *segment,
                                  const struct place *place)
{
    struct flow *flow = table_find(engine->table, segment, place);
    if (flow && segment->flags & TCP_SYN && tcp_begins_anew(flow, segment)) {
        finish(engine, flow);
        flow = NULL;
    }
    if (!flow && tcp_begins(segment))
        flow = begin(engine, segment, place->hash);
    return flow;
}

static void take_duplicate(struct engine *engine, const struct segment *segment,
                           const struct place *place)
{
    struct flow *flow = table_find(engine->table, segment, place);
    engine->counts.duplicates++;
    if (!flow)
        return;
    flow_note(flow, FACT_DUPLICATES);
    orient_annotate(flow, segment);
}

// A SYN whose answer was captured first.
static void take_refusal(struct engine *engine, struct flow *flow, const struct segment *syn)
{
    struct segment answer;
    if (!refusals_take(&engine->refusals, syn, &answer))
        return;
    tcp_take(&engine->context, flow, &answer);
    engine->counts.strays--;
}

static void take_unusual(struct engine *engine, const struct segment *segment,
                         const struct place *place)
{
    engine->clock = segment->clock;
    struct flow *flow = find_or_begin(engine, segment, place);
    if (!flow) {
        engine->counts.strays++;
        refusals_note(&engine->refusals, segment);
        return;
    }
    if (flow_is(flow, FLOW_TOLD))
        return;
    orient_annotate(flow, segment);
    if (flow->record.at[AT_END].frame <= engine->seams.frame)
        seams_pass(&engine->seams, flow, segment);
    bool was_ended = flow_is(flow, FLOW_ENDED);
    bool is_syn = (segment->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    if (!is_syn || !taking_first_syn(flow, segment))
        tcp_take(&engine->context, flow, segment);
    if (is_syn)
        take_refusal(engine, flow, segment);
    if (!was_ended && flow_is(flow, FLOW_ENDED))
        let_linger(engine, flow);
}

// What take_unusual() would do, where all is as it mostly is.
static bool take_usual(struct engine *engine, const struct segment *segment, struct flow *flow)
{
    return segment->note == 0 && flow->record.at[AT_END].frame > engine->seams.frame &&
           (flow_is(flow, FLOW_STEADY) ? taking_usual(&engine->context, flow, segment)
                                       : taking_brief(flow, segment));
}

static void take(struct engine *engine, const struct segment *segment, const struct place *place)
{
    if (segment->clock > engine->due)
        finish_lingering(engine, segment->clock);
    if (duplicates_check(&engine->duplicates, segment, place->hash))
        take_duplicate(engine, segment, place);
    else if (!place->likely || !take_usual(engine, segment, place->likely))
        take_unusual(engine, segment, place);
}

void engine_wait(struct engine *engine, int64_t now)
{
    finish_lingering(engine, now);
}

void engine_take(struct engine *engine, const struct segment *segments, size_t count)
{
    struct place places[ENGINE_BATCH];
    engine->counts.segments += count;
    if (count > 0 && segments->part != engine->seams.part)
        seams_begin(&engine->seams, segments);
    for (size_t length; count > 0; count -= length, segments += length) {
        length = MIN(count, ENGINE_BATCH);
        table_seek(engine->table, segments, length, places);
        for (size_t i = 0; i < length; i++)
            take(engine, &segments[i], &places[i]);
    }
}

void engine_finish(struct engine *engine)
{
    leaving_begin(&engine->leaving, engine->table);
    waiting_clear(&engine->lingering);
    waiting_clear(&engine->closed);
    waiting_clear(&engine->half_open);
}

void engine_settle(struct engine *engine)
{
    leaving_settle_all(&engine->leaving, &engine->context);
}

const struct record *engine_head(const struct engine *engine)
{
    if (engine->handed_out < engine->records->len)
        return &g_array_index(engine->records, struct record, engine->handed_out);
    const struct flow *flow = leaving_head(&engine->leaving);
    return flow ? &flow->record : NULL;
}

bool engine_next(struct engine *engine, struct record *record)
{
    if (engine->handed_out < engine->records->len) {
        *record = g_array_index(engine->records, struct record, engine->handed_out++);
        return true;
    }
    struct flow *flow = leaving_take(&engine->leaving, &engine->context);
    if (flow)
        *record = flow->record;
    return flow != NULL;
}

size_t engine_waiting(const struct engine *engine)
{
    return engine->records->len - engine->handed_out + engine->leaving.left;
}

void engine_give(struct engine *engine, struct pages *pages)
{
    engine->leaving.pages = pages;
}

bool engine_peek(const struct engine *engine, uint32_t *place, struct record *record)
{
    _Static_assert(ENGINE_BEGIN == TABLE_NONE, "a place is an index of the table");
    // At the end, those up to the last that left have become records.
    uint32_t index = *place == ENGINE_BEGIN ? engine->leaving.last : *place;
    while ((index = table_after(engine->table, index)) != TABLE_NONE) {
        naming_settle(&engine->context, table_flow(engine->table, index));
        struct flow flow = *table_flow(engine->table, index);
        if (!record_has(&flow.record, FACT_ESTABLISHED) || flow_is(&flow, FLOW_TOLD))
            continue;
        close_describe(&flow);
        *record = flow.record;
        *place = index;
        return true;
    }
    return false;
}

const struct seam *engine_seams(const struct engine *engine, size_t *count)
{
    *count = engine->seams.all->len;
    return (const struct seam *)engine->seams.all->data;
}

struct exchanges *engine_exchanges(struct engine *engine)
{
    return &engine->context.exchanges;
}

uint32_t engine_open(const struct engine *engine)
{
    return table_count(engine->table);
}

struct engine_counts engine_counts(const struct engine *engine)
{
    struct engine_counts counts = engine->counts;
    counts.exchanges_dropped = engine->context.exchanges_dropped;
    counts.names_refused = names_refused(engine->context.names);
    return counts;
}
