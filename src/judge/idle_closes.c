// SPDX-License-Identifier: BSD-2-Clause
// Closes of idle connections by one host: equal gaps are an idle timeout, equal ages a maximum age.
#include "judge/bursts.h"
#include "judge/sweeps.h"
#include "judge/thresholds.h"
#include "judge/when.h"

static const enum cause timeouts[] = {CAUSE_CLIENT_IDLE_TIMEOUT, CAUSE_SERVER_IDLE_TIMEOUT};
static const enum cause ages[] = {CAUSE_CLIENT_MAX_AGE, CAUSE_SERVER_MAX_AGE};
static const enum cause shutdowns[] = {CAUSE_CLIENT_SHUTDOWN, CAUSE_SERVER_SHUTDOWN};

// The closes of one host in one role.
struct host_view {
    struct groups *groups;
    enum side side;
    struct sample *samples;
    size_t count;
    uint8_t *is_aged; // [groups->count] its age, not its gap, is what it has in common
    int64_t survived; // longest idle stay after which a connection of the host was used again
    bool is_damaged;  // packets are missing
};

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

// When it was closed; a shutdown is one moment, however long it takes.
static int64_t moment_of(const struct groups *groups, uint32_t i)
{
    const struct burst_found *burst = groups_burst(groups, i);
    return burst->what == BURST_SHUTDOWN ? burst->begin : groups->lives[i].close;
}

static void list_gaps(struct host_view *view, struct member_list list)
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
                (struct sample){r->gap, moment_of(view->groups, i), i, 0};
    }
}

static void say_timeout(struct host_view *view, const struct cluster *cluster, uint32_t i)
{
    double chance = cluster_moments_by_chance(cluster, view->samples, view->count);
    bool is_timer = cluster->moments >= STRONG_MOMENTS;
    bool is_strong = is_timer && chance * (double)RARE_PARTS <= 1;
    bool is_doubtful = is_timer ? chance * (double)CHANCE_PARTS > 1 : view->is_damaged;
    enum confidence weak = is_doubtful ? CONFIDENCE_AMBIGUOUS : CONFIDENCE_CONSISTENT;
    groups_say(view->groups, i, timeouts[view->side], is_strong ? CONFIDENCE_STRONG : weak,
               is_strong ? CAUSE_NONE : shutdowns[view->side]);
    groups_because(view->groups, i, GROUP_GAP_CLUSTER, cluster->centre, cluster->n);
}

static bool is_survived(const struct host_view *view, int64_t gap)
{
    return view->survived != NANOS_UNKNOWN && view->survived > gap + cluster_tight(gap);
}

static bool equals_known(const struct host_view *view, uint32_t i, int64_t gap)
{
    return !is_survived(view, gap) &&
           groups_is_known(view->groups, i, view->side, SETTING_IDLE_TIMEOUT, gap);
}

// One that no cluster explains: its burst, or what is known of defaults.
static void settle_unclustered(struct host_view *view, const struct sample *sample)
{
    struct groups *groups = view->groups;
    uint32_t i = sample->record;
    const struct record *r = &groups->records[i];
    enum burst burst = groups_burst(groups, i)->what;
    uint32_t size = groups_burst(groups, i)->size;
    bool is_advertised = groups->verdicts[i].cause == timeouts[view->side];
    if (burst == BURST_TIMEOUT) {
        groups_say(groups, i, timeouts[view->side],
                   size >= BURST_LEAST ? CONFIDENCE_STRONG : CONFIDENCE_CONSISTENT, CAUSE_NONE);
        groups_because(groups, i, GROUP_GAP_CLUSTER, sample->value, size);
    } else if (burst == BURST_UNDECIDED) {
        bool is_timer = is_advertised || equals_known(view, i, sample->value) ||
                        (cluster_is_whole(sample->value) && !is_survived(view, sample->value));
        groups_say(groups, i, is_timer ? timeouts[view->side] : shutdowns[view->side],
                   CONFIDENCE_AMBIGUOUS, is_timer ? shutdowns[view->side] : timeouts[view->side]);
        groups_because(groups, i, GROUP_BURST, 0, size);
    } else if (burst == BURST_NONE && is_advertised && r->advertised_timeout == ADVERTISED_NONE) {
        return; // the server said so itself
    } else if (burst == BURST_NONE && is_advertised) {
        groups_because(groups, i, GROUP_ADVERTISED,
                       (int64_t)r->advertised_timeout * NANOS_PER_SECOND, 1);
    } else if (burst == BURST_NONE && equals_known(view, i, sample->value)) {
        // Where the beginning isn't in the capture, an age limit may have been reached as well.
        bool is_fit = when_begin_seen(r) && !view->is_damaged;
        groups_say(groups, i, timeouts[view->side],
                   is_fit ? CONFIDENCE_CONSISTENT : CONFIDENCE_AMBIGUOUS,
                   when_begin_seen(r) ? shutdowns[view->side] : ages[view->side]);
        groups_because(groups, i, GROUP_KNOWN_DEFAULT, sample->value, 1);
    }
}

// A close that nothing explains.
static bool is_guess(const struct groups *groups, uint32_t i, enum side side)
{
    const struct verdict *verdict = &groups->verdicts[i];
    enum burst burst = groups_burst(groups, i)->what;
    return verdict->cause == shutdowns[side] && verdict->group == GROUP_NONE &&
           groups->records[i].gap > AT_ONCE && (burst == BURST_NONE || burst == BURST_UNDECIDED);
}

// The tight cluster of a timer and closes near it that a busy host made early or late.
static bool is_beside(const struct cluster *timer, int64_t value)
{
    int64_t room = 2 * cluster_tight(timer->centre);
    return value >= timer->low - room && value <= timer->high + room;
}

// What stays a guess beside the strongest timer is most likely that timer's too. Returns the timer,
// or NULL.
static const struct cluster *settle_beside(struct host_view *view, const GArray *clusters,
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
        if (!is_guess(view->groups, i, view->side) || !is_beside(timer, view->samples[k].value))
            continue;
        groups_say(view->groups, i, causes[view->side], CONFIDENCE_AMBIGUOUS,
                   shutdowns[view->side]);
    }
    return timer;
}

// A gap equal to those at other moments beats the burst that its close fell into.
static void settle_met(struct host_view *view, struct member_list list, const struct cluster *timer)
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

static void settle_gaps(struct host_view *view, struct member_list list)
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
    const struct cluster *timer = settle_beside(view, clusters, timeouts);
    if (timer)
        settle_met(view, list, timer);
    g_array_free(clusters, TRUE);
}

// Gaps within one tick of each other, closed at one fraction of the second: a coarse timer.
static void settle_ticks(struct host_view *view)
{
    size_t count = 0;
    for (size_t k = 0; k < view->count; k++) {
        const struct verdict *verdict = &view->groups->verdicts[view->samples[k].record];
        if (verdict->cause == shutdowns[view->side] && verdict->group == GROUP_NONE &&
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
        groups_say(view->groups, i, timeouts[view->side], CONFIDENCE_CONSISTENT,
                   shutdowns[view->side]);
        groups_because(view->groups, i, GROUP_GAP_CLUSTER, high, (uint32_t)count);
    }
}

// The idle closes that no cluster of gaps explains, by age. Those of a burst too: connections that
// were opened together reach their age together.
static void list_ages(struct host_view *view, struct member_list list)
{
    view->count = 0;
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        bool has_equals = view->groups->verdicts[i].group == GROUP_GAP_CLUSTER;
        if (!groups_is_idle_close(view->groups, i, view->side) || has_equals || r->gap <= AT_ONCE ||
            !when_begin_seen(r))
            continue;
        int64_t age = record_close(r).time - r->at[AT_START].time;
        view->samples[view->count++] = (struct sample){age, moment_of(view->groups, i), i, 0};
    }
}

// The gaps of those that were used again: others have one age and gap, whichever is limited.
static size_t list_reused(const struct host_view *view, const struct cluster *cluster,
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
static bool differs_in_gaps(const struct host_view *view, const struct cluster *cluster)
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
static bool differs_beyond_age(const struct host_view *view, const struct cluster *cluster)
{
    const struct record *records = view->groups->records;
    uint32_t requests = records[view->samples[cluster->first].record].requests;
    for (uint32_t k = 1; k < cluster->n; k++)
        if (records[view->samples[cluster->first + k].record].requests != requests)
            return true;
    return differs_in_gaps(view, cluster);
}

// Closes whose age is what they have in common are no samples of an idle timeout.
static void mark_aged(struct host_view *view)
{
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
static void settle_aged_at_once(struct host_view *view, struct member_list list,
                                const struct cluster *timer)
{
    static const enum close_by closers[] = {CLOSE_BY_CLIENT, CLOSE_BY_SERVER};
    for (size_t k = 0; k < list.count; k++) {
        uint32_t i = list.items[k];
        const struct record *r = &view->groups->records[i];
        const struct verdict *verdict = &view->groups->verdicts[i];
        if (r->close_by != closers[view->side] || r->phase != PHASE_IDLE || r->gap > AT_ONCE ||
            !when_begin_seen(r) || verdict->confidence != CONFIDENCE_AMBIGUOUS ||
            !is_beside(timer, record_close(r).time - r->at[AT_START].time))
            continue;
        groups_say(view->groups, i, ages[view->side], CONFIDENCE_AMBIGUOUS,
                   (enum cause)verdict->cause);
    }
}

// Returns the cluster that shows an age limit; n is 0 when there is none.
static struct cluster settle_ages(struct host_view *view)
{
    struct cluster timer = {0};
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
            groups_say(view->groups, i, ages[view->side],
                       is_clear ? CONFIDENCE_STRONG : CONFIDENCE_AMBIGUOUS,
                       is_clear ? CAUSE_NONE : shutdowns[view->side]);
            groups_because(view->groups, i, GROUP_AGE_CLUSTER, cluster->centre, cluster->n);
        }
    }
    if (timer.n > 0)
        settle_beside(view, clusters, ages);
    g_array_free(clusters, TRUE);
    return timer;
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
        bool guess = is_guess(groups, list.items[k], side);
        damaged += (groups->records[list.items[k]].facts & losses) != 0;
        guessed |= guess ? groups->records[list.items[k]].facts : 0;
        guesses += guess;
    }
    bool is_midstream = guessed >> FACT_MIDSTREAM & 1;
    bool is_lossy = guesses > 0 && damaged * LOSSY_PARTS >= list.count;
    for (size_t k = 0; k < list.count && (is_midstream || is_lossy); k++) {
        uint32_t i = list.items[k];
        if (!is_guess(groups, i, side))
            continue;
        groups_say(groups, i, CAUSE_UNATTRIBUTED, CONFIDENCE_CONSISTENT,
                   (enum cause)groups->verdicts[i].runner_up);
        groups->verdicts[i].reason = is_midstream ? REASON_MIDSTREAM : REASON_LOSS;
    }
}

void idle_closes_settle(struct groups *groups)
{
    uint8_t *is_aged = g_new0(uint8_t, groups->count + 1);
    for (enum side side = CLIENT; side <= SERVER; side++) {
        for (uint32_t h = 0; h < groups->by_host[side].groups; h++) {
            struct member_list list = members_of(&groups->by_host[side], h);
            const struct traits *traits = &groups->of_host[side][h];
            if (!traits->has_gaps)
                continue; // gaps and ages of closes at once are no sample
            struct host_view view = {
                .groups = groups, .side = side, .samples = g_new(struct sample, list.count + 1)};
            view.is_aged = is_aged;
            view.is_damaged = traits_are_damaged(traits);
            list_ages(&view, list);
            mark_aged(&view);
            list_gaps(&view, list);
            settle_gaps(&view, list);
            settle_ticks(&view);
            list_ages(&view, list);
            struct cluster age = settle_ages(&view);
            if (age.n > 0)
                settle_aged_at_once(&view, list, &age);
            sweeps_settle(groups, list, side);
            g_free(view.samples);
        }
    }
    g_free(is_aged);
}

void idle_hidden_settle(struct groups *groups)
{
    for (enum side side = CLIENT; side <= SERVER; side++) {
        for (uint32_t h = 0; h < groups->by_host[side].groups; h++) {
            const struct traits *traits = &groups->of_host[side][h];
            if (traits->has_gaps && traits->causes & trait_cause(shutdowns[side]))
                settle_hidden(groups, members_of(&groups->by_host[side], h), side);
        }
    }
}
