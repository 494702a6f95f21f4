// SPDX-License-Identifier: BSD-2-Clause
// Single connections that need the end of the capture or the exchange log to be told.
#include "judge/groups.h"
#include "judge/thresholds.h"

// What the connections of each pair have seen.
struct pair_view {
    bool refuses;     // a SYN was answered by RST
    int64_t survived; // longest idle stay after which a request was answered
};

static struct pair_view *views_new(const struct groups *groups)
{
    struct pair_view *views = g_new(struct pair_view, groups->by_pair.groups + 1);
    for (uint32_t p = 0; p < groups->by_pair.groups; p++)
        views[p] = (struct pair_view){false, NANOS_UNKNOWN};
    for (size_t i = 0; i < groups->count; i++) {
        struct pair_view *view = &views[groups->pair_of[i]];
        uint8_t cause = groups->verdicts[i].cause;
        bool failed = cause == CAUSE_MIDDLEBOX_IDLE_DROP || cause == CAUSE_RETRANSMISSION_TIMEOUT;
        view->refuses |= cause == CAUSE_CONNECT_REFUSED;
        if (!failed && groups->records[i].idle_max > view->survived)
            view->survived = groups->records[i].idle_max;
    }
    return views;
}

// A SYN that waited long enough without an answer. Sent once only, something may be missing: a
// kernel sends it again after a second.
static void settle_connect(struct groups *groups, const struct pair_view *view, uint32_t i)
{
    const struct record *r = &groups->records[i];
    if (groups->last == NANOS_UNKNOWN || groups->last - r->at[AT_START].time < CONNECT_WAIT)
        return;
    struct verdict *verdict = &groups->verdicts[i];
    if (view->refuses) {
        groups_say(groups, i, CAUSE_UNATTRIBUTED, CONFIDENCE_CONSISTENT, CAUSE_CONNECT_REFUSED);
        verdict->reason = REASON_LOSS;
        return;
    }
    groups_say(groups, i, CAUSE_CONNECT_TIMEOUT, CONFIDENCE_AMBIGUOUS, CAUSE_CONNECT_REFUSED);
    verdict->by_network = true;
}

// Only the stay right before the lost request counts.
static void settle_drop(struct groups *groups, const struct pair_view *view, uint32_t i)
{
    int64_t stay = stay_before_last(&groups->log, i);
    if (stay == NANOS_UNKNOWN || groups->verdicts[i].confidence == CONFIDENCE_STRONG)
        return;
    if (stay < DROP_IDLE)
        groups_say(groups, i, CAUSE_RETRANSMISSION_TIMEOUT, CONFIDENCE_STRONG, CAUSE_NONE);
    else if (view->survived >= stay)
        groups_say(groups, i, CAUSE_RETRANSMISSION_TIMEOUT, CONFIDENCE_AMBIGUOUS,
                   CAUSE_MIDDLEBOX_IDLE_DROP);
}

void lone_settle(struct groups *groups)
{
    struct pair_view *views = views_new(groups);
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct record *r = &groups->records[i];
        const struct pair_view *view = &views[groups->pair_of[i]];
        uint8_t cause = groups->verdicts[i].cause;
        if (cause == CAUSE_OPEN && r->phase == PHASE_CONNECTING)
            settle_connect(groups, view, i);
        else if (cause == CAUSE_MIDDLEBOX_IDLE_DROP)
            settle_drop(groups, view, i);
    }
    g_free(views);
}
