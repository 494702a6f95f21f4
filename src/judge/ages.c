// SPDX-License-Identifier: BSD-2-Clause
// Equal ages at the close, after gaps that differ, are a maximum age.
#include "judge/ages.h"

#include "judge/thresholds.h"
#include "judge/when.h"

// The idle closes that no cluster explains, by age. Those of a burst too: connections that
// were opened together reach their age together.
static void list_ages(struct idle_view *view, struct member_list list)
{
    view->count = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        uint8_t group = view->groups->verdicts[i].group;
        bool has_equals = group == GROUP_GAP_CLUSTER || group == GROUP_AGE_CLUSTER;
        if (!groups_is_idle_close(view->groups, i, view->side) || has_equals || r->gap <= AT_ONCE ||
            !when_begin_seen(r))
            continue;
        int64_t age = record_close(r).time - r->at[AT_START].time;
        view->samples[view->count++] = (struct sample){age, idle_moment_of(view->groups, i), i, 0};
    }
}

// The gaps of those that were used again: others have one age and gap, whichever is limited.
static size_t list_reused(const struct idle_view *view, const struct cluster *cluster,
                          struct sample *gaps)
{
    size_t count = 0;
    for (uint32_t k = 0; k < cluster->n; k++) {
        const struct sample *sample = &view->samples[cluster->first + k];
        int64_t gap = view->groups->records[sample->record].gap;
        if (sample->value - gap <= cluster_tight(sample->value))
            continue;
        gaps[count] = *sample;
        gaps[count++].value = gap;
    }
    return count;
}

// Whether the connections of an age cluster have gaps that differ: ages agree four times better,
// and no gap that a timer may have is shared by more than half of them. A few are equal by chance.
static bool differs_in_gaps(const struct idle_view *view, const struct cluster *cluster)
{
    struct sample *gaps = g_new(struct sample, cluster->n + 1);
    size_t count = list_reused(view, cluster, gaps);
    GArray *clusters = clusters_new(gaps, count, cluster_tight);
    int64_t spread = count ? gaps[count - 1].value - gaps[0].value : 0;
    bool differs = count >= AGED_LEAST && (cluster->high - cluster->low) * SPREAD_PARTS < spread;
    for (guint c = 0; c < clusters->len; c++) {
        const struct cluster *shared = &g_array_index(clusters, struct cluster, c);
        differs &= shared->n * 2 <= count || shared->low < IDLE_FROM;
    }
    g_array_free(clusters, TRUE);
    g_free(gaps);
    return differs;
}

// Connections of one schedule, as many requests at the same times, are as old without any limit.
static bool differs_beyond_age(const struct idle_view *view, const struct cluster *cluster)
{
    const struct record *records = view->groups->records;
    uint32_t requests = records[view->samples[cluster->first].record].requests;
    for (uint32_t k = 1; k < cluster->n; k++)
        if (records[view->samples[cluster->first + k].record].requests != requests)
            return true;
    return differs_in_gaps(view, cluster);
}

void ages_mark(struct idle_view *view, struct member_list list)
{
    list_ages(view, list);
    GArray *clusters = clusters_new(view->samples, view->count, cluster_tight);
    for (guint c = 0; c < clusters->len; c++) {
        const struct cluster *cluster = &g_array_index(clusters, struct cluster, c);
        if (cluster->moments < STRONG_MOMENTS || cluster->n * 2 < view->count ||
            !differs_in_gaps(view, cluster))
            continue;
        for (uint32_t k = 0; k < cluster->n; k++)
            view->is_aged[view->samples[cluster->first + k].record] = 1;
    }
    g_array_free(clusters, TRUE);
}

// A connection that is busy when it comes of age is closed as soon as its response is complete.
static void settle_aged_at_once(struct idle_view *view, struct member_list list,
                                const struct cluster *timer)
{
    static const enum close_by closers[] = {CLOSE_BY_CLIENT, CLOSE_BY_SERVER};
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        const struct verdict *verdict = &view->groups->verdicts[i];
        if (r->close_by != closers[view->side] || r->phase != PHASE_IDLE || r->gap > AT_ONCE ||
            !when_begin_seen(r) || verdict->confidence != CONFIDENCE_AMBIGUOUS ||
            !idle_is_beside(timer, record_close(r).time - r->at[AT_START].time))
            continue;
        groups_say(view->groups, i, idle_ages[view->side], CONFIDENCE_AMBIGUOUS,
                   (enum cause)verdict->cause);
    }
}

// A client may look at the age only when it wants to use the connection again: then the limit lies
// within the last idle stay.
static void settle_checked(struct idle_view *view, const struct cluster *timer)
{
    for (size_t k = 0; k < view->count && view->side == CLIENT; k++) {
        const struct sample *sample = &view->samples[k];
        int64_t used = sample->value - view->groups->records[sample->record].gap;
        if (idle_is_guess(view->groups, sample->record, CLIENT) && sample->value > timer->high &&
            used <= timer->high)
            groups_say(view->groups, sample->record, CAUSE_CLIENT_MAX_AGE, CONFIDENCE_AMBIGUOUS,
                       CAUSE_CLIENT_SHUTDOWN);
    }
}

void ages_settle(struct idle_view *view, struct member_list list)
{
    struct cluster timer = {0};
    list_ages(view, list);
    GArray *clusters = clusters_new(view->samples, view->count, cluster_tight);
    for (guint c = 0; c < clusters->len; c++) {
        const struct cluster *cluster = &g_array_index(clusters, struct cluster, c);
        bool is_clear = cluster->moments >= STRONG_MOMENTS;
        bool is_likely = cluster->moments == 2 && view->is_damaged;
        if ((!is_clear && !is_likely) || cluster->n * 2 < view->count || cluster->low < IDLE_FROM ||
            !differs_beyond_age(view, cluster))
            continue;
        if (is_clear)
            timer = *cluster;
        for (uint32_t k = 0; k < cluster->n; k++) {
            uint32_t i = view->samples[cluster->first + k].record;
            groups_say(view->groups, i, idle_ages[view->side],
                       is_clear ? CONFIDENCE_STRONG : CONFIDENCE_AMBIGUOUS,
                       is_clear ? CAUSE_NONE : idle_shutdowns[view->side]);
            groups_because(view->groups, i, GROUP_AGE_CLUSTER, cluster->centre, cluster->n);
        }
    }
    if (timer.n > 0) {
        idle_settle_beside(view, clusters, idle_ages);
        settle_aged_at_once(view, list, &timer);
        settle_checked(view, &timer);
    }
    g_array_free(clusters, TRUE);
}
