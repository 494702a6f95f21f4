// SPDX-License-Identifier: BSD-2-Clause
// Closes of idle connections by one host: equal gaps are an idle timeout, equal ages a maximum age.
#include "judge/ages.h"
#include "judge/bursts.h"
#include "judge/sweeps.h"
#include "judge/thresholds.h"
#include "judge/when.h"

static bool is_opaque_close(const struct record *r, enum side side)
{
    return record_is_opaque(r) && r->gap != NANOS_UNKNOWN && !when_one_direction(r) &&
           !record_has(r, FACT_CLOSE_UNSEEN) && !record_has(r, FACT_CLOSE_BOTH) &&
           r->close_by == (side == CLIENT ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER);
}

// A raced or stale request shows the server's idle timeout as well as a quiet close does.
static bool is_race(const struct groups *groups, uint32_t i)
{
    uint8_t cause = groups->verdicts[i].cause;
    return cause == CAUSE_KEEPALIVE_RACE || cause == CAUSE_STALE_REUSE;
}

static void list_gaps(struct idle_view *view, struct member_list list)
{
    view->count = 0;
    view->survived = NANOS_UNKNOWN;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        view->survived = MAX(view->survived, r->idle_max);
        bool takes = groups_is_idle_close(view->groups, i, view->side) ||
                     is_opaque_close(r, view->side) ||
                     (view->side == SERVER && is_race(view->groups, i));
        bool is_own = !view->is_aged[i] && !groups_burst(view->groups, i)->is_scattered;
        if (takes && r->gap >= IDLE_FROM && is_own)
            view->samples[view->count++] =
                (struct sample){r->gap, idle_moment_of(view->groups, i), i, 0};
    }
}

static void say_timeout(struct idle_view *view, const struct cluster *cluster, uint32_t i)
{
    double chance = cluster_moments_by_chance(cluster, view->samples, view->count);
    bool is_timer = cluster->moments >= STRONG_MOMENTS;
    bool is_strong = is_timer && chance * (double)RARE_PARTS <= 1;
    bool is_doubtful = is_timer ? chance * (double)CHANCE_PARTS > 1 : view->is_damaged;
    enum confidence weak = is_doubtful ? CONFIDENCE_AMBIGUOUS : CONFIDENCE_CONSISTENT;
    groups_say(view->groups, i, idle_timeouts[view->side], is_strong ? CONFIDENCE_STRONG : weak,
               is_strong ? CAUSE_NONE : idle_shutdowns[view->side]);
    groups_because(view->groups, i, GROUP_GAP_CLUSTER, cluster->centre, cluster->n);
}

static bool is_survived(const struct idle_view *view, int64_t gap)
{
    return view->survived != NANOS_UNKNOWN && view->survived > gap + cluster_tight(gap);
}

static bool equals_known(const struct idle_view *view, uint32_t i, int64_t gap)
{
    return !is_survived(view, gap) &&
           groups_is_known(view->groups, i, view->side, SETTING_IDLE_TIMEOUT, gap);
}

// One that no cluster explains: its burst, or what is known of defaults.
static void settle_unclustered(struct idle_view *view, const struct sample *sample)
{
    struct groups *groups = view->groups;
    uint32_t i = sample->record;
    const struct record *r = &groups->records[i];
    enum burst burst = groups_burst(groups, i)->what;
    uint32_t size = groups_burst(groups, i)->size;
    bool is_advertised = groups->verdicts[i].cause == idle_timeouts[view->side];
    if (burst == BURST_TIMEOUT) {
        groups_say(groups, i, idle_timeouts[view->side],
                   size >= BURST_LEAST ? CONFIDENCE_STRONG : CONFIDENCE_CONSISTENT, CAUSE_NONE);
        groups_because(groups, i, GROUP_GAP_CLUSTER, sample->value, size);
    } else if (burst == BURST_UNDECIDED) {
        bool is_timer = is_advertised || equals_known(view, i, sample->value) ||
                        (cluster_is_whole(sample->value) && !is_survived(view, sample->value));
        groups_say(groups, i, is_timer ? idle_timeouts[view->side] : idle_shutdowns[view->side],
                   CONFIDENCE_AMBIGUOUS,
                   is_timer ? idle_shutdowns[view->side] : idle_timeouts[view->side]);
        groups_because(groups, i, GROUP_BURST, 0, size);
    } else if (burst == BURST_NONE && is_advertised && r->advertised_timeout == ADVERTISED_NONE) {
        return; // the server said so itself
    } else if (burst == BURST_NONE && is_advertised) {
        groups_because(groups, i, GROUP_ADVERTISED,
                       (int64_t)r->advertised_timeout * NANOS_PER_SECOND, 1);
    } else if (burst == BURST_NONE && equals_known(view, i, sample->value)) {
        // Where the beginning isn't in the capture, an age limit may have been reached as well.
        bool is_fit = when_begin_seen(r) && !view->is_damaged;
        groups_say(groups, i, idle_timeouts[view->side],
                   is_fit ? CONFIDENCE_CONSISTENT : CONFIDENCE_AMBIGUOUS,
                   when_begin_seen(r) ? idle_shutdowns[view->side] : idle_ages[view->side]);
        groups_because(groups, i, GROUP_KNOWN_DEFAULT, sample->value, 1);
    }
}

// A gap equal to those at other moments beats the burst that its close fell into.
static void settle_met(struct idle_view *view, struct member_list list, const struct cluster *timer)
{
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        int64_t gap = view->groups->records[i].gap;
        if (groups_burst(view->groups, i)->is_scattered && !view->is_aged[i] &&
            groups_is_idle_close(view->groups, i, view->side) &&
            gap >= timer->low - CLUSTER_GRAIN && gap <= timer->high + CLUSTER_GRAIN)
            say_timeout(view, timer, i);
    }
}

static void settle_gaps(struct idle_view *view, struct member_list list)
{
    GArray *clusters = clusters_new(view->samples, view->count, cluster_tight);
    for (size_t k = 0; k < view->count; k++) {
        const struct sample *sample = &view->samples[k];
        const struct cluster *cluster = &g_array_index(clusters, struct cluster, sample->cluster);
        if (is_race(view->groups, sample->record))
            continue;
        if (cluster->moments >= 2 && cluster_is_telling(cluster, view->samples, view->count))
            say_timeout(view, cluster, sample->record);
        else if (!record_is_opaque(&view->groups->records[sample->record]))
            settle_unclustered(view, sample);
    }
    const struct cluster *timer = idle_settle_beside(view, clusters, idle_timeouts);
    if (timer)
        settle_met(view, list, timer);
    g_array_free(clusters, TRUE);
}

// Gaps within one tick of each other, closed at one fraction of the second: a coarse timer.
static void settle_ticks(struct idle_view *view)
{
    size_t count = 0;
    for (size_t k = 0; k < view->count; k++) {
        const struct verdict *verdict = &view->groups->verdicts[view->samples[k].record];
        if (verdict->cause == idle_shutdowns[view->side] && verdict->group == GROUP_NONE &&
            groups_burst(view->groups, view->samples[k].record)->what == BURST_NONE)
            view->samples[count++] = view->samples[k];
    }
    if (cluster_moments(view->samples, count) < STRONG_MOMENTS)
        return;
    int64_t low = view->samples[0].value, high = view->samples[count - 1].value;
    if (high - low > NANOS_PER_SECOND + TIGHT || !cluster_ticks(view->samples, count))
        return;
    for (size_t k = 0; k < count; k++) {
        uint32_t i = view->samples[k].record;
        groups_say(view->groups, i, idle_timeouts[view->side], CONFIDENCE_CONSISTENT,
                   idle_shutdowns[view->side]);
        groups_because(view->groups, i, GROUP_GAP_CLUSTER, high, (uint32_t)count);
    }
}

// Where connections began before the capture, their ages are hidden: what nothing else explains may
// be an age limit. Where packets are missing, several that nothing explains may be a broken group.
static void settle_hidden(struct groups *groups, struct member_list list, enum side side)
{
    const uint64_t losses = UINT64_C(1) << FACT_LOST_BYTES | UINT64_C(1) << FACT_FIN_UNSEEN |
                            UINT64_C(1) << FACT_CLOSE_UNSEEN;
    uint64_t guessed = 0;
    uint32_t guesses = 0, damaged = 0;
    for (size_t k = 0; k < list.count; k++) {
        bool guess = idle_is_guess(groups, list.items[k], side);
        damaged += (groups->records[list.items[k]].facts & losses) != 0;
        guessed |= guess ? groups->records[list.items[k]].facts : 0;
        guesses += guess;
    }
    bool is_midstream = guessed >> FACT_MIDSTREAM & 1;
    bool is_lossy = guesses > 0 && damaged * LOSSY_PARTS >= list.count;
    for (size_t k = 0; k < list.count && (is_midstream || is_lossy); k++) {
        uint32_t i = list.items[k];
        if (!idle_is_guess(groups, i, side))
            continue;
        groups_say(groups, i, CAUSE_UNATTRIBUTED, CONFIDENCE_CONSISTENT,
                   (enum cause)groups->verdicts[i].runner_up);
        groups->verdicts[i].reason = is_midstream ? REASON_MIDSTREAM : REASON_LOSS;
    }
}

// The pairs of each client, which may keep a pool with limits of its own for each server.
static struct members pairs_by_client(const struct groups *groups)
{
    const struct members *pairs = &groups->by_pair;
    uint32_t *client_of = g_new(uint32_t, pairs->groups + 1);
    for (uint32_t p = 0; p < pairs->groups; p++)
        client_of[p] = groups_host(groups, CLIENT, pairs->items[pairs->first[p]]);
    struct members by_client =
        members_new(client_of, pairs->groups, groups->by_host[CLIENT].groups);
    g_free(client_of);
    return by_client;
}

// Does that with each pair, where the host has several.
static void with_pairs(struct idle_view *view, struct member_list pairs,
                       void (*settle)(struct idle_view *view, struct member_list list))
{
    for (size_t k = 0; k < pairs.count && pairs.count > 1; k++)
        if (view->groups->of_pair[pairs.items[k]].has_gaps)
            settle(view, members_of(&view->groups->by_pair, pairs.items[k]));
}

static void settle_host(struct idle_view *view, struct member_list list, struct member_list pairs)
{
    ages_mark(view, list);
    with_pairs(view, pairs, ages_mark);
    list_gaps(view, list);
    settle_gaps(view, list);
    settle_ticks(view);
    ages_settle(view, list);
    with_pairs(view, pairs, ages_settle);
    sweeps_settle(view->groups, list, view->side);
}

void idle_closes_settle(struct groups *groups)
{
    uint8_t *is_aged = g_new0(uint8_t, groups->count + 1);
    struct members pairs = pairs_by_client(groups);
    for (enum side side = CLIENT; side <= SERVER; side++) {
        for (uint32_t h = 0; h < groups->by_host[side].groups; h++) {
            struct member_list list = members_of(&groups->by_host[side], h), none = {NULL, 0};
            const struct traits *traits = &groups->of_host[side][h];
            if (!traits->has_gaps)
                continue; // gaps and ages of closes at once are no sample
            struct idle_view view = {
                .groups = groups, .side = side, .samples = g_new(struct sample, list.count + 1)};
            view.is_aged = is_aged;
            view.is_damaged = traits_are_damaged(traits);
            settle_host(&view, list, side == CLIENT ? members_of(&pairs, h) : none);
            g_free(view.samples);
        }
    }
    members_free(&pairs);
    g_free(is_aged);
}

void idle_hidden_settle(struct groups *groups)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        for (uint32_t h = 0; h < groups->by_host[side].groups; h++) {
            const struct traits *traits = &groups->of_host[side][h];
            if (traits->has_gaps && traits->causes & trait_cause(idle_shutdowns[side]))
                settle_hidden(groups, members_of(&groups->by_host[side], h), side);
        }
    }
}
