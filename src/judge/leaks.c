// SPDX-License-Identifier: BSD-2-Clause
// Connections that nobody uses any more: leaked ones, and those whose second close is owed.
#include "base/crew.h"
#include "judge/groups.h"
#include "judge/thresholds.h"
#include "judge/time_index.h"
#include "judge/when.h"

// When an open connection with one request became idle; NANOS_UNKNOWN when it isn't such a one.
static int64_t idle_since(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    if (groups->verdicts[i].cause != CAUSE_OPEN || r->requests != 1 || !record_has(r, FACT_SYN))
        return NANOS_UNKNOWN;
    bool is_unread = r->phase == PHASE_BODY && record_has(r, FACT_CLIENT_WINDOW_FULL);
    if (r->phase != PHASE_IDLE && !is_unread)
        return NANOS_UNKNOWN;
    struct moment end = r->at[AT_RESPONSE_END];
    return moment_is_set(end) ? end.time : NANOS_UNKNOWN;
}

// Where packets are missing, a close may be among them.
static void say_leaked(struct groups *groups, struct member_list list, bool is_lossy)
{
    int64_t *opens = g_new(int64_t, list.count), last = INT64_MIN; // a clock may go back
    int64_t *since = g_new(int64_t, list.count);
    for (size_t k = 0; k < list.count; k++) {
        opens[k] = last = MAX(last, groups->records[list.items[k]].at[AT_START].time);
        since[k] = idle_since(groups, list.items[k]);
    }
    struct time_index index = time_index_new(opens, list.count);
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        if (since[k] == NANOS_UNKNOWN)
            continue;
        size_t later = list.count - time_index_find(&index, since[k] + AT_ONCE + 1);
        enum confidence sure = is_lossy ? CONFIDENCE_AMBIGUOUS : CONFIDENCE_STRONG;
        groups_say_last(groups, i, CAUSE_LEAKED_CONNECTION,
                        later > 0 ? sure : MAX(sure, CONFIDENCE_CONSISTENT),
                        later > 0 && !is_lossy ? CAUSE_NONE : CAUSE_OPEN);
        groups_because(groups, i, GROUP_UNPOOLED, 0, (uint32_t)later);
    }
    time_index_free(&index);
    g_free(since);
    g_free(opens);
}

// Where packets are missing, a tenth of a pair's closes may be: as many that seem to stay open are
// no leak.
static void settle_leaked(struct groups *groups, struct member_list list, bool is_lossy)
{
    size_t least = is_lossy ? MAX(LEAKED_LEAST, list.count / LOSSY_PARTS) : LEAKED_LEAST;
    size_t leaked = 0;
    int64_t last_open = groups->records[list.items[list.count - 1]].at[AT_START].time;
    for (size_t k = 0; k < list.count && leaked < least; k++) {
        int64_t since = idle_since(groups, list.items[k]);
        // A capture that ends sooner says nothing about the next use.
        leaked += since != NANOS_UNKNOWN && groups->last - since >= IDLE_FROM &&
                  last_open > since + AT_ONCE;
    }
    if (leaked >= least)
        say_leaked(groups, list, is_lossy);
}

// How long the side that was told of the close has owed its own FIN; 0 when it doesn't.
static int64_t owed_for(const struct groups *groups, const struct record *r)
{
    enum side closer = r->close_by == CLOSE_BY_CLIENT ? CLIENT : SERVER;
    struct moment fin = r->at[closer == CLIENT ? AT_CLIENT_FIN : AT_SERVER_FIN];
    struct moment told = r->at[closer == CLIENT ? AT_CLIENT_FIN_ACK : AT_SERVER_FIN_ACK];
    struct moment other = r->at[closer == CLIENT ? AT_SERVER_FIN : AT_CLIENT_FIN];
    // A FIN after which nothing more comes, not even itself, has been acknowledged.
    if (!moment_is_set(told) && fin.frame == r->at[AT_END].frame)
        told = fin;
    if (r->close_how != CLOSE_FIN || !moment_is_set(fin) || !moment_is_set(told))
        return 0;
    struct moment end = moment_is_set(other) ? other : r->at[AT_RST];
    bool is_owed_still = !moment_is_set(end);
    int64_t until = is_owed_still ? groups->last : end.time;
    int64_t owed = until - told.time;
    return owed >= (is_owed_still ? OWED_TO_END : OWED_LONG) ? owed : 0;
}

static void say_owed(struct groups *groups, uint32_t i, bool is_lossy)
{
    groups_say_last(groups, i, CAUSE_CLOSE_WAIT_LEAK,
                    is_lossy ? CONFIDENCE_AMBIGUOUS : CONFIDENCE_STRONG,
                    (enum cause)groups->verdicts[i].cause);
}

// The client ended its sending side while a request was outstanding, and the server has been silent
// since its answer: it owes its close if that was all of it, which a cut or missing head hides.
static void settle_half_close(struct groups *groups, uint32_t i, bool is_lossy)
{
    const struct record *r = &groups->records[i];
    if (moment_is_set(r->at[AT_SERVER_FIN]) || moment_is_set(r->at[AT_RST]) ||
        groups->last - r->at[AT_END].time < OWED_TO_END)
        return;
    bool is_hidden =
        when_one_direction(r) || record_has(r, FACT_LOST_BYTES) || record_has(r, FACT_HEAD_CUT);
    if (is_hidden)
        groups_say_last(groups, i, CAUSE_HALF_CLOSE, CONFIDENCE_AMBIGUOUS, CAUSE_CLOSE_WAIT_LEAK);
    else if (r->responses_complete >= r->requests)
        say_owed(groups, i, is_lossy);
}

static void settle_idle_close(struct groups *groups, uint32_t i, bool is_lossy)
{
    const struct record *r = &groups->records[i];
    if (r->outstanding == 0 && !when_one_direction(r) && !record_has(r, FACT_LOST_BYTES) &&
        groups->verdicts[i].cause != CAUSE_UNATTRIBUTED && owed_for(groups, r) > 0)
        say_owed(groups, i, is_lossy);
}

static void settle_owed(struct groups *groups, uint32_t i, bool is_lossy)
{
    const struct outline *outline = &groups->outlines[i];
    const struct record *r = &groups->records[i];
    bool is_half = groups->verdicts[i].cause == CAUSE_HALF_CLOSE;
    bool is_quiet = outline->phase == PHASE_IDLE || outline->phase == PHASE_UNUSED;
    if (outline->close_by == CLOSE_BY_NOBODY || (!is_half && !is_quiet) ||
        record_has(r, FACT_FIN_UNSEEN) || record_has(r, FACT_CLOSE_UNSEEN) ||
        record_has(r, FACT_HOLE_AFTER) || groups->last == NANOS_UNKNOWN)
        return;
    (is_half ? settle_half_close : settle_idle_close)(groups, i, is_lossy);
}

// Pairs whose leaks threads look for, each by itself.
struct leaking {
    struct pieces pieces;
    struct groups *groups;
};

static gpointer settle_pairs(gpointer work)
{
    struct leaking *leaking = work;
    struct groups *groups = leaking->groups;
    bool is_lossy = traits_lack_packets(&groups->all);
    size_t p;
    while (pieces_take(&leaking->pieces, &p)) {
        struct member_list list = members_of(&groups->by_pair, (uint32_t)p);
        if (groups->of_pair[p].causes & trait_cause(CAUSE_OPEN))
            settle_leaked(groups, list, is_lossy);
        for (size_t k = 0; k < list.count && groups->of_pair[p].owes_closes; k++)
            settle_owed(groups, list.items[k], is_lossy);
    }
    return NULL;
}

void leaks_settle(struct groups *groups)
{
    struct leaking leaking = {{0, (gint)groups->by_pair.groups}, groups};
    crew_run(groups->threads, settle_pairs, &leaking);
}
