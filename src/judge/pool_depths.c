// SPDX-License-Identifier: BSD-2-Clause
// Theory of operation: a pool with limit L + 1 has as many idle connections as one with limit L, or
// one more: then depth L + 1 is taken. A request takes one of each pool that has any, which frees
// the lowest depth that is taken: pools with lower limits had none, and open one. What comes back
// takes the lowest free depth: pools with lower limits were full, and close it. So two numbers say
// of an event what it is to every pool. Depths are kept as runs, alternately taken and free.
#include "judge/pool_depths.h"

#include <string.h>

#include "judge/pool_events.h"
#include "judge/pool_stack.h"

#define ROOM_LEAST 64

// The ends of runs from the highest, which is taken, down; what lies above is free.
struct runs {
    uint32_t *ends;
    size_t count, room;
};

// Of all pools with limits below a depth.
struct sums {
    int32_t opens, own, closes, waits; // own closes; other ones, and those that leave a TIME_WAIT
};

enum wait_kind { WAIT_OWN, WAIT_BELOW, WAIT_FROM };

// A close that may leave a TIME_WAIT in pools with limits below `depth`, or from it on.
struct wait {
    int64_t time;
    uint32_t depth;
    uint32_t kind; // enum wait_kind
};

struct pool_depths {
    struct sums all, *sums; // of all pools; by depth
    uint32_t most, room;    // the deepest that was ever taken
    uint32_t own, lasting;  // captured closes of the pool itself; of them those with a TIME_WAIT
    GArray *waits;          // struct wait; NULL where no TIME_WAIT ends before the last close
};

static bool lowest_is_taken(const struct runs *runs)
{
    return runs->count % 2;
}

// The lowest depth that is taken.
static uint32_t lowest_taken(const struct runs *runs)
{
    if (lowest_is_taken(runs))
        return 1;
    return runs->count ? runs->ends[runs->count - 1] + 1 : NO_DEPTH;
}

// Depth 1 becomes a run of its own, or joins the one above it.
static void flip_first(struct runs *runs)
{
    if (runs->count > 0 && runs->ends[runs->count - 1] == 1) {
        runs->count--;
        return;
    }
    if (runs->count == runs->room) {
        runs->room = MAX(2 * runs->room, ROOM_LEAST);
        runs->ends = g_renew(uint32_t, runs->ends, runs->room);
    }
    runs->ends[runs->count++] = 1;
}

// Takes the lowest free depth, or frees the lowest that is taken: that depth, or NO_DEPTH.
static inline uint32_t flip_lowest(struct runs *runs, bool is_taken)
{
    if (lowest_is_taken(runs) == is_taken) {
        flip_first(runs);
        return 1;
    }
    if (runs->count == 0)
        return NO_DEPTH;
    uint32_t *end = &runs->ends[runs->count - 1], depth = *end + 1;
    if (runs->count > 1 && end[-1] == depth)
        runs->count -= 2; // the run between two others is gone
    else
        *end = depth;
    return depth;
}

static struct sums *sums_below(struct pool_depths *depths, uint32_t depth)
{
    return depth == NO_DEPTH ? &depths->all : &depths->sums[depth];
}

static void note_wait(struct pool_depths *depths, int64_t time, uint32_t depth, enum wait_kind kind)
{
    if (!depths->waits)
        return;
    struct wait wait = {time, depth, kind};
    g_array_append_val(depths->waits, wait);
}

static void grow(struct pool_depths *depths)
{
    depths->sums = g_renew(struct sums, depths->sums, (size_t)depths->room * 2);
    memset(depths->sums + depths->room, 0, depths->room * sizeof(struct sums));
    depths->room *= 2;
}

// What is idle meanwhile: of each host, or of all where the limit is over several.
struct idle {
    struct pool_stack *stack; // or NULL
    struct runs *hosts;
};

static uint32_t take_depth(const struct idle *idle, uint32_t host)
{
    return idle->stack ? pool_stack_take(idle->stack, host) : flip_lowest(&idle->hosts[host], true);
}

static inline void take(struct pool_depths *depths, const struct idle *idle, uint32_t host)
{
    sums_below(depths, take_depth(idle, host))->opens++;
}

static inline void give_back(struct pool_depths *depths, const struct idle *idle, uint32_t host,
                             int64_t now)
{
    uint32_t depth =
        idle->stack ? pool_stack_add(idle->stack, host) : flip_lowest(&idle->hosts[host], false);
    if (depth == depths->room) // never more than one deeper than before
        grow(depths);
    depths->sums[depth].own++;
    note_wait(depths, now, depth, WAIT_OWN);
}

// Pools with limits below the depth close a connection that the capture closed.
static void close_below(struct pool_depths *depths, const struct replay_request *request,
                        uint32_t depth, int64_t now)
{
    struct sums *sums = sums_below(depths, depth);
    sums->closes++;
    if (!request->leaves_wait)
        return;
    sums->waits++;
    note_wait(depths, now, depth, WAIT_BELOW);
}

// Pools that have an idle connection lose it.
static void end_idle(struct pool_depths *depths, const struct idle *idle,
                     const struct replay_request *request)
{
    uint32_t depth = take_depth(idle, request->host);
    if (depth == NO_DEPTH)
        return;
    depths->all.closes++;
    depths->sums[depth].closes--;
    if (!request->leaves_wait)
        return;
    depths->all.waits++;
    depths->sums[depth].waits--;
    note_wait(depths, request->begin, depth, WAIT_FROM);
}

// A dial is made by pools that have none idle; it is closed without having been so.
static void dial(struct pool_depths *depths, const struct idle *idle, uint32_t host, uint32_t *made)
{
    *made = idle->stack ? pool_stack_depth(idle->stack, host) : lowest_taken(&idle->hosts[host]);
    sums_below(depths, *made)->opens++;
}

static void run_other(struct pool_depths *depths, const struct idle *idle,
                      struct pool_replay *replay, uint32_t event)
{
    const struct replay_request *request = event_request(replay, event);
    uint32_t *made = &replay->uses[event / EVENTS];
    int64_t now = event_time(replay, event);
    if (request->kind == REPLAY_END)
        end_idle(depths, idle, request);
    else if (request->kind == REPLAY_SEED)
        give_back(depths, idle, request->host, now);
    else if (event & EVENT_ENDS)
        close_below(depths, request, request->kind == REPLAY_UNUSED ? *made : NO_DEPTH, now);
    else if (request->kind == REPLAY_UNUSED)
        dial(depths, idle, request->host, made);
    else
        take(depths, idle, request->host);
}

static void run(struct pool_depths *depths, const struct idle *idle, struct pool_replay *replay)
{
    bool is_one = replay->hosts == 1;
    for (size_t i = 0; i < replay->event_count; i++) {
        uint32_t event = event_at(replay, i);
        uint32_t host = is_one ? 0 : event_request(replay, event)->host;
        if (!(event & EVENT_PLAIN))
            run_other(depths, idle, replay, event);
        else if (event & EVENT_ENDS)
            give_back(depths, idle, host, depths->waits ? event_time(replay, event) : 0);
        else
            take(depths, idle, host);
    }
}

static void run_idle(struct pool_depths *depths, struct pool_replay *replay, enum pool_model model)
{
    struct idle idle = {.hosts = g_new0(struct runs, replay->hosts)};
    if (model == POOL_TOTAL && replay->hosts > 1)
        idle.stack = pool_stack_new(replay->count, replay->hosts);
    run(depths, &idle, replay);
    for (uint32_t i = 0; i < replay->hosts; i++)
        g_free(idle.hosts[i].ends);
    g_free(idle.hosts);
    pool_stack_free(idle.stack);
}

// From what happened at each depth to what happened beyond it.
static void add_up(struct pool_depths *depths)
{
    struct sums beyond = {0};
    depths->most = depths->room - 1;
    while (depths->most > 0 && depths->sums[depths->most].own == 0)
        depths->most--;
    for (uint32_t depth = depths->most + 1; depth-- > 0;) {
        struct sums here = depths->sums[depth];
        depths->sums[depth] = beyond;
        beyond.opens += here.opens;
        beyond.own += here.own;
        beyond.closes += here.closes;
        beyond.waits += here.waits;
    }
}

// Whether a TIME_WAIT ends while there are closes still.
static bool is_long(const struct pool_replay *replay)
{
    size_t count = replay->event_count;
    return count > 0 && event_time(replay, event_at(replay, count - 1)) -
                                event_time(replay, event_at(replay, 0)) >=
                            TIME_WAIT_NANOS;
}

struct pool_depths *pool_depths_new(struct pool_replay *replay, struct pool_setting setting)
{
    if (MIN(setting.idle_timeout, setting.server_timeout) != INT64_MAX || setting.max_requests ||
        replay->has_dials)
        return NULL;
    struct pool_depths *depths = g_new(struct pool_depths, 1);
    *depths = (struct pool_depths){
        .sums = g_new0(struct sums, ROOM_LEAST),
        .room = ROOM_LEAST,
        .own = setting.closes,
        .lasting = setting.closes - setting.resets,
    };
    if (is_long(replay))
        depths->waits = g_array_new(FALSE, FALSE, sizeof(struct wait));
    run_idle(depths, replay, setting.model);
    add_up(depths);
    return depths;
}

void pool_depths_free(struct pool_depths *depths)
{
    if (!depths)
        return;
    if (depths->waits)
        g_array_free(depths->waits, TRUE);
    g_free(depths->sums);
    g_free(depths);
}

// Goes over closes in order of time. Of the pool's own ones as many leave a TIME_WAIT as in the
// capture, evenly spread.
struct cursor {
    guint place;
    uint64_t owed;
};

static bool leaves_wait(const struct pool_depths *depths, struct cursor *cursor, uint32_t limit)
{
    const struct wait *wait = &g_array_index(depths->waits, struct wait, cursor->place++);
    bool leaves = (limit < wait->depth) != (wait->kind == WAIT_FROM);
    if (!leaves || wait->kind != WAIT_OWN)
        return leaves;
    cursor->owed += depths->lasting;
    leaves = cursor->owed >= depths->own;
    cursor->owed -= leaves ? depths->own : 0;
    return leaves;
}

static uint64_t find_peak(const struct pool_depths *depths, uint32_t limit)
{
    struct cursor begun = {0}, ended = {0};
    const struct wait *waits = (const struct wait *)(const void *)depths->waits->data;
    uint64_t waiting = 0, peak = 0;
    while (begun.place < depths->waits->len) {
        int64_t now = waits[begun.place].time;
        waiting += leaves_wait(depths, &begun, limit);
        while (waits[ended.place].time + TIME_WAIT_NANOS <= now)
            waiting -= leaves_wait(depths, &ended, limit);
        peak = MAX(peak, waiting);
    }
    return peak;
}

struct pool_result pool_depths_at(const struct pool_depths *depths, uint32_t limit)
{
    uint32_t depth = MIN(limit, depths->most);
    const struct sums *all = &depths->all, *here = &depths->sums[depth];
    uint64_t own = (uint64_t)here->own, waits = (uint64_t)(all->waits + here->waits);
    waits += depths->own ? own * depths->lasting / depths->own : own;
    return (struct pool_result){
        .opens = (uint64_t)(all->opens + here->opens),
        .closes = (uint64_t)(all->closes + here->closes) + own,
        .time_wait_peak = depths->waits ? find_peak(depths, depth) : waits,
        .idle_most = MIN(depth + 1, depths->most),
    };
}
