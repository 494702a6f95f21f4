// SPDX-License-Identifier: BSD-2-Clause
// Announced closes of one server: a limit of requests, an error, or its habit.
#include "judge/groups.h"
#include "judge/thresholds.h"
#include "judge/when.h"

struct server_view {
    uint32_t most;      // requests on one connection
    uint32_t at_most;   // closes that the server announced, or made at once, at that count; errors
                        // explain themselves
    uint32_t announced; // such closes whose count is sure
    uint32_t refuting;  // connections that carry the most and go on
    uint32_t said_ok;   // responses that say close although they are no errors
    uint32_t silent;    // connections with a response that doesn't say close
};

// Sums for a mean and a variance.
struct spread_sum {
    double sum, squares;
    int64_t n;
};

static void spread_sum_add(struct spread_sum *sum, int64_t value)
{
    sum->sum += (double)value;
    sum->squares += (double)value * (double)value;
    sum->n++;
}

static double spread_variance(const struct spread_sum *sum)
{
    double n = (double)sum->n, mean = n > 0 ? sum->sum / n : 0;
    return n > 1 ? MAX(sum->squares / n - mean * mean, 0) : 0;
}

// Of a connection whose requests weren't captured, those that were answered.
static uint32_t count_of(const struct record *r)
{
    return record_has(r, FACT_CLIENT_SEEN) ? r->requests - r->outstanding : r->responses;
}

static bool is_count_sure(const struct record *r)
{
    const uint64_t unsure = UINT64_C(1) << FACT_MIDSTREAM | UINT64_C(1) << FACT_LOST_BYTES |
                            UINT64_C(1) << FACT_RESYNCHRONIZED;
    return (r->facts & unsure) == 0;
}

// A close whose announcement the snapshot length may have cut away.
static bool is_cut_off(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    return groups->verdicts[i].cause == CAUSE_UNATTRIBUTED && record_has(r, FACT_HEAD_CUT) &&
           !record_has(r, FACT_PRESUMED) && r->phase == PHASE_IDLE &&
           r->close_by == CLOSE_BY_SERVER && r->gap != NANOS_UNKNOWN && r->gap <= AT_ONCE;
}

static bool is_candidate(const struct groups *groups, uint32_t i)
{
    return groups->verdicts[i].cause == CAUSE_SERVER_SAID_CLOSE || is_cut_off(groups, i);
}

// Requests that the server answered before it closed: a later one crossed its close.
static uint32_t taken(const struct record *r)
{
    bool is_crossed = r->close_by == CLOSE_BY_SERVER && !when_one_direction(r);
    return is_crossed ? MIN(r->requests, r->responses) : count_of(r);
}

static bool is_error(const struct record *r)
{
    return r->last_status >= 400;
}

static struct server_view view_of(const struct groups *groups, struct member_list list)
{
    struct server_view view = {0, 0, 0, 0, 0, 0};
    for (size_t k = 0; k < list.count; k++) {
        const struct record *r = &groups->records[list.items[k]];
        if (!record_is_opaque(r) && taken(r) > view.most)
            view.most = taken(r);
    }
    for (size_t k = 0; k < list.count; k++) {
        const struct record *r = &groups->records[list.items[k]];
        bool is_close = is_candidate(groups, list.items[k]);
        bool at_most = taken(r) == view.most;
        bool says = record_has(r, FACT_SERVER_SAYS_CLOSE);
        view.at_most += is_close && at_most && !is_error(r);
        view.announced += is_close && is_count_sure(r) && !is_error(r);
        view.refuting += !is_close && at_most && count_of(r) == taken(r) &&
                         r->responses >= view.most && !says && is_count_sure(r) &&
                         !record_has(r, FACT_HEAD_CUT);
        view.silent += r->responses > says;
    }
    return view;
}

static bool has_limit(const struct server_view *view)
{
    return view->most >= 2 && view->at_most >= LIMIT_CLOSES &&
           view->at_most * 2 >= view->announced && view->refuting == 0;
}

// A limit of age instead: under a limit of requests the ages at the last request vary as sums of
// the intervals between requests do; under a limit of age they don't.
static bool is_age_limit(const struct groups *groups, struct member_list list,
                         const struct server_view *view)
{
    struct spread_sum ages = {0, 0, 0}, intervals = {0, 0, 0};
    for (size_t k = 0; k < list.count; k++) {
        const struct record *r = &groups->records[list.items[k]];
        struct exchange_list own = exchanges_of(&groups->log, list.items[k]);
        if (!is_candidate(groups, list.items[k]) || count_of(r) != view->most || is_error(r))
            continue;
        spread_sum_add(&ages, r->at[AT_LAST_REQUEST].time - r->at[AT_START].time);
        for (size_t e = 1; e < own.count; e++)
            spread_sum_add(&intervals, own.items[e].begin - own.items[e - 1].begin);
    }
    double expected = spread_variance(&intervals) * (view->most - 1);
    return ages.n >= STRONG_MOMENTS && ages.sum / (double)ages.n >= (double)IDLE_FROM &&
           spread_variance(&ages) * AGE_SHARPER < expected;
}

static void say_limit(struct groups *groups, uint32_t i, const struct server_view *view)
{
    const struct record *r = &groups->records[i];
    bool is_sure = count_of(r) == view->most;
    if (!is_sure && is_count_sure(r))
        return;
    bool is_announced = record_has(r, FACT_SERVER_SAYS_CLOSE) || record_has(r, FACT_COUNTED_DOWN);
    if (!is_sure)
        groups_say(groups, i, CAUSE_SERVER_REQUEST_LIMIT, CONFIDENCE_AMBIGUOUS,
                   CAUSE_SERVER_SAID_CLOSE);
    else if (is_announced && view->at_most >= STRONG_MOMENTS)
        groups_say(groups, i, CAUSE_SERVER_REQUEST_LIMIT, CONFIDENCE_STRONG, CAUSE_NONE);
    else
        groups_say(groups, i, CAUSE_SERVER_REQUEST_LIMIT, CONFIDENCE_CONSISTENT,
                   CAUSE_SERVER_SAID_CLOSE);
    groups_because(groups, i, GROUP_REQUEST_COUNT, view->most, view->at_most);
}

// One close at the highest count, or at a count that can't be known, of a server that doesn't
// always say close.
static bool may_be_limit(const struct record *r, const struct server_view *view)
{
    bool is_counted = count_of(r) == view->most || !is_count_sure(r);
    return is_counted && view->most >= 2 && view->refuting == 0 && view->at_most <= 1 &&
           view->announced <= view->at_most && !is_error(r) && view->silent > 0 &&
           !record_has(r, FACT_COUNTED_DOWN);
}

// A request that crossed the close at the limit found a server that doesn't read it.
static bool is_beyond_limit(const struct groups *groups, uint32_t i, const struct server_view *view)
{
    const struct record *r = &groups->records[i];
    return groups->verdicts[i].cause == CAUSE_SERVER_ABORTED && r->phase == PHASE_AWAITING &&
           taken(r) == view->most && is_count_sure(r);
}

static void settle_limit(struct groups *groups, struct member_list list)
{
    struct server_view view = view_of(groups, list);
    bool is_limit = has_limit(&view), is_age = is_limit && is_age_limit(groups, list, &view);
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &groups->records[i];
        if (is_limit && !is_age && is_beyond_limit(groups, i, &view))
            groups_say(groups, i, CAUSE_KEEPALIVE_RACE, CONFIDENCE_CONSISTENT,
                       CAUSE_SERVER_ABORTED);
        if (!is_candidate(groups, i))
            continue;
        if (is_limit && is_age)
            groups_say(groups, i, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_AMBIGUOUS,
                       CAUSE_SERVER_REQUEST_LIMIT);
        else if (is_limit)
            say_limit(groups, i, &view);
        else if (may_be_limit(r, &view))
            groups_say(groups, i, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_AMBIGUOUS,
                       CAUSE_SERVER_REQUEST_LIMIT);
        else if (record_has(r, FACT_COUNTED_DOWN) && count_of(r) >= 2)
            groups_say(groups, i, CAUSE_SERVER_REQUEST_LIMIT, CONFIDENCE_CONSISTENT,
                       CAUSE_SERVER_SAID_CLOSE);
    }
}

static void settle_errors(struct groups *groups, struct member_list list)
{
    struct server_view view = view_of(groups, list);
    for (size_t k = 0; k < list.count; k++) {
        const struct record *r = &groups->records[list.items[k]];
        view.said_ok +=
            groups->verdicts[list.items[k]].cause == CAUSE_SERVER_SAID_CLOSE && !is_error(r);
    }
    if (view.said_ok > 0)
        return;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &groups->records[i];
        if (groups->verdicts[i].cause != CAUSE_SERVER_SAID_CLOSE || !is_error(r) ||
            !record_has(r, FACT_SERVER_SAYS_CLOSE))
            continue;
        bool is_told = view.silent > 0;
        groups_say(groups, i, CAUSE_SERVER_ERROR_CLOSE,
                   is_told ? CONFIDENCE_STRONG : CONFIDENCE_AMBIGUOUS,
                   is_told ? CAUSE_NONE : CAUSE_SERVER_SAID_CLOSE);
    }
}

void announced_settle(struct groups *groups)
{
    for (uint32_t h = 0; h < groups->by_host[SERVER].groups; h++) {
        struct member_list list = members_of(&groups->by_host[SERVER], h);
        const uint64_t candidates =
            trait_cause(CAUSE_SERVER_SAID_CLOSE) | trait_cause(CAUSE_UNATTRIBUTED);
        if (!(groups->of_host[SERVER][h].causes & candidates))
            continue;
        settle_limit(groups, list);
        settle_errors(groups, list);
    }
}
