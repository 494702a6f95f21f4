// SPDX-License-Identifier: BSD-2-Clause
// Closes that cross: capture order doesn't tell whose was first, so both sides' causes are named;
// a TLS alert tells it.
#include "judge/groups.h"
#include "judge/thresholds.h"

static const enum cause mirrored[][2] = {
    {CAUSE_CLIENT_IDLE_TIMEOUT, CAUSE_SERVER_IDLE_TIMEOUT},
    {CAUSE_CLIENT_MAX_AGE, CAUSE_SERVER_MAX_AGE},
    {CAUSE_CLIENT_SHUTDOWN, CAUSE_SERVER_SHUTDOWN},
};

static enum cause mirror_of(enum cause cause)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mirrored); i++) {
        for (int side = 0; side < 2; side++) {
            if (mirrored[i][side] == cause)
                return mirrored[i][1 - side];
        }
    }
    return CAUSE_NONE;
}

// The idle timeout that clusters show for each host of a role; NANOS_UNKNOWN without one.
static int64_t *timers_new(const struct groups *groups, enum side side)
{
    int64_t *timers = g_new(int64_t, groups->by_host[side].groups + 1);
    for (uint32_t h = 0; h < groups->by_host[side].groups; h++)
        timers[h] = NANOS_UNKNOWN;
    enum cause timeout = mirrored[0][side];
    for (uint32_t i = 0; i < groups->count; i++) {
        const struct verdict *verdict = &groups->verdicts[i];
        if (verdict->cause == timeout && verdict->group == GROUP_GAP_CLUSTER)
            timers[groups_host(groups, side, i)] = verdict->value;
    }
    return timers;
}

static bool fits(int64_t timer, int64_t gap)
{
    return timer != NANOS_UNKNOWN && gap != NANOS_UNKNOWN &&
           ABS(gap - timer) <= cluster_tight(timer);
}

static void settle(struct groups *groups, uint32_t i, int64_t *const timers[2])
{
    const struct record *r = &groups->records[i];
    enum cause cause = (enum cause)groups->verdicts[i].cause, other = mirror_of(cause);
    enum side side = r->close_by == CLOSE_BY_CLIENT ? CLIENT : SERVER;
    enum cause second = mirror_of((enum cause)groups->verdicts[i].runner_up);
    if (other == CAUSE_NONE)
        return;
    bool is_timer = groups->verdicts[i].group == GROUP_GAP_CLUSTER;
    if (!is_timer && fits(timers[!side][groups_host(groups, !side, i)], r->gap))
        groups_say(groups, i, mirrored[0][!side], CONFIDENCE_AMBIGUOUS, mirrored[0][side]);
    else if (is_timer || groups->verdicts[i].confidence != CONFIDENCE_AMBIGUOUS)
        groups_say(groups, i, cause, CONFIDENCE_AMBIGUOUS, other);
    else // the other side's next guess is as good as the own
        groups_say(groups, i, cause, CONFIDENCE_AMBIGUOUS, second == CAUSE_NONE ? other : second);
}

// The sender of the first TLS alert began, whosever FIN was captured first; what is missing may
// have been its alert. False when nothing tells of one.
static bool settle_alerted(struct groups *groups, uint32_t i)
{
    const struct record *r = &groups->records[i];
    const struct verdict *v = &groups->verdicts[i];
    enum cause other = mirror_of((enum cause)v->cause);
    enum cause second = mirror_of((enum cause)v->runner_up);
    bool is_known = record_has(r, FACT_CLIENT_ALERTED) != record_has(r, FACT_SERVER_ALERTED);
    bool is_lossy = record_has(r, FACT_TLS) && record_has(r, FACT_LOST_BYTES);
    if (other == CAUSE_NONE || !(is_known || is_lossy))
        return is_known;
    if (!is_known && v->confidence != CONFIDENCE_AMBIGUOUS)
        groups_say(groups, i, (enum cause)v->cause, CONFIDENCE_AMBIGUOUS, other);
    else if (is_known && record_initiator(r) != r->close_by)
        groups_say(groups, i, other, (enum confidence)v->confidence,
                   second == CAUSE_NONE ? (enum cause)v->runner_up : second);
    return is_known;
}

void simultaneous_settle(struct groups *groups)
{
    const uint64_t told = UINT64_C(1) << FACT_CLOSE_BOTH | UINT64_C(1) << FACT_TLS;
    if (!(groups->all.facts & told))
        return;
    int64_t *timers[2] = {timers_new(groups, CLIENT), timers_new(groups, SERVER)};
    for (uint32_t i = 0; i < groups->count; i++) {
        if (!settle_alerted(groups, i) && record_has(&groups->records[i], FACT_CLOSE_BOTH))
            settle(groups, i, timers);
    }
    g_free(timers[CLIENT]);
    g_free(timers[SERVER]);
}
