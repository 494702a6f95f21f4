// SPDX-License-Identifier: BSD-2-Clause
#include "judge/idle_view.h"

#include "judge/bursts.h"
#include "judge/thresholds.h"

const enum cause idle_timeouts[2] = {CAUSE_CLIENT_IDLE_TIMEOUT, CAUSE_SERVER_IDLE_TIMEOUT};
const enum cause idle_ages[2] = {CAUSE_CLIENT_MAX_AGE, CAUSE_SERVER_MAX_AGE};
const enum cause idle_shutdowns[2] = {CAUSE_CLIENT_SHUTDOWN, CAUSE_SERVER_SHUTDOWN};

int64_t idle_moment_of(const struct groups *groups, uint32_t i)
{
    const struct burst_found *burst = groups_burst(groups, i);
    return burst->what == BURST_SHUTDOWN ? burst->begin : groups->lives[i].close;
}

bool idle_is_guess(const struct groups *groups, uint32_t i, enum side side)
{
    const struct verdict *verdict = &groups->verdicts[i];
    enum burst burst = groups_burst(groups, i)->what;
    return verdict->cause == idle_shutdowns[side] && verdict->group == GROUP_NONE &&
           groups->records[i].gap > AT_ONCE && (burst == BURST_NONE || burst == BURST_UNDECIDED);
}

bool idle_is_beside(const struct cluster *timer, int64_t value)
{
    int64_t room = 2 * cluster_tight(timer->centre);
    return value >= timer->low - room && value <= timer->high + room;
}

const struct cluster *idle_settle_beside(struct idle_view *view, const GArray *clusters,
                                         const enum cause *causes)
{
    const struct cluster *timer = NULL;
    for (guint c = 0; c < clusters->len; c++) {
        const struct cluster *cluster = &g_array_index(clusters, struct cluster, c);
        bool is_strong = cluster->moments >= STRONG_MOMENTS && cluster->low >= IDLE_FROM &&
                         cluster->n * 2 >= view->count;
        if (is_strong && (!timer || cluster->n > timer->n))
            timer = cluster;
    }
    for (size_t k = 0; timer && k < view->count; k++) {
        uint32_t i = view->samples[k].record;
        if (!idle_is_guess(view->groups, i, view->side) ||
            !idle_is_beside(timer, view->samples[k].value))
            continue;
        groups_say(view->groups, i, causes[view->side], CONFIDENCE_AMBIGUOUS,
                   idle_shutdowns[view->side]);
    }
    return timer;
}
