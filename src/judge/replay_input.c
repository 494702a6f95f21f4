// SPDX-License-Identifier: BSD-2-Clause
// Chooses the pools and turns their connections and exchanges into requests of a pool.
#include "judge/replay_input.h"

#include "base/pages.h"
#include "judge/thresholds.h"
#include "judge/what_if.h"

#define NO_REQUEST UINT32_MAX

// What is known of one connection while its exchanges are met in order.
struct track {
    uint32_t group;        // or GROUP_NONE
    uint32_t last, before; // index of its last requests in the group, or NO_REQUEST
};

#define AHEAD 64 // exchanges whose connections are fetched

struct replay_input {
    const struct analysis *analysis;
    struct replay_choice choice;
    struct track *tracks; // [records]
    size_t total;
};

static const struct pair *pair_at(const struct analysis *analysis, uint32_t index)
{
    return &g_array_index(analysis->pairs, struct pair, index);
}

// Room for the requests that are to come, and for what connections add to them.
static void groups_make_room(struct replay_input *g)
{
    size_t room[WHAT_IF_PAIRS] = {0}, more[WHAT_IF_PAIRS] = {0};
    for (uint32_t p = 0; p < g->analysis->pairs->len; p++) {
        const struct totals *totals = &pair_at(g->analysis, p)->totals;
        uint32_t group = g->choice.group_of[p];
        if (group == GROUP_NONE)
            continue;
        room[group] += MIN(totals->requests, WHAT_IF_EXCHANGES - room[group]);
        more[group] += totals->connections;
    }
    for (guint i = 0; i < g->choice.groups->len; i++) {
        struct replay_group *group = &g_array_index(g->choice.groups, struct replay_group, i);
        group->requests = g_array_new(FALSE, FALSE, sizeof(struct replay_request));
        g_array_set_size(group->requests, (guint)MAX(room[i] + more[i], 1));
        pages_ask(group->requests->data, room[i] * sizeof(struct replay_request));
    }
}

static void tracks_begin(struct replay_input *g)
{
    for (size_t i = 0; i < g->analysis->record_count; i++)
        g->tracks[i] = (struct track){
            .group = g->analysis->verdicts[i].is_probe
                         ? GROUP_NONE
                         : g->choice.group_of[g->analysis->pair_of[i]],
            .last = NO_REQUEST,
            .before = NO_REQUEST,
        };
}

static struct replay_request *request_at(const struct replay_group *group, uint32_t index)
{
    return &g_array_index(group->requests, struct replay_request, index);
}

// A new one, to be filled in.
static struct replay_request *request_append(struct replay_group *group)
{
    if (group->count == group->requests->len)
        g_array_set_size(group->requests, 2 * group->count);
    return request_at(group, group->count++);
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
static void dial_add(struct replay_input *g, struct replay_group *group, size_t record,
                     enum replay_kind kind, int64_t next)
{
    const struct record *r = &g->analysis->records[record];
    *request_append(group) = (struct replay_request){
        .begin = r->at[AT_START].time,
        .end = kind == REPLAY_UNUSED ? next : r->at[AT_ESTABLISHED].time,
        .next = next,
        .host = g->choice.host_of[g->analysis->pair_of[record]],
        .connection = (uint32_t)record,
        .kind = kind,
    };
}

// Its first request came later than the handshake explains: it was opened for another one, which
// an older connection served meanwhile.
static bool is_spare(const struct record *r, int64_t first)
{
    return moment_is_set(r->at[AT_ESTABLISHED]) && first - r->at[AT_ESTABLISHED].time > AT_ONCE;
}

// When the client wanted a connection for the first request, for which it dialled unless it had
// one.
static int64_t first_begin(struct replay_input *g, struct replay_group *group, size_t record,
                           int64_t begin)
{
    const struct record *r = &g->analysis->records[record];
    if (is_seeded(r))
        return begin;
    if (!is_spare(r, begin))
        return r->at[AT_START].time;
    dial_add(g, group, record, REPLAY_DIAL, begin);
    return begin;
}

static void request_add(struct replay_input *g, struct replay_group *group, size_t record,
                        const struct exchange *exchange)
{
    struct track *track = &g->tracks[record];
    int64_t begin = exchange->begin;
    int64_t end = exchange->end == NANOS_UNKNOWN ? INT64_MAX : exchange->end;
    if (track->last == NO_REQUEST) {
        begin = first_begin(g, group, record, begin);
    } else {
        struct replay_request *before = request_at(group, track->last);
        if (begin < before->end) { // pipelined: one stay
            before->end = MAX(before->end, end);
            return;
        }
        before->next = begin;
    }
    track->before = track->last;
    track->last = group->count;
    // Filled in where it lies: to copy what was just written makes the processor wait.
    *request_append(group) = (struct replay_request){
        .begin = begin,
        .end = end,
        .next = INT64_MAX,
        .host = g->choice.host_of[g->analysis->pair_of[record]],
        .connection = (uint32_t)record,
        .kind = REPLAY_REQUEST,
    };
    g->total++;
}

// What request_add() reads of a connection's record when it meets its first exchange.
static void record_fetch(const struct replay_input *g, size_t record)
{
    const struct record *r = &g->analysis->records[record];
    if (record == g->analysis->record_count || g->tracks[record].last != NO_REQUEST)
        return;
    __builtin_prefetch(&r->facts);
    __builtin_prefetch(&r->at[AT_START]);
    __builtin_prefetch(&r->at[AT_ESTABLISHED]);
}

static void gather_exchanges(struct replay_input *g, const struct exchange_log *log)
{
    for (size_t i = 0; i < log->count; i++) {
        const struct exchange *exchange = &log->exchanges[i];
        size_t record = log->owner[i];
        if (i + AHEAD < log->count)
            record_fetch(g, log->owner[i + AHEAD]);
        if (record == g->analysis->record_count)
            continue;
        uint32_t found = g->tracks[record].group;
        if (found == GROUP_NONE)
            continue;
        struct replay_group *group = &g_array_index(g->choice.groups, struct replay_group, found);
        if (group->count >= WHAT_IF_EXCHANGES || g->total >= WHAT_IF_TOTAL)
            group->horizon = MIN(group->horizon, exchange->begin);
        else
            request_add(g, group, record, exchange);
    }
}

// A request that met the server's close: its client sends it again, which is a request of its own.
static void leave_out(struct replay_group *group, struct track *track)
{
    struct replay_request *last = request_at(group, track->last);
    last->begin = last->end = INT64_MAX;
    track->last = track->before;
}

// The pool had the connection until something else closed it.
static void end_add(struct replay_group *group, const struct replay_request *last, int64_t close,
                    bool leaves_wait)
{
    uint32_t host = last->host, connection = last->connection; // which may move
    *request_append(group) = (struct replay_request){
        .begin = close,
        .end = INT64_MAX,
        .next = INT64_MAX,
        .host = host,
        .connection = connection,
        .kind = REPLAY_END,
        .leaves_wait = leaves_wait,
    };
}

// The connection's close, its opening, and its spare dials.
static void settle_record(struct replay_input *g, struct replay_group *group, size_t i)
{
    const struct record *r = &g->analysis->records[i];
    const struct verdict *v = &g->analysis->verdicts[i];
    struct track *track = &g->tracks[i];
    uint32_t host = g->choice.host_of[g->analysis->pair_of[i]];
    int64_t close = r->close_how == CLOSE_OPEN ? INT64_MAX : record_close(r).time;
    if (r->at[AT_START].time > group->horizon)
        return;
    if (is_seeded(r)) {
        *request_append(group) = (struct replay_request){
            .begin = g->analysis->first,
            .end = g->analysis->first,
            .next = moment_is_set(r->at[AT_FIRST_REQUEST]) ? r->at[AT_FIRST_REQUEST].time : close,
            .host = host,
            .connection = (uint32_t)i,
            .kind = REPLAY_SEED,
        };
    }
    group->opens += record_has(r, FACT_SYN) && record_has(r, FACT_ESTABLISHED) &&
                    (track->last != NO_REQUEST || v->cause == CAUSE_UNUSED_CONNECTION);
    if (track->last == NO_REQUEST) {
        if (v->cause != CAUSE_UNUSED_CONNECTION || !moment_is_set(r->at[AT_ESTABLISHED]))
            return;
        dial_add(g, group, i, REPLAY_UNUSED, close);
        return;
    }
    bool is_race = v->cause == CAUSE_KEEPALIVE_RACE || v->cause == CAUSE_STALE_REUSE;
    if (is_race && track->before != NO_REQUEST)
        leave_out(group, track);
    struct replay_request *last = request_at(group, track->last);
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
        struct replay_request *request = request_at(group, i);
        if (request->kind == REPLAY_REQUEST && request->end < INT64_MAX - AT_ONCE)
            request->end = MAX(request->end, MIN(request->end + group->delay, request->next));
    }
}

struct replay_input *replay_input_new(const struct analysis *analysis,
                                      const struct exchange_log *log)
{
    struct replay_input *g = g_new0(struct replay_input, 1);
    g->analysis = analysis;
    replay_choose(analysis, &g->choice);
    if (g->choice.groups->len == 0)
        return g;
    g->tracks = g_new(struct track, analysis->record_count + 1);
    tracks_begin(g);
    groups_make_room(g);
    gather_exchanges(g, log);
    return g;
}

const GArray *replay_input_settle(struct replay_input *g)
{
    GArray *groups = g->choice.groups;
    replay_set(g->analysis, groups);
    for (size_t i = 0; i < g->analysis->record_count && groups->len > 0; i++)
        if (g->tracks[i].group != GROUP_NONE)
            settle_record(g, &g_array_index(groups, struct replay_group, g->tracks[i].group), i);
    for (guint i = 0; i < groups->len; i++) {
        struct replay_group *group = &g_array_index(groups, struct replay_group, i);
        g_array_set_size(group->requests, group->count);
        apply_delays(group);
    }
    return groups;
}

void replay_input_free(struct replay_input *g)
{
    if (!g)
        return;
    for (guint i = 0; i < g->choice.groups->len; i++)
        g_array_free(g_array_index(g->choice.groups, struct replay_group, i).requests, TRUE);
    replay_choice_clear(&g->choice);
    g_free(g->tracks);
    g_free(g);
}
