// SPDX-License-Identifier: BSD-2-Clause
// What stays tells a limit that is looked at now and then: at every moment of closing it was idle
// for less than all that is closed, by one limit for all moments.
#include "judge/sweeps.h"

#include "judge/cluster.h"
#include "judge/keyed.h"
#include "judge/thresholds.h"

static const enum cause timeouts[] = {CAUSE_CLIENT_IDLE_TIMEOUT, CAUSE_SERVER_IDLE_TIMEOUT};
static const enum cause shutdowns[] = {CAUSE_CLIENT_SHUTDOWN, CAUSE_SERVER_SHUTDOWN};

// Closes of one moment, and what they leave open.
struct sweep {
    int64_t begin, end;
    uint32_t first, closed; // of the samples
    bool is_burst;          // a shutdown as far as one can tell without what it leaves
    int64_t least;          // idle of those closed
    uint32_t left;          // connections idle before and after it
    int64_t longest;        // of them, idle before it; 0 none
    bool goes_on;           // one that had been opened before is kept after a later response
};

struct sweeper {
    struct groups *groups;
    enum side side;
    struct member_list list; // of the host
    struct sample *samples;  // closes that no timer and no age explains, by time
    struct sweep *sweeps;    // by time
    size_t count;
    int64_t end_wave; // of the host, see traits_end_wave()
};

static bool is_in_burst(const struct groups *groups, uint32_t i)
{
    enum burst what = groups_burst(groups, i)->what;
    return what == BURST_SHUTDOWN || what == BURST_UNDECIDED;
}

// A close in a burst, or one that nothing explains.
static bool takes_part(const struct sweeper *sweeper, uint32_t i)
{
    const struct groups *groups = sweeper->groups;
    const struct verdict *verdict = &groups->verdicts[i];
    bool is_guess = verdict->cause == shutdowns[sweeper->side] && verdict->group == GROUP_NONE &&
                    groups_burst(groups, i)->what == BURST_NONE;
    bool is_told = verdict->group != GROUP_NONE && verdict->group != GROUP_BURST;
    return groups_is_idle_close(groups, i, sweeper->side) && groups->records[i].gap >= IDLE_FROM &&
           (is_in_burst(groups, i) ? !is_told : is_guess);
}

static void list_sweeps(struct sweeper *sweeper)
{
    size_t count = 0;
    for (size_t k = 0; k < sweeper->list.count; k++) {
        uint32_t i = sweeper->list.items[k];
        int64_t close = sweeper->groups->lives[i].close;
        if (takes_part(sweeper, i))
            sweeper->samples[count++] = (struct sample){close, close, i, 0};
    }
    samples_sort(sweeper->samples, count);
    sweeper->sweeps = g_new(struct sweep, count + 1);
    for (size_t k = 0; k < count; k++) {
        const struct sample *sample = &sweeper->samples[k];
        struct sweep *sweep = sweeper->count ? &sweeper->sweeps[sweeper->count - 1] : NULL;
        int64_t gap = sweeper->groups->records[sample->record].gap;
        if (!sweep || sample->time - sweep->end > MOMENTS_APART) {
            sweep = &sweeper->sweeps[sweeper->count++];
            *sweep = (struct sweep){.begin = sample->time, .first = (uint32_t)k, .least = gap};
        }
        sweep->end = sample->time;
        sweep->closed++;
        sweep->least = MIN(sweep->least, gap);
        sweep->is_burst |= is_in_burst(sweeper->groups, sample->record);
    }
}

// How many of the sorted times are at most `time`.
static size_t until(const struct keyed *times, size_t count, int64_t time)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times[middle].key <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// What was idle before each burst and stays: from the last burst back, more and more stays end
// later.
static void find_left(struct sweeper *sweeper, const struct stay *stays, struct keyed *starts,
                      struct keyed *ends, size_t count)
{
    int64_t oldest = INT64_MAX;
    size_t later = count;
    keyed_sort(starts, count);
    keyed_sort(ends, count);
    for (size_t b = sweeper->count; b-- > 0;) {
        struct sweep *sweep = &sweeper->sweeps[b];
        int64_t from = sweep->begin - AT_ONCE, to = sweep->end + AT_ONCE;
        for (; later > 0 && ends[later - 1].key > to; later--)
            oldest = MIN(oldest, stays[ends[later - 1].item].start);
        if (oldest >= from)
            continue;
        size_t begun = until(starts, count, from);
        sweep->longest = sweep->begin - oldest;
        sweep->left = begun > later ? (uint32_t)(begun - later) : 1;
    }
}

// Whether connections from before each burst are kept after it.
static void find_going_on(struct sweeper *sweeper, const struct stay *stays, struct keyed *starts,
                          size_t count)
{
    int64_t opened = INT64_MAX;
    size_t later = count;
    keyed_sort(starts, count);
    for (size_t b = sweeper->count; b-- > 0;) {
        struct sweep *sweep = &sweeper->sweeps[b];
        for (; later > 0 && starts[later - 1].key > sweep->end + AT_ONCE; later--) {
            const struct stay *stay = &stays[starts[later - 1].item];
            if (stay->how == STAY_REUSED)
                opened = MIN(opened, sweeper->groups->records[stay->record].at[AT_START].time);
        }
        sweep->goes_on = opened < sweep->begin;
    }
}

// A stay that nothing ends may be one whose end is missing.
static void find_survivors(struct sweeper *sweeper, const struct traits *traits)
{
    const struct groups *groups = sweeper->groups;
    struct stays stays = {NULL, 0, 0};
    size_t count = 0;
    for (size_t k = 0; k < sweeper->list.count; k++)
        stays_append(&stays, &groups->log, groups->records, sweeper->list.items[k], 0);
    struct keyed *starts = g_new(struct keyed, stays.count + 1);
    struct keyed *ends = g_new(struct keyed, stays.count + 1);
    for (size_t i = 0; i < stays.count; i++) {
        const struct stay *stay = &stays.items[i];
        if (stay->is_first || (stay->how == STAY_OPEN && traits_are_damaged(traits)))
            continue;
        starts[count] = (struct keyed){stay->start, (uint32_t)i};
        ends[count++] = (struct keyed){stay->end, (uint32_t)i};
    }
    find_left(sweeper, stays.items, starts, ends, count);
    find_going_on(sweeper, stays.items, starts, count);
    g_free(ends);
    g_free(starts);
    g_free(stays.items);
}

// A burst that hit other connections too, busy ones or such as had just finished, is no sweep.
static bool is_whole(const struct sweeper *sweeper, const struct sweep *sweep)
{
    for (uint32_t k = 0; k < sweep->closed; k++) {
        uint32_t i = sweeper->samples[sweep->first + k].record;
        if (is_in_burst(sweeper->groups, i) &&
            groups_burst(sweeper->groups, i)->size > sweep->closed)
            return false;
    }
    return true;
}

static bool is_swept(const struct sweeper *sweeper, const struct sweep *sweep)
{
    bool goes_on = sweeper->side == SERVER && sweep->goes_on && sweep->is_burst;
    return (sweep->longest > 0 || goes_on) && is_whole(sweeper, sweep);
}

// How likely it is that just the longest idle ones are closed: one choice of all.
static double chance_of(const struct sweep *sweep)
{
    double chance = 1;
    for (uint32_t i = 1; i <= sweep->closed; i++)
        chance *= (double)i / (double)(sweep->left + i);
    return chance;
}

// A client that has no connection afterwards, and opens none, may have ended as well.
static void say_sweep(struct sweeper *sweeper, const struct sweep *sweep,
                      enum confidence confidence)
{
    struct groups *groups = sweeper->groups;
    bool is_end = sweeper->side == CLIENT && sweep->is_burst && sweep->begin >= sweeper->end_wave;
    enum cause timeout = timeouts[sweeper->side], shutdown = shutdowns[sweeper->side];
    if (is_end)
        confidence = CONFIDENCE_AMBIGUOUS;
    for (uint32_t k = 0; k < sweep->closed; k++) {
        uint32_t i = sweeper->samples[sweep->first + k].record;
        if (groups->burst_of[i])
            g_array_index(groups->bursts, struct burst_found, groups->burst_of[i]).what =
                BURST_SWEEP;
        groups_say(groups, i, is_end ? shutdown : timeout, confidence,
                   confidence == CONFIDENCE_STRONG ? CAUSE_NONE
                   : is_end                        ? timeout
                                                   : shutdown);
        groups_because(groups, i, sweep->closed > 1 ? GROUP_BURST : GROUP_NONE, 0, sweep->closed);
    }
}

// Where chance may have chosen so, a lone close stays what it was: as likely a decision.
static void settle(struct sweeper *sweeper)
{
    int64_t least = INT64_MAX, longest = 0;
    double chance = 1;
    uint32_t moments = 0;
    for (size_t b = 0; b < sweeper->count; b++) {
        const struct sweep *sweep = &sweeper->sweeps[b];
        if (!is_swept(sweeper, sweep))
            continue;
        least = MIN(least, sweep->least);
        longest = MAX(longest, sweep->longest);
        chance *= chance_of(sweep);
        moments++;
    }
    if (longest >= least)
        return; // no one limit
    bool is_sure = chance * (double)CHANCE_PARTS <= 1;
    bool is_strong = moments >= STRONG_MOMENTS && chance * (double)RARE_PARTS <= 1;
    for (size_t b = 0; b < sweeper->count; b++) {
        const struct sweep *sweep = &sweeper->sweeps[b];
        // The limit lies between what was left and what was closed.
        bool fits =
            sweep->least >= least || (moments > 0 && sweep->is_burst && sweep->least > longest);
        if (fits && is_whole(sweeper, sweep) && (is_sure || sweep->is_burst))
            say_sweep(sweeper, sweep,
                      is_strong ? CONFIDENCE_STRONG
                      : is_sure ? CONFIDENCE_CONSISTENT
                                : CONFIDENCE_AMBIGUOUS);
    }
}

void sweeps_settle(struct groups *groups, struct member_list list, enum side side)
{
    struct sweeper sweeper = {.groups = groups,
                              .side = side,
                              .list = list,
                              .samples = g_new(struct sample, list.count + 1)};
    list_sweeps(&sweeper);
    if (sweeper.count > 0) {
        const struct traits *traits =
            &groups->of_host[side][groups_host(groups, side, list.items[0])];
        sweeper.end_wave = traits_end_wave(traits);
        find_survivors(&sweeper, traits);
        settle(&sweeper);
    }
    g_free(sweeper.sweeps);
    g_free(sweeper.samples);
}
