// SPDX-License-Identifier: BSD-2-Clause
// What stays tells a sweep from a shutdown: it was idle for less than all that is closed, and a
// server goes on with it.
#include "judge/sweeps.h"

#include "judge/keyed.h"
#include "judge/thresholds.h"

// A burst, and what it leaves open.
struct sweep {
    struct burst_found *burst;
    uint32_t closed, idle; // connections, and how many of them were idle
    int64_t least;         // of their gaps
    uint32_t left;         // connections idle before and after it
    int64_t longest;       // of them, idle before it; 0 none
    bool goes_on;          // one that had been opened before is kept after a later response
};

struct sweeper {
    const struct groups *groups;
    enum side side;
    struct member_list list; // of the host
    struct sweep *sweeps;    // by time
    size_t count;
};

// Those of one host were found one after the other, but not in order of time.
static void list_sweeps(struct sweeper *sweeper, guint first)
{
    const struct groups *groups = sweeper->groups;
    guint count = groups->bursts->len - first;
    struct keyed *order = g_new(struct keyed, count + 1);
    uint32_t *place = g_new(uint32_t, count + 1);
    for (guint b = 0; b < count; b++)
        order[b] = (struct keyed){g_array_index(groups->bursts, struct burst_found, first + b).end,
                                  (uint32_t)b};
    keyed_sort(order, count);
    sweeper->sweeps = g_new0(struct sweep, count + 1);
    sweeper->count = count;
    for (guint b = 0; b < count; b++) {
        place[order[b].item] = b;
        sweeper->sweeps[b].burst =
            &g_array_index(groups->bursts, struct burst_found, first + order[b].item);
        sweeper->sweeps[b].least = INT64_MAX;
    }
    for (size_t k = 0; k < sweeper->list.count; k++) {
        uint32_t i = sweeper->list.items[k];
        if (groups->burst_of[i] < first)
            continue;
        struct sweep *sweep = &sweeper->sweeps[place[groups->burst_of[i] - first]];
        bool is_idle = groups_is_idle_close(groups, i, sweeper->side);
        sweep->closed++;
        sweep->idle += is_idle;
        sweep->least = is_idle ? MIN(sweep->least, groups->records[i].gap) : sweep->least;
    }
    g_free(place);
    g_free(order);
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
        int64_t from = sweep->burst->begin - AT_ONCE, to = sweep->burst->end + AT_ONCE;
        for (; later > 0 && ends[later - 1].key > to; later--)
            oldest = MIN(oldest, stays[ends[later - 1].item].start);
        if (oldest >= from)
            continue;
        size_t begun = until(starts, count, from);
        sweep->longest = sweep->burst->begin - oldest;
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
        for (; later > 0 && starts[later - 1].key > sweep->burst->end + AT_ONCE; later--) {
            const struct stay *stay = &stays[starts[later - 1].item];
            if (stay->how == STAY_REUSED)
                opened = MIN(opened, sweeper->groups->records[stay->record].at[AT_START].time);
        }
        sweep->goes_on = opened < sweep->burst->begin;
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

static bool is_swept(const struct sweeper *sweeper, const struct sweep *sweep)
{
    bool stays = sweep->longest > 0 || (sweeper->side == SERVER && sweep->goes_on);
    return sweep->burst->what == BURST_SHUTDOWN && sweep->idle == sweep->closed &&
           sweep->least >= IDLE_FROM && stays;
}

// How likely it is that just the longest idle ones are closed: one choice of all.
static double chance_of(const struct sweep *sweep)
{
    double chance = 1;
    for (uint32_t i = 1; i <= sweep->closed; i++)
        chance *= (double)i / (double)(sweep->left + i);
    return chance;
}

static void settle(struct sweeper *sweeper)
{
    int64_t least = INT64_MAX, longest = 0;
    double chance = 1;
    for (size_t b = 0; b < sweeper->count; b++) {
        const struct sweep *sweep = &sweeper->sweeps[b];
        if (!is_swept(sweeper, sweep))
            continue;
        least = MIN(least, sweep->least);
        longest = MAX(longest, sweep->longest);
        chance *= chance_of(sweep);
    }
    if (longest >= least)
        return; // no one limit
    for (size_t b = 0; b < sweeper->count; b++) {
        struct sweep *sweep = &sweeper->sweeps[b];
        if (sweep->burst->what != BURST_SHUTDOWN || sweep->idle < sweep->closed ||
            sweep->least < least)
            continue;
        sweep->burst->what = BURST_SWEEP;
        sweep->burst->is_scattered = false;
        sweep->burst->is_sure = chance * (double)CHANCE_PARTS <= 1;
    }
}

void sweeps_find(struct groups *groups, struct member_list list, enum side side, guint first)
{
    struct sweeper sweeper = {.groups = groups, .side = side, .list = list};
    list_sweeps(&sweeper, first);
    find_survivors(&sweeper, &groups->of_host[side][groups->host_of[side][list.items[0]]]);
    settle(&sweeper);
    g_free(sweeper.sweeps);
}
