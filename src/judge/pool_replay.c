// SPDX-License-Identifier: BSD-2-Clause
// The pool: idle connections stand in one stack in the order in which they became idle, linked by
// host. The newest of a host serves its next request; the oldest of all expires first. Both leave a
// hole in the stack, which goes when it is at an end of it.
#include "judge/pool_replay.h"

#include <string.h>

#include "judge/keyed.h"

#define TIME_WAIT_NANOS (60 * NANOS_PER_SECOND)
#define NOT_MADE        UINT32_MAX
#define HOLE            INT64_MIN

struct event {
    int64_t time;
    uint32_t request;
    uint32_t host : 27; // fewer than connections
    uint32_t kind : 3;  // enum replay_kind
    uint32_t ends : 1, leaves_wait : 1;
};
_Static_assert(sizeof(struct event) == 16, "events are read millions of times");

// An idle connection.
struct slot {
    int64_t since;  // HOLE: gone
    uint32_t below; // the next older one of its host
    uint32_t host, uses;
};

struct host_list {
    uint32_t newest, count;
};

struct pool_replay {
    struct event *events;
    size_t count, event_count; // requests, events
    uint32_t hosts, peak;
    int64_t last;
    struct slot *slots;      // [count]
    struct host_list *lists; // [hosts]
    uint32_t *uses;          // [count] of the connection that serves a request, or NOT_MADE
    int64_t *waits;          // [count] for a pool's wait_list
};

struct pool {
    struct pool_replay *replay;
    struct pool_setting setting;
    int64_t timeout; // the shorter one
    struct pool_result result;
    uint32_t bottom, top;     // of the stack: slots [bottom, top)
    uint32_t idle;            // of them no holes
    int64_t *wait_list;       // [requests] closes that left a TIME_WAIT
    uint32_t waits, wait_end; // waits before wait_end have ended
    uint32_t owed;            // for the share of closes that leave no TIME_WAIT
};

// Orders events by time; those of one time stay as they came.
static void sort_events(struct pool_replay *replay)
{
    size_t count = replay->event_count;
    struct event *events = g_new(struct event, count + 1);
    struct keyed *order = g_new(struct keyed, count + 1);
    for (size_t i = 0; i < count; i++)
        order[i] = (struct keyed){replay->events[i].time, (uint32_t)i};
    keyed_sort(order, count);
    for (size_t i = 0; i < count; i++)
        events[i] = replay->events[order[i].item];
    g_free(order);
    g_free(replay->events);
    replay->events = events;
}

static void add_event(struct pool_replay *replay, const struct replay_request *request,
                      uint32_t index, bool ends)
{
    replay->events[replay->event_count++] = (struct event){
        .time = ends ? MAX(request->begin + 1, request->end) : request->begin,
        .request = index,
        .host = request->host,
        .kind = request->kind,
        .ends = ends,
        .leaves_wait = request->leaves_wait,
    };
}

// What begins and ends; at one time ends come first, and requests in their order.
static void list_events(struct pool_replay *replay, const struct replay_request *requests,
                        int64_t last)
{
    replay->events = g_new(struct event, 2 * replay->count + 1);
    for (uint32_t i = 0; i < replay->count; i++)
        if (requests[i].end <= last)
            add_event(replay, &requests[i], i, true);
    for (uint32_t i = 0; i < replay->count; i++)
        if (requests[i].kind != REPLAY_SEED && requests[i].begin <= last)
            add_event(replay, &requests[i], i, false);
    sort_events(replay);
}

struct pool_replay *pool_replay_new(const GArray *requests, uint32_t hosts, int64_t last)
{
    struct pool_replay *replay = g_new0(struct pool_replay, 1);
    size_t count = replay->count = requests->len;
    list_events(replay, (const struct replay_request *)(const void *)requests->data, last);
    uint32_t now = 0;
    for (size_t i = 0; i < replay->event_count; i++) {
        if (replay->events[i].kind == REPLAY_SEED)
            continue;
        now += replay->events[i].ends ? -1U : 1;
        replay->peak = MAX(replay->peak, now);
    }
    replay->hosts = hosts;
    replay->last = last;
    replay->slots = g_new(struct slot, count + 1);
    replay->lists = g_new(struct host_list, hosts + 1);
    replay->uses = g_new(uint32_t, count + 1);
    replay->waits = g_new(int64_t, count + 1);
    return replay;
}

void pool_replay_free(struct pool_replay *replay)
{
    g_free(replay->events);
    g_free(replay->slots);
    g_free(replay->lists);
    g_free(replay->uses);
    g_free(replay->waits);
    g_free(replay);
}

uint32_t pool_replay_peak(const struct pool_replay *replay)
{
    return replay->peak;
}

static void drop_holes(struct pool *pool)
{
    const struct slot *slots = pool->replay->slots;
    while (pool->top > pool->bottom && slots[pool->top - 1].since == HOLE)
        pool->top--;
    while (pool->bottom < pool->top && slots[pool->bottom].since == HOLE)
        pool->bottom++;
    if (pool->bottom == pool->top)
        pool->bottom = pool->top = 0;
}

static void remove_idle(struct pool *pool, uint32_t index)
{
    struct slot *slot = &pool->replay->slots[index];
    slot->since = HOLE;
    pool->replay->lists[slot->host].count--;
    pool->idle--;
    drop_holes(pool);
}

static void add_idle(struct pool *pool, uint32_t host, uint32_t uses, int64_t now)
{
    struct host_list *list = &pool->replay->lists[host];
    pool->replay->slots[pool->top] = (struct slot){now, list->newest, host, uses};
    list->newest = pool->top++;
    list->count++;
    pool->idle++;
}

static void close_connection(struct pool *pool, int64_t now, bool leaves_wait)
{
    int64_t *waits = pool->wait_list;
    pool->result.closes++;
    if (!leaves_wait)
        return;
    waits[pool->waits++] = now;
    while (waits[pool->wait_end] + TIME_WAIT_NANOS <= now)
        pool->wait_end++;
    pool->result.time_wait_peak =
        MAX(pool->result.time_wait_peak, (uint64_t)(pool->waits - pool->wait_end));
}

// The pool's own close: as many as in the capture are by RST, evenly spread.
static void close_own(struct pool *pool, int64_t now)
{
    const struct pool_setting *setting = &pool->setting;
    pool->owed += setting->closes - setting->resets;
    bool leaves_wait = setting->closes == 0 || pool->owed >= setting->closes;
    pool->owed -= leaves_wait ? setting->closes : 0;
    close_connection(pool, now, leaves_wait);
}

// Closes what has been idle for the shorter of both timeouts.
static void expire(struct pool *pool, int64_t now)
{
    while (pool->idle > 0) {
        int64_t since = pool->replay->slots[pool->bottom].since;
        if (now - since < pool->timeout)
            return;
        remove_idle(pool, pool->bottom);
        if (pool->setting.idle_timeout <= pool->setting.server_timeout)
            close_own(pool, since + pool->timeout);
        else
            close_connection(pool, since + pool->timeout, false);
    }
}

static void give_back(struct pool *pool, uint32_t host, uint32_t uses, int64_t now)
{
    const struct pool_setting *setting = &pool->setting;
    bool is_total = setting->model == POOL_TOTAL;
    uint32_t idle = is_total ? pool->idle : pool->replay->lists[host].count;
    if (setting->max_requests > 0 && uses >= setting->max_requests) {
        close_connection(pool, now, false);
        return;
    }
    pool->result.idle_most = MAX(pool->result.idle_most, idle + 1);
    if (idle >= setting->limit) {
        close_own(pool, now);
        if (!is_total || setting->limit == 0)
            return;
        remove_idle(pool, pool->bottom);
    }
    add_idle(pool, host, uses, now);
}

static bool is_dial(const struct event *event)
{
    return event->kind == REPLAY_DIAL || event->kind == REPLAY_UNUSED;
}

static bool is_over(const struct event *event)
{
    return event->kind == REPLAY_LAST || event->kind == REPLAY_UNUSED;
}

static void take(struct pool *pool, const struct event *event)
{
    const struct host_list *list = &pool->replay->lists[event->host];
    uint32_t uses = !is_dial(event);
    if (list->count == 0) {
        pool->result.opens++;
    } else if (is_dial(event)) {
        uses = NOT_MADE;
    } else {
        uint32_t index = list->newest;
        uses += pool->replay->slots[index].uses;
        pool->replay->lists[event->host].newest = pool->replay->slots[index].below;
        remove_idle(pool, index);
    }
    pool->replay->uses[event->request] = uses;
}

static void finish(struct pool *pool, const struct event *event)
{
    uint32_t uses = event->kind == REPLAY_SEED ? 0 : pool->replay->uses[event->request];
    if (uses == NOT_MADE)
        return;
    if (is_over(event))
        close_connection(pool, event->time, event->leaves_wait);
    else
        give_back(pool, event->host, uses, event->time);
}

struct pool_result pool_replay_run(struct pool_replay *replay, struct pool_setting setting)
{
    struct pool pool = {
        .replay = replay,
        .setting = setting,
        .wait_list = replay->waits,
        .timeout = MIN(setting.idle_timeout, setting.server_timeout),
    };
    for (uint32_t host = 0; host < replay->hosts; host++)
        replay->lists[host] = (struct host_list){0, 0};
    for (size_t i = 0; i < replay->event_count; i++) {
        const struct event *event = &replay->events[i];
        if (pool.timeout != INT64_MAX)
            expire(&pool, event->time);
        if (event->ends)
            finish(&pool, event);
        else
            take(&pool, event);
    }
    if (pool.timeout != INT64_MAX)
        expire(&pool, replay->last);
    return pool.result;
}

// Pools that differ in their limits only, side by side: how many connections of each host are idle
// is all there is of them. A comparison of quads gives -1 where it holds.
typedef int32_t quad __attribute__((vector_size(16)));
#define QUADS (POOL_LIMITS / 4)

struct lanes {
    quad limits[QUADS], opens[QUADS], idle_most[QUADS];
    quad *idle; // [hosts][QUADS]
    unsigned count;
    struct pool pools[POOL_LIMITS]; // their closes
};

static void lanes_take(struct lanes *lanes, struct pool_replay *replay, const struct event *event)
{
    quad *idle = &lanes->idle[(size_t)event->host * QUADS];
    bool is_spare = is_dial(event);
    uint32_t made = is_spare ? 0 : UINT32_MAX; // bits: the pools that dial, or ask
    for (unsigned i = 0; is_spare && i < POOL_LIMITS; i++)
        made |= (uint32_t)(idle[i / 4][i % 4] == 0) << i;
    for (unsigned q = 0; q < QUADS; q++) {
        quad opens = idle[q] == 0;
        lanes->opens[q] -= opens;
        idle[q] += is_spare ? (quad){0} : ~opens;
    }
    replay->uses[event->request] = made;
}

// A pool over all hosts that has one host closes its oldest instead, to the same effect.
static void lanes_give_back(struct lanes *lanes, const struct event *event, uint32_t made)
{
    quad *idle = &lanes->idle[(size_t)event->host * QUADS], full[QUADS], any = {0};
    for (unsigned q = 0; q < QUADS; q++) {
        quad comes = {-1, -1, -1, -1};
        for (unsigned i = 0; event->kind == REPLAY_DIAL && i < 4; i++)
            comes[i] = made >> (4 * q + i) & 1 ? -1 : 0;
        quad more = idle[q] - comes, stays = comes & (more <= lanes->limits[q]);
        quad rises = more > lanes->idle_most[q];
        lanes->idle_most[q] = (rises & more) | (~rises & lanes->idle_most[q]);
        idle[q] -= stays;
        full[q] = comes & ~stays;
        any |= full[q];
    }
    uint64_t halves[2];
    memcpy(halves, &any, sizeof halves);
    for (unsigned i = 0; (halves[0] | halves[1]) && i < lanes->count; i++)
        if (full[i / 4][i % 4])
            close_own(&lanes->pools[i], event->time);
}

static void lanes_finish(struct lanes *lanes, const struct event *event, uint32_t made)
{
    for (unsigned i = 0; is_over(event) && i < lanes->count; i++)
        if (made >> i & 1)
            close_connection(&lanes->pools[i], event->time, event->leaves_wait);
    if (!is_over(event))
        lanes_give_back(lanes, event, made);
}

static void lanes_run(struct lanes *lanes, struct pool_replay *replay)
{
    for (size_t i = 0; i < replay->event_count; i++) {
        const struct event *event = &replay->events[i];
        if (!event->ends)
            lanes_take(lanes, replay, event);
        else
            lanes_finish(lanes, event, replay->uses[event->request]);
    }
}

bool pool_replay_limits(struct pool_replay *replay, struct pool_setting setting,
                        const uint32_t *limits, unsigned count, struct pool_result *results)
{
    if (MIN(setting.idle_timeout, setting.server_timeout) != INT64_MAX || setting.max_requests ||
        (setting.model == POOL_TOTAL && replay->hosts > 1) || count > POOL_LIMITS)
        return false;
    struct lanes lanes = {.idle = g_new0(quad, (size_t)replay->hosts * QUADS), .count = count};
    for (unsigned i = 0; i < POOL_LIMITS; i++) {
        lanes.limits[i / 4][i % 4] = (int32_t)MIN(i < count ? limits[i] : INT32_MAX, INT32_MAX);
        lanes.pools[i] = (struct pool){.setting = setting};
        if (i < count)
            lanes.pools[i].wait_list = g_new(int64_t, replay->count + 1);
    }
    lanes_run(&lanes, replay);
    for (unsigned i = 0; i < count; i++) {
        results[i] = lanes.pools[i].result;
        results[i].opens = (uint64_t)lanes.opens[i / 4][i % 4];
        results[i].idle_most = (uint32_t)lanes.idle_most[i / 4][i % 4];
        g_free(lanes.pools[i].wait_list);
    }
    g_free(lanes.idle);
    return true;
}
