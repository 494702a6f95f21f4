// SPDX-License-Identifier: BSD-2-Clause
// Findings about pools and timers: limits, sharing, and idle timeouts that collide.
#include <math.h>
#include <string.h>

#include "judge/inquiry.h"

// Of a pair's opens, those with an idle connection at hand: at least this many and this share. The
// first ones of a burst find those idle that were just quicker, and two processes of equal pools
// behind one address have half.
#define UNSHARED_OPENS 9
#define UNSHARED_SHARE 0.8
#define UNSHARED_SAVES 2   // one pool would have opened half of the connections at most
#define RACED_SHARE    0.2 // more requests that met a close: the idle ones were dead already

static const struct setting *setting_of(const struct inquiry *inquiry,
                                        const struct finding *finding, enum side role,
                                        enum setting_kind kind)
{
    if (finding->pair_count == 0)
        return NULL;
    const struct pair *pair = inquiry_pair(inquiry, finding->pairs[0]);
    return setting_lookup_find(inquiry->settings, pair, role, kind);
}

static double setting_seconds(const struct setting *setting)
{
    return setting ? inquiry_seconds(setting->value) : NAN;
}

// The limit, and what a higher one would have done to the worst pair's pool.
static void describe_pool(struct inquiry *inquiry)
{
    struct finding *finding = &inquiry->drafts[FINDING_POOL_TOO_SMALL];
    const GArray *what_ifs = inquiry->analysis->what_ifs;
    if (!inquiry->is_made[FINDING_POOL_TOO_SMALL] || finding->pair_count == 0)
        return;
    const struct setting *limit = setting_of(inquiry, finding, CLIENT, SETTING_POOL_LIMIT);
    if (!limit)
        limit = setting_of(inquiry, finding, CLIENT, SETTING_POOL_LIMIT_TOTAL);
    finding->values[0] = limit ? (double)limit->value : NAN;
    for (guint i = 0; what_ifs && i < what_ifs->len; i++) {
        const struct what_if *what_if = &g_array_index(what_ifs, struct what_if, i);
        if (what_if->pair != finding->pairs[0])
            continue;
        finding->values[2] = (double)what_if->captured.opens;
        if (what_if->recommended.limit == what_if->captured.limit)
            return;
        if (what_if->recommended.limit != UINT32_MAX)
            finding->values[1] = what_if->recommended.limit;
        finding->values[3] = (double)what_if->recommended.opens;
        return;
    }
}

static double per_second(const struct inquiry *inquiry, double count)
{
    double seconds = inquiry_seconds(inquiry->analysis->last - inquiry->analysis->first);
    return seconds > 0 ? count / seconds : NAN;
}

static void describe_others(struct inquiry *inquiry)
{
    struct finding *drafts = inquiry->drafts;
    const struct setting *wait =
        setting_of(inquiry, &drafts[FINDING_CLIENT_TIMEOUTS], CLIENT, SETTING_RESPONSE_TIMEOUT);
    const struct setting *reading =
        setting_of(inquiry, &drafts[FINDING_SERVER_TIMEOUTS], SERVER, SETTING_REQUEST_TIMEOUT);
    const struct setting *writing =
        setting_of(inquiry, &drafts[FINDING_SERVER_TIMEOUTS], SERVER, SETTING_WRITE_TIMEOUT);
    const struct setting *requests =
        setting_of(inquiry, &drafts[FINDING_REQUEST_LIMIT_LOW], SERVER, SETTING_MAX_REQUESTS);
    drafts[FINDING_CLIENT_TIMEOUTS].values[0] = setting_seconds(wait);
    drafts[FINDING_SERVER_TIMEOUTS].values[2] = setting_seconds(reading ? reading : writing);
    drafts[FINDING_REQUEST_LIMIT_LOW].values[0] = requests ? (double)requests->value : NAN;
    struct finding *leaked = &drafts[FINDING_CONNECTIONS_LEAKED];
    const struct setting *probing =
        setting_of(inquiry, leaked, CLIENT, SETTING_TCP_KEEPALIVE_PERIOD);
    if (!probing)
        probing = setting_of(inquiry, leaked, SERVER, SETTING_TCP_KEEPALIVE_PERIOD);
    leaked->values[2] = leaked->values[3] > 0 ? setting_seconds(probing) : NAN;
    leaked->values[1] = per_second(inquiry, (double)leaked->connections);
    struct finding *server = &drafts[FINDING_SERVER_TIMEOUTS];
    for (int i = 0; i < 2; i++)
        server->values[i] = isnan(server->values[i]) ? 0 : server->values[i];
}

// What the pair's requests would have opened through one pool of its own settings; where every
// connection was left idle for good, through one that keeps them. UINT64_MAX: not replayed.
static uint64_t opens_of_one_pool(const struct inquiry *inquiry, uint32_t pair)
{
    const GArray *what_ifs = inquiry->analysis->what_ifs;
    for (guint i = 0; what_ifs && i < what_ifs->len; i++) {
        const struct what_if *what_if = &g_array_index(what_ifs, struct what_if, i);
        if (what_if->pair != pair)
            continue;
        return what_if->captured.limit > 0 ? what_if->shared_opens : what_if->recommended.opens;
    }
    return UINT64_MAX;
}

// Connections that a pool closes as they come back are idle for a moment too, and one that a pool
// keeps at its bottom is idle for long: what tells is that one pool would have opened far fewer.
static bool is_unshared(const struct inquiry *inquiry, uint32_t index)
{
    const struct pair *pair = inquiry_pair(inquiry, index);
    uint64_t raced = pair_closes(pair, CAUSE_KEEPALIVE_RACE) + pair_closes(pair, CAUSE_STALE_REUSE);
    return !pair->is_probe && pair->opens_with_idle >= UNSHARED_OPENS &&
           (double)pair->opens_with_idle >= UNSHARED_SHARE * (double)pair->opens &&
           (double)raced < RACED_SHARE * (double)pair->opens &&
           opens_of_one_pool(inquiry, index) <= pair->opens / UNSHARED_SAVES;
}

// Shows opens at which an earlier connection of the pair had already become idle for its last time.
static void show_unshared(const struct inquiry *inquiry, struct finding *finding, uint32_t pair)
{
    const struct analysis *a = inquiry->analysis;
    int64_t idle = INT64_MAX, until = INT64_MIN; // of the earlier connection that stays longest
    for (size_t i = 0; i < a->record_count && finding->evidence_count < FINDING_LIST; i++) {
        const struct record *r = &a->records[i];
        if (a->pair_of[i] != pair || r->phase == PHASE_CONNECTING)
            continue;
        int64_t start = r->at[AT_START].time;
        if (idle <= start && start < until && record_has(r, FACT_SYN))
            inquiry_add_evidence(finding, i);
        struct moment last = r->at[AT_RESPONSE_END];
        int64_t end = r->close_by == CLOSE_BY_NOBODY ? INT64_MAX : record_close(r).time;
        if (r->phase == PHASE_IDLE && moment_is_set(last) && end >= until) {
            idle = last.time;
            until = end;
        }
    }
}

// The client had an idle connection to the same server when it opened another one.
static void find_unshared(struct inquiry *inquiry)
{
    for (uint32_t p = 0; p < inquiry->analysis->pairs->len; p++) {
        const struct pair *pair = inquiry_pair(inquiry, p);
        if (!is_unshared(inquiry, p))
            continue;
        double share = (double)pair->opens_with_idle / (double)pair->opens;
        struct finding *finding = inquiry_draft(inquiry, FINDING_POOL_NOT_SHARED, SEVERITY_WARNING);
        inquiry_add_pair(finding, p);
        show_unshared(inquiry, finding, p);
        inquiry_add_handshakes(finding, pair, pair->opens - opens_of_one_pool(inquiry, p));
        finding->connections += pair->opens_with_idle;
        if (finding->pair_count > 1)
            continue;
        finding->values[0] = share;
        finding->values[1] = (double)pair->opens;
        finding->values[2] = pair->peak_concurrent;
    }
}

// Shows what raced, then the closes that show the server's timer.
static void show_conflict(const struct inquiry *inquiry, struct finding *finding, uint32_t pair)
{
    const struct analysis *a = inquiry->analysis;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < a->record_count && finding->evidence_count < FINDING_LIST; i++) {
            uint8_t cause = a->verdicts[i].cause;
            bool races = cause == CAUSE_KEEPALIVE_RACE || cause == CAUSE_STALE_REUSE;
            if (a->pair_of[i] == pair && (pass == 0 ? races : cause == CAUSE_SERVER_IDLE_TIMEOUT))
                inquiry_add_evidence(finding, i);
        }
    }
}

static void find_conflicts(struct inquiry *inquiry)
{
    const GArray *conflicts = inquiry->analysis->conflicts;
    struct finding *races = &inquiry->drafts[FINDING_KEEPALIVE_RACES];
    double sums[3] = {0, 0, 0};
    for (guint i = 0; conflicts && i < conflicts->len; i++) {
        const struct conflict *conflict = &g_array_index(conflicts, struct conflict, i);
        sums[0] += (double)conflict->acknowledged;
        sums[1] += (double)conflict->retried;
        sums[2] += (double)conflict->not_idempotent;
        if (races->pair_count > 0 && races->pairs[0] == conflict->pair)
            races->values[3] = inquiry_seconds(conflict->advice);
        if (conflict->server_value == NANOS_UNKNOWN)
            continue;
        struct finding *finding = inquiry_draft(inquiry, FINDING_TIMEOUT_CONFLICT, SEVERITY_NOTE);
        if (conflict->raced + conflict->would_race > 0)
            finding->severity = SEVERITY_WARNING;
        finding->connections += conflict->raced + conflict->would_race;
        inquiry_add_pair(finding, conflict->pair);
        show_conflict(inquiry, finding, conflict->pair);
        if (finding->pair_count > 1)
            continue;
        finding->values[0] = inquiry_seconds(conflict->client_value);
        finding->values[1] = inquiry_seconds(conflict->server_value);
        finding->values[2] = (double)conflict->would_race;
        finding->values[3] = inquiry_seconds(conflict->advice);
    }
    for (int i = 0; i < 3; i++)
        races->values[i] = sums[i];
}

// Which stays were dropped on the way, and which were not.
static void describe_drops(struct inquiry *inquiry)
{
    struct finding *finding = &inquiry->drafts[FINDING_MIDDLEBOX_DROPS];
    const struct analysis *a = inquiry->analysis;
    if (!inquiry->is_made[FINDING_MIDDLEBOX_DROPS] || finding->pair_count == 0)
        return;
    for (size_t i = 0; i < a->record_count; i++) {
        const struct record *r = &a->records[i];
        const struct pair *pair = inquiry_pair(inquiry, a->pair_of[i]);
        const struct pair *worst = inquiry_pair(inquiry, finding->pairs[0]);
        if (memcmp(&pair->server, &worst->server, sizeof pair->server) != 0)
            continue;
        double stay = inquiry_seconds(r->idle_max);
        if (a->verdicts[i].cause == CAUSE_MIDDLEBOX_IDLE_DROP)
            finding->values[0] = fmin(finding->values[0], stay);
        else
            finding->values[1] = fmax(finding->values[1], stay);
    }
}

void inquiry_pools(struct inquiry *inquiry)
{
    describe_pool(inquiry);
    describe_others(inquiry);
    describe_drops(inquiry);
    find_unshared(inquiry);
    find_conflicts(inquiry);
}
