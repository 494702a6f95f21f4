// SPDX-License-Identifier: BSD-2-Clause
// Idle timeouts that collide: one pass over the verdicts for the requests that raced, one over the
// exchanges for those that nearly did and for retries.
#include "judge/conflicts.h"

#include "judge/cluster.h"
#include "judge/setting_lookup.h"

#define CONFLICTS_MOST 1000
#define RETRY_WITHIN   (100 * NANOS_PER_MS) // libraries retry at once; later it is another request
#define RETRY_LOOKS    64 // races within that time that a later request is compared with

// A request that crossed the server's close.
struct race {
    uint32_t pair, record;
    int64_t begin;  // of its exchange; NANOS_UNKNOWN when that was not kept
    int64_t failed; // RST, or the server's close
    bool is_idempotent, is_retried;
};

struct clash {
    struct conflict conflict;
    int64_t near;          // idle stays from here on nearly race
    uint32_t first, count; // races
};

struct search {
    const struct analysis *analysis;
    const struct exchange_log *log;
    struct clash *clashes; // [pairs]
    GArray *races;         // struct race, by pair and time of failure
    int64_t *ends;         // [records] end of the exchange before
};

static const uint64_t race_causes = UINT64_C(1) << CAUSE_KEEPALIVE_RACE | UINT64_C(1)
                                                                              << CAUSE_STALE_REUSE;

static gint compare_races(gconstpointer a, gconstpointer b)
{
    const struct race *x = a, *y = b;
    if (x->pair != y->pair)
        return x->pair < y->pair ? -1 : 1;
    if (x->failed != y->failed)
        return x->failed < y->failed ? -1 : 1;
    return x->record < y->record ? -1 : x->record > y->record;
}

static void collect_races(struct search *s)
{
    if (!pairs_have(s->analysis->pairs, race_causes))
        return;
    for (size_t i = 0; i < s->analysis->record_count; i++) {
        const struct record *r = &s->analysis->records[i];
        if (!(race_causes >> s->analysis->verdicts[i].cause & 1))
            continue;
        struct race race = {
            .pair = s->analysis->pair_of[i],
            .record = (uint32_t)i,
            .begin = NANOS_UNKNOWN,
            .failed = moment_is_set(r->at[AT_RST]) ? r->at[AT_RST].time : record_close(r).time,
        };
        struct clash *clash = &s->clashes[race.pair];
        clash->conflict.raced++;
        clash->conflict.acknowledged += record_has(r, FACT_HALF_CLOSE);
        g_array_append_val(s->races, race);
    }
    g_array_sort(s->races, compare_races);
    for (guint i = 0; i < s->races->len; i++) {
        struct clash *clash = &s->clashes[g_array_index(s->races, struct race, i).pair];
        if (clash->count++ == 0)
            clash->first = i;
    }
}

// A client timeout that stays clear of the server's by its own tightness and a second: whole
// seconds where there are any to spare. What the server announces counts when it is shorter.
static int64_t advice_for(const struct setting *server)
{
    int64_t least = server->low;
    if (server->advertised != NANOS_UNKNOWN && server->advertised > 0)
        least = MIN(least, server->advertised);
    int64_t advice = least - MAX(NANOS_PER_SECOND, cluster_tight(least));
    if (advice < NANOS_PER_SECOND)
        return MAX(least / 2 / (100 * NANOS_PER_MS) * (100 * NANOS_PER_MS), least / 4);
    return advice / NANOS_PER_SECOND * NANOS_PER_SECOND;
}

// Closes of idle connections by the server show that the client would have kept them for longer.
static void clash_init(struct clash *clash, uint32_t index, const struct pair *pair,
                       const struct setting_lookup *lookup)
{
    const struct setting *client = setting_lookup_find(lookup, pair, CLIENT, SETTING_IDLE_TIMEOUT);
    const struct setting *server = setting_lookup_find(lookup, pair, SERVER, SETTING_IDLE_TIMEOUT);
    *clash = (struct clash){
        .conflict = {.pair = index,
                     .client_value = client ? client->value : NANOS_UNKNOWN,
                     .server_value = server ? server->value : NANOS_UNKNOWN,
                     .advice = server ? advice_for(server) : NANOS_UNKNOWN},
        .near = INT64_MAX,
    };
    bool outlives = client ? server && client->value > server->value
                           : server && pair_closes(pair, CAUSE_SERVER_IDLE_TIMEOUT) > 0;
    if (!outlives || pair->is_probe)
        return;
    int64_t round_trip = CLAMP(pair->handshake, 0, server->value / 2); // unknown is below 0
    clash->near = server->value - MAX(2 * round_trip, cluster_tight(server->value));
}

// The first later request of the pair on another connection, of the same kind, counts as the retry.
static void mark_retry(const struct search *s, const struct clash *clash,
                       const struct exchange *exchange, size_t record)
{
    guint low = clash->first, end = clash->first + clash->count;
    while (low < end) {
        guint middle = low + (end - low) / 2;
        if (g_array_index(s->races, struct race, middle).failed + RETRY_WITHIN < exchange->begin)
            low = middle + 1;
        else
            end = middle;
    }
    guint most = MIN(clash->first + clash->count, low + RETRY_LOOKS);
    for (guint i = low; i < most; i++) {
        struct race *race = &g_array_index(s->races, struct race, i);
        if (race->failed > exchange->begin)
            return;
        if (race->is_retried || race->record == record || race->begin == NANOS_UNKNOWN ||
            race->is_idempotent != exchange->is_idempotent)
            continue;
        race->is_retried = true;
        return;
    }
}

// The raced requests' own exchanges have no end; the last one of the connection is it.
static void find_raced(const struct search *s)
{
    const struct exchange *exchanges = s->log->exchanges;
    GHashTable *races = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < s->races->len; i++) {
        struct race *race = &g_array_index(s->races, struct race, i);
        uint32_t frame = s->analysis->records[race->record].at[AT_START].frame;
        g_hash_table_insert(races, GUINT_TO_POINTER(frame), race);
    }
    for (size_t i = 0; i < s->log->count && s->races->len > 0; i++) {
        if (exchanges[i].end != NANOS_UNKNOWN)
            continue;
        struct race *race = g_hash_table_lookup(races, GUINT_TO_POINTER(exchanges[i].connection));
        if (!race || exchanges[i].begin < race->begin)
            continue;
        race->begin = exchanges[i].begin;
        race->is_idempotent = exchanges[i].is_idempotent;
    }
    g_hash_table_destroy(races);
}

static void walk_exchanges(const struct search *s)
{
    for (size_t i = 0; i < s->log->count; i++) {
        const struct exchange *exchange = &s->log->exchanges[i];
        size_t record = s->log->owner[i];
        if (record == s->analysis->record_count)
            continue;
        struct clash *clash = &s->clashes[s->analysis->pair_of[record]];
        bool is_answered = exchange->end != NANOS_UNKNOWN && s->ends[record] != NANOS_UNKNOWN;
        if (clash->near != INT64_MAX && is_answered)
            clash->conflict.would_race += exchange->begin - s->ends[record] >= clash->near;
        if (clash->count > 0)
            mark_retry(s, clash, exchange, record);
        s->ends[record] = exchange->end;
    }
    for (guint i = 0; i < s->races->len; i++) {
        const struct race *race = &g_array_index(s->races, struct race, i);
        struct conflict *conflict = &s->clashes[race->pair].conflict;
        conflict->retried += race->is_retried;
        conflict->not_idempotent += race->begin != NANOS_UNKNOWN && !race->is_idempotent;
    }
}

static gint compare_conflicts(gconstpointer a, gconstpointer b)
{
    const struct conflict *x = a, *y = b;
    if (x->raced != y->raced)
        return x->raced < y->raced ? 1 : -1;
    if (x->would_race != y->would_race)
        return x->would_race < y->would_race ? 1 : -1;
    return x->pair < y->pair ? -1 : x->pair > y->pair;
}

GArray *conflicts_new(const struct analysis *analysis, const struct exchange_log *log)
{
    GArray *conflicts = g_array_new(FALSE, TRUE, sizeof(struct conflict));
    guint pairs = analysis->pairs->len;
    struct setting_lookup *lookup = setting_lookup_new(analysis->settings);
    struct search s = {
        .analysis = analysis,
        .log = log,
        .clashes = g_new(struct clash, pairs + 1),
        .races = g_array_new(FALSE, FALSE, sizeof(struct race)),
    };
    bool is_any = false;
    for (guint p = 0; p < pairs; p++) {
        clash_init(&s.clashes[p], p, &g_array_index(analysis->pairs, struct pair, p), lookup);
        is_any |= s.clashes[p].near != INT64_MAX;
    }
    collect_races(&s);
    if (is_any || s.races->len > 0) {
        s.ends = g_new(int64_t, analysis->record_count);
        for (size_t i = 0; i < analysis->record_count; i++)
            s.ends[i] = NANOS_UNKNOWN;
        find_raced(&s);
        walk_exchanges(&s);
        g_free(s.ends);
    }
    for (guint p = 0; p < pairs; p++) {
        if (s.clashes[p].near != INT64_MAX || s.clashes[p].conflict.raced > 0)
            g_array_append_val(conflicts, s.clashes[p].conflict);
    }
    g_array_sort(conflicts, compare_conflicts);
    g_array_set_size(conflicts, MIN(conflicts->len, CONFLICTS_MOST));
    g_array_free(s.races, TRUE);
    g_free(s.clashes);
    setting_lookup_free(lookup);
    return conflicts;
}
