// SPDX-License-Identifier: BSD-2-Clause
// Limits that a client checks when it has finished with a connection, or wants to use it again: how
// often it was used, and how old it is. No timer closes it, so neither gaps nor ages agree.
#include "judge/bursts.h"
#include "judge/thresholds.h"

// Closes of one client, or of one pair.
struct reuse_view {
    uint32_t closes, at_once;
    uint32_t most, at_most; // requests on a connection; how many closes at once came after as many
    int64_t youngest;       // age at a close
    int64_t used_at;        // the highest age at which a connection was used
    int64_t longest;        // gap
};

static int64_t age_at(const struct record *r, struct moment moment)
{
    return moment_between(r->at[AT_START], moment);
}

// Closes that nothing explains, or that an age limit does already.
static bool takes_part(const struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    const struct verdict *verdict = &groups->verdicts[i];
    bool is_aged =
        verdict->cause == CAUSE_CLIENT_MAX_AGE && groups->outlines[i].phase == PHASE_IDLE;
    return is_aged || (groups_is_idle_close(groups, i, CLIENT) &&
                       verdict->group != GROUP_GAP_CLUSTER && record_has(r, FACT_SYN));
}

// A client that finds a connection too old to be used opens another one at once. The list is in
// order of the first packets.
static bool is_replaced(const struct groups *groups, struct member_list list, uint32_t i)
{
    int64_t close = groups->lives[i].close - SAME_TIME;
    size_t low = 0, high = list.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (groups->records[list.items[middle]].at[AT_START].time < close)
            low = middle + 1;
        else
            high = middle;
    }
    return low < list.count &&
           groups->records[list.items[low]].at[AT_START].time <= close + AT_ONCE;
}

static bool is_aged(const struct groups *groups, struct member_list list, uint32_t i)
{
    return groups->outlines[i].is_late && takes_part(groups, i) && is_replaced(groups, list, i);
}

static struct reuse_view view_of(const struct groups *groups, struct member_list list)
{
    struct reuse_view view = {.youngest = INT64_MAX, .used_at = INT64_MIN};
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &groups->records[i];
        if (record_has(r, FACT_SYN) && moment_is_set(r->at[AT_LAST_REQUEST]))
            view.used_at = MAX(view.used_at, age_at(r, r->at[AT_LAST_REQUEST]));
        view.at_most = r->requests > view.most ? 0 : view.at_most;
        view.most = MAX(view.most, r->requests);
        if (!takes_part(groups, i))
            continue;
        view.at_once += r->gap <= AT_ONCE;
        view.at_most += r->gap <= AT_ONCE && r->requests == view.most && r->reused_after_body > 0;
        if (!is_aged(groups, list, i))
            continue;
        int64_t age = age_at(r, record_close(r));
        view.closes++;
        view.youngest = MIN(view.youngest, age);
        view.longest = MAX(view.longest, r->gap);
    }
    return view;
}

// One age lies within every last idle stay, and no connection was used beyond it. It tells where
// the stays are short for it.
static bool has_age_limit(const struct reuse_view *view)
{
    return view->closes >= CHECKED_LEAST && view->youngest >= IDLE_FROM &&
           view->used_at < view->youngest + TIMER_EARLY &&
           view->longest * CHECKED_PARTS <= view->youngest;
}

static uint32_t moments_of(const struct groups *groups, struct member_list list)
{
    struct sample *samples = g_new(struct sample, list.count + 1);
    size_t count = 0;
    for (size_t k = 0; k < list.count; k++)
        if (is_aged(groups, list, list.items[k]))
            samples[count++].time = groups->lives[list.items[k]].close;
    uint32_t moments = cluster_moments(samples, count);
    g_free(samples);
    return moments;
}

// Whether as many closes as an age limit takes may be those of one.
static bool may_be_aged(const struct groups *groups, struct member_list list)
{
    int64_t closes = 0;
    for (size_t k = 0; k < list.count && closes < CHECKED_LEAST; k++)
        closes += groups->outlines[list.items[k]].is_late && takes_part(groups, list.items[k]);
    return closes >= CHECKED_LEAST;
}

static void settle_age(struct groups *groups, struct member_list list)
{
    if (!may_be_aged(groups, list))
        return;
    struct reuse_view view = view_of(groups, list);
    if (!has_age_limit(&view) || moments_of(groups, list) < CHECKED_LEAST)
        return;
    uint32_t host = groups_host(groups, CLIENT, list.items[0]);
    bool is_damaged = traits_are_damaged(&groups->of_host[CLIENT][host]);
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &groups->records[i];
        if (!takes_part(groups, i) || groups->verdicts[i].cause == CAUSE_CLIENT_MAX_AGE ||
            age_at(r, record_close(r)) < view.youngest)
            continue;
        bool is_sure = is_aged(groups, list, i) && !is_damaged;
        groups_say(groups, i, CAUSE_CLIENT_MAX_AGE,
                   is_sure ? CONFIDENCE_STRONG : CONFIDENCE_AMBIGUOUS,
                   is_sure ? CAUSE_NONE : CAUSE_CLIENT_SHUTDOWN);
        groups_because(groups, i, GROUP_AGE_CLUSTER, view.youngest, view.closes);
    }
}

// Nearly all closes at once came after as many requests as no connection exceeds, and earlier
// bodies were read: what leaves bodies unread, and a pool, doesn't count requests.
static bool has_request_limit(const struct reuse_view *view)
{
    return view->most >= COUNTED_LEAST && view->at_most >= CHECKED_LEAST &&
           view->at_most * 100 >= view->at_once * COUNTED_SAME;
}

static void settle_requests(struct groups *groups, struct member_list list)
{
    struct reuse_view view = view_of(groups, list);
    if (!has_request_limit(&view))
        return;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &groups->records[i];
        if (!groups_is_idle_close(groups, i, CLIENT) || r->gap > AT_ONCE ||
            r->requests != view.most || groups->verdicts[i].confidence != CONFIDENCE_AMBIGUOUS)
            continue;
        groups_say(groups, i, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_POOL_LIMIT);
        groups_because(groups, i, GROUP_REQUEST_COUNT, view.most, view.at_most);
    }
}

void reuse_limits_settle(struct groups *groups)
{
    for (uint32_t h = 0; h < groups->by_host[CLIENT].groups; h++) {
        const struct traits *traits = &groups->of_host[CLIENT][h];
        if (traits->has_gaps && traits_have_idle_close(traits, CLIENT))
            settle_age(groups, members_of(&groups->by_host[CLIENT], h));
    }
}

void reuse_counts_settle(struct groups *groups)
{
    for (uint32_t p = 0; p < groups->by_pair.groups; p++) {
        const struct traits *traits = &groups->of_pair[p];
        if (traits_have_idle_close(traits, CLIENT) && !traits_are_damaged(traits) &&
            traits->most_requests >= COUNTED_LEAST)
            settle_requests(groups, members_of(&groups->by_pair, p));
    }
}
