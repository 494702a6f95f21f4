// SPDX-License-Identifier: BSD-2-Clause
// Chooses the pools and turns their connections and exchanges into requests of a pool.
#include "judge/replay_input.h"

#include <string.h>

#include "judge/setting_lookup.h"
#include "judge/settings.h"
#include "judge/thresholds.h"
#include "judge/what_if.h"

#define GROUP_NONE UINT32_MAX

// What is known of one connection while its exchanges are met in order.
struct track {
    uint32_t last, before; // index of its last requests in the group, or UINT32_MAX
};

#define AHEAD 16 // exchanges whose connections are fetched

struct gathering {
    const struct analysis *analysis;
    GArray *groups;       // struct replay_group
    uint32_t *group_of;   // [pairs]
    uint32_t *host_of;    // [pairs] host within the group
    struct track *tracks; // [records]
    size_t total;
};

static const struct pair *pair_at(const struct analysis *analysis, uint32_t index)
{
    return &g_array_index(analysis->pairs, struct pair, index);
}

static bool has_cause(const struct pair *pair, enum cause cause)
{
    for (guint i = 0; pair->causes && i < pair->causes->len; i++)
        if (g_array_index(pair->causes, struct cause_row, i).cause == cause)
            return true;
    return false;
}

// A sweep closes what has been idle for the timeout or longer: what it has not met yet is as good
// as closed, as its next request has shown.
static int64_t timeout_of(const struct setting *setting)
{
    if (!setting)
        return INT64_MAX;
    bool is_swept = setting->high - setting->low > settings_tightness(setting->value);
    return is_swept ? setting->low : setting->value;
}

static struct pool_setting captured_setting(const struct setting_lookup *lookup,
                                            const struct pair *pair)
{
    bool is_total = has_cause(pair, CAUSE_CLIENT_POOL_LIMIT_TOTAL);
    const struct setting *limit = setting_lookup_find(
        lookup, pair, CLIENT, is_total ? SETTING_POOL_LIMIT_TOTAL : SETTING_POOL_LIMIT);
    const struct setting *idle = setting_lookup_find(lookup, pair, CLIENT, SETTING_IDLE_TIMEOUT);
    const struct setting *server = setting_lookup_find(lookup, pair, SERVER, SETTING_IDLE_TIMEOUT);
    const struct setting *most = setting_lookup_find(lookup, pair, SERVER, SETTING_MAX_REQUESTS);
    struct pool_setting setting = {
        .model = is_total ? POOL_TOTAL : POOL_PER_HOST,
        .limit = limit ? (uint32_t)MIN(limit->value, UINT32_MAX - 1) : UINT32_MAX,
        .idle_timeout = timeout_of(idle),
        .server_timeout = timeout_of(server),
        .max_requests = most ? (uint32_t)MIN(most->value, UINT32_MAX - 1) : 0,
    };
    // Connections that were left idle for good are as good as closed after each request.
    if (has_cause(pair, CAUSE_LEAKED_CONNECTION) && !limit)
        setting.limit = 0;
    return setting;
}

static bool is_worth(const struct pair *pair)
{
    return !pair->is_probe && pair->totals.requests >= 2 && pair->totals.connections >= 2;
}

static uint32_t group_add(struct gathering *g, uint32_t pair, struct pool_setting captured)
{
    const struct pair *first = pair_at(g->analysis, pair);
    uint64_t closes = pair_closes(first, CAUSE_CLIENT_POOL_LIMIT) +
                      pair_closes(first, CAUSE_CLIENT_POOL_LIMIT_TOTAL);
    bool is_limited = closes > 0 && closes * 2 >= first->totals.connections;
    struct replay_group group = {
        .pair = pair,
        .captured = captured,
        .lacks_limit = is_limited && captured.limit == UINT32_MAX,
        .delay = INT64_MAX,
        .horizon = g->analysis->last,
    };
    g_array_append_val(g->groups, group);
    return g->groups->len - 1;
}

// Pairs come with most connections first. A limit over all hosts makes one pool of all of its
// client's pairs.
static void groups_choose(struct gathering *g)
{
    struct setting_lookup *lookup = setting_lookup_new(g->analysis->settings);
    for (uint32_t p = 0; p < g->analysis->pairs->len; p++) {
        const struct pair *pair = pair_at(g->analysis, p);
        uint32_t found = GROUP_NONE;
        g->group_of[p] = GROUP_NONE;
        if (!is_worth(pair))
            continue;
        struct pool_setting captured = captured_setting(lookup, pair);
        for (uint32_t i = 0; i < g->groups->len && found == GROUP_NONE; i++) {
            const struct replay_group *group = &g_array_index(g->groups, struct replay_group, i);
            const struct pair *first = pair_at(g->analysis, group->pair);
            bool is_total = MAX(captured.model, group->captured.model) == POOL_TOTAL;
            if (is_total && memcmp(&first->client, &pair->client, sizeof pair->client) == 0)
                found = i;
        }
        if (found == GROUP_NONE && g->groups->len < WHAT_IF_PAIRS)
            found = group_add(g, p, captured);
        if (found == GROUP_NONE)
            continue;
        struct replay_group *group = &g_array_index(g->groups, struct replay_group, found);
        if (captured.model == POOL_TOTAL)
            group->captured = captured;
        g->group_of[p] = found;
        g->host_of[p] = group->hosts++;
    }
    setting_lookup_free(lookup);
}

// Room for the requests that are to come.
static void groups_make_room(struct gathering *g)
{
    guint room[WHAT_IF_PAIRS] = {0};
    for (uint32_t p = 0; p < g->analysis->pairs->len; p++)
        if (g->group_of[p] != GROUP_NONE)
            room[g->group_of[p]] += (guint)MIN(pair_at(g->analysis, p)->totals.requests,
                                               WHAT_IF_EXCHANGES - room[g->group_of[p]]);
    for (guint i = 0; i < g->groups->len; i++)
        g_array_index(g->groups, struct replay_group, i).requests =
            g_array_sized_new(FALSE, FALSE, sizeof(struct replay_request), room[i]);
}

// The closes that the pool's own settings explain; every other one happens at any setting.
static bool is_of_pool(const struct verdict *v, const struct pool_setting *captured)
{
    switch ((enum cause)v->cause) {
    case CAUSE_CLIENT_POOL_LIMIT:
    case CAUSE_CLIENT_POOL_LIMIT_TOTAL:
    case CAUSE_OPEN:
    case CAUSE_LEAKED_CONNECTION:
        return true;
    case CAUSE_CLIENT_IDLE_TIMEOUT:
        return captured->idle_timeout != INT64_MAX;
    case CAUSE_SERVER_IDLE_TIMEOUT:
        return captured->server_timeout != INT64_MAX;
    case CAUSE_SERVER_REQUEST_LIMIT:
        return captured->max_requests > 0;
    default:
        return false;
    }
}

static bool is_seeded(const struct record *r)
{
    return record_has(r, FACT_MIDSTREAM);
}

// A dial without a request: idle once it is established, until a request takes it, or its close.
static void dial_add(struct gathering *g, struct replay_group *group, size_t record,
                     enum replay_kind kind, int64_t next)
{
    const struct record *r = &g->analysis->records[record];
    struct replay_request dial = {
        .begin = r->at[AT_START].time,
        .end = kind == REPLAY_UNUSED ? next : r->at[AT_ESTABLISHED].time,
        .next = next,
        .host = g->host_of[g->analysis->pair_of[record]],
        .connection = (uint32_t)record,
        .kind = kind,
    };
    g_array_append_val(group->requests, dial);
}

// Its first request came later than the handshake explains: it was opened for another one, which
// an older connection served meanwhile.
static bool is_spare(const struct record *r, const struct exchange *first)
{
    return !is_seeded(r) && moment_is_set(r->at[AT_ESTABLISHED]) &&
           first->begin - r->at[AT_ESTABLISHED].time > AT_ONCE;
}

static void request_add(struct gathering *g, struct replay_group *group, size_t record,
                        const struct exchange *exchange)
{
    const struct record *r = &g->analysis->records[record];
    struct track *track = &g->tracks[record];
    bool is_first = track->last == UINT32_MAX, is_dialled = is_first && is_spare(r, exchange);
    struct replay_request request = {
        .begin = is_first && !is_seeded(r) && !is_dialled ? r->at[AT_START].time : exchange->begin,
        .end = exchange->end == NANOS_UNKNOWN ? INT64_MAX : exchange->end,
        .next = INT64_MAX,
        .host = g->host_of[g->analysis->pair_of[record]],
        .connection = (uint32_t)record,
        .kind = REPLAY_REQUEST,
    };
    if (is_dialled)
        dial_add(g, group, record, REPLAY_DIAL, exchange->begin);
    if (!is_first) {
        struct replay_request *before =
            &g_array_index(group->requests, struct replay_request, track->last);
        if (request.begin < before->end) { // pipelined: one stay
            before->end = MAX(before->end, request.end);
            return;
        }
        before->next = request.begin;
    }
    track->before = track->last;
    track->last = group->requests->len;
    g_array_append_val(group->requests, request);
    g->total++;
}

// What request_add() reads of a connection's record when it meets its first exchange.
static void record_fetch(const struct gathering *g, size_t record)
{
    const struct record *r = &g->analysis->records[record];
    if (record == g->analysis->record_count || g->tracks[record].last != UINT32_MAX)
        return;
    __builtin_prefetch(&r->facts);
    __builtin_prefetch(&r->at[AT_START]);
    __builtin_prefetch(&r->at[AT_ESTABLISHED]);
}

static void gather_exchanges(struct gathering *g, const struct exchange_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct exchange *exchange = &log->exchanges[i];
        size_t record = log->owner[i];
        if (i + AHEAD < log->count)
            record_fetch(g, log->owner[i + AHEAD]);
        if (record == g->analysis->record_count)
            continue;
        uint32_t found = g->group_of[g->analysis->pair_of[record]];
        if (found == GROUP_NONE || g->analysis->verdicts[record].is_probe)
            continue;
        struct replay_group *group = &g_array_index(g->groups, struct replay_group, found);
        if (group->requests->len >= WHAT_IF_EXCHANGES || g->total >= WHAT_IF_TOTAL)
            group->horizon = MIN(group->horizon, exchange->begin);
        else if (exchange->begin <= group->horizon)
            request_add(g, group, record, exchange);
    }
}

// A request that met the server's close: its client sends it again, which is a request of its own.
static void leave_out(struct replay_group *group, struct track *track)
{
    struct replay_request *last =
        &g_array_index(group->requests, struct replay_request, track->last);
    last->begin = last->end = INT64_MAX;
    track->last = track->before;
}

// The pool had the connection until something else closed it.
static void end_add(struct replay_group *group, const struct replay_request *last, int64_t close,
                    bool leaves_wait)
{
    struct replay_request end = {
        .begin = close,
        .end = INT64_MAX,
        .next = INT64_MAX,
        .host = last->host,
        .connection = last->connection,
        .kind = REPLAY_END,
        .leaves_wait = leaves_wait,
    };
    g_array_append_val(group->requests, end);
}

// The connection's close, its opening, and its spare dials.
static void settle_record(struct gathering *g, struct replay_group *group, size_t i)
{
    const struct record *r = &g->analysis->records[i];
    const struct verdict *v = &g->analysis->verdicts[i];
    struct track *track = &g->tracks[i];
    uint32_t host = g->host_of[g->analysis->pair_of[i]];
    int64_t close = r->close_how == CLOSE_OPEN ? INT64_MAX : record_close(r).time;
    if (r->at[AT_START].time > group->horizon)
        return;
    if (is_seeded(r)) {
        struct replay_request seed = {
            .begin = g->analysis->first,
            .end = g->analysis->first,
            .next = moment_is_set(r->at[AT_FIRST_REQUEST]) ? r->at[AT_FIRST_REQUEST].time : close,
            .host = host,
            .connection = (uint32_t)i,
            .kind = REPLAY_SEED,
        };
        g_array_append_val(group->requests, seed);
    }
    group->opens += record_has(r, FACT_SYN) && record_has(r, FACT_ESTABLISHED) &&
                    (track->last != UINT32_MAX || v->cause == CAUSE_UNUSED_CONNECTION);
    if (track->last == UINT32_MAX) {
        if (v->cause != CAUSE_UNUSED_CONNECTION || !moment_is_set(r->at[AT_ESTABLISHED]))
            return;
        dial_add(g, group, i, REPLAY_UNUSED, close);
        return;
    }
    bool is_race = v->cause == CAUSE_KEEPALIVE_RACE || v->cause == CAUSE_STALE_REUSE;
    if (is_race && track->before != UINT32_MAX)
        leave_out(group, track);
    struct replay_request *last =
        &g_array_index(group->requests, struct replay_request, track->last);
    if (v->cause == CAUSE_CLIENT_POOL_LIMIT && r->gap >= 0 && r->gap <= AT_ONCE)
        group->delay = MIN(group->delay, r->gap);
    if (r->close_by == CLOSE_BY_CLIENT && is_of_pool(v, &group->captured)) {
        group->captured.closes++;
        group->captured.resets += moment_is_set(r->at[AT_RST]);
    }
    last->next = close;
    if (is_of_pool(v, &group->captured) || close > group->horizon)
        return;
    bool leaves_wait = r->close_how == CLOSE_FIN && r->close_by == CLOSE_BY_CLIENT &&
                       !moment_is_set(r->at[AT_RST]); // which ends it
    if (last->end != INT64_MAX && close - last->end > AT_ONCE) {
        end_add(group, last, close, leaves_wait);
        return;
    }
    last->kind = REPLAY_LAST;
    last->leaves_wait = leaves_wait;
    if (last->end == INT64_MAX)
        last->end = MAX(close, last->begin);
}

// A connection is back in its pool when the client has read the response: the quickest of the
// pool's own closes tells how long that takes, others waited for a processor besides. It was back
// at the latest when its next request went out.
static void apply_delays(struct replay_group *group)
{
    if (group->delay == INT64_MAX)
        return;
    for (guint i = 0; i < group->requests->len; i++) {
        struct replay_request *request = &g_array_index(group->requests, struct replay_request, i);
        if (request->kind == REPLAY_REQUEST && request->end < INT64_MAX - AT_ONCE)
            request->end = MAX(request->end, MIN(request->end + group->delay, request->next));
    }
}

GArray *replay_groups_new(const struct analysis *analysis, const struct exchange_log *log)
{
    struct gathering g = {
        .analysis = analysis,
        .groups = g_array_new(FALSE, TRUE, sizeof(struct replay_group)),
        .group_of = g_new(uint32_t, analysis->pairs->len + 1),
        .host_of = g_new0(uint32_t, analysis->pairs->len + 1),
        .tracks = g_new(struct track, analysis->record_count + 1),
    };
    memset(g.tracks, 0xff, analysis->record_count * sizeof *g.tracks);
    groups_choose(&g);
    groups_make_room(&g);
    if (g.groups->len > 0)
        gather_exchanges(&g, log);
    for (size_t i = 0; i < analysis->record_count && g.groups->len > 0; i++) {
        uint32_t found = g.group_of[analysis->pair_of[i]];
        if (found != GROUP_NONE && !analysis->verdicts[i].is_probe)
            settle_record(&g, &g_array_index(g.groups, struct replay_group, found), i);
    }
    for (guint i = 0; i < g.groups->len; i++)
        apply_delays(&g_array_index(g.groups, struct replay_group, i));
    g_free(g.group_of);
    g_free(g.host_of);
    g_free(g.tracks);
    return g.groups;
}

void replay_groups_free(GArray *groups)
{
    for (guint i = 0; i < groups->len; i++) {
        struct replay_group *group = &g_array_index(groups, struct replay_group, i);
        g_array_free(group->requests, TRUE);
    }
    g_array_free(groups, TRUE);
}
