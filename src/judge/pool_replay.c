// SPDX-License-Identifier: BSD-2-Clause
// The pool: idle connections stand in one list ordered by when they became idle, and in one list
// per host. The newest of a host serves its next request; the oldest of all expires first.
#include "judge/pool_replay.h"

#include <string.h>

#define TIME_WAIT_NANOS (60 * NANOS_PER_SECOND)
#define NONE            UINT32_MAX
#define DIGIT_BITS      11
#define DIGITS          (1 << DIGIT_BITS)

struct event {
    int64_t time;
    uint32_t request;
    bool ends;
};

// A connection, idle or in use. Lists are by index, NONE at their ends.
struct connection {
    int64_t idle_since;
    uint32_t uses, host;
    uint32_t older, newer;           // of all idle ones
    uint32_t host_older, host_newer; // of the host's idle ones; host_older: free list
};

struct host_list {
    uint32_t newest, count;
};

struct pool_replay {
    struct replay_request *requests;
    struct event *events;
    size_t count, event_count;
    uint32_t hosts, peak;
    int64_t last;
    struct connection *connections; // [count]
    struct host_list *lists;        // [hosts]
    uint32_t *taken;                // [count] connection that serves a request; NONE
    GArray *waits;                  // int64_t: closes that left a TIME_WAIT
};

struct pool {
    struct pool_replay *replay;
    struct pool_setting setting;
    struct pool_result result;
    uint32_t oldest, newest, idle, free, made;
    guint wait_first; // waits before it have ended
};

// One pass of a radix sort by the time since `first`.
static void sort_by_digit(const struct event *from, struct event *to, size_t count, int64_t first,
                          unsigned shift)
{
    size_t starts[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < count; i++)
        starts[(uint64_t)(from[i].time - first) >> shift & (DIGITS - 1)]++;
    for (size_t i = 0; i < DIGITS; i++) {
        size_t here = starts[i];
        starts[i] = sum;
        sum += here;
    }
    for (size_t i = 0; i < count; i++)
        to[starts[(uint64_t)(from[i].time - first) >> shift & (DIGITS - 1)]++] = from[i];
}

// Orders events by time; those of one time stay as they came.
static void sort_events(struct pool_replay *replay)
{
    struct event *events = replay->events, *other = g_new(struct event, replay->event_count + 1);
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < replay->event_count; i++) {
        first = MIN(first, events[i].time);
        last = MAX(last, events[i].time);
    }
    for (unsigned shift = 0; shift < 64 && last > first && (uint64_t)(last - first) >> shift;
         shift += DIGIT_BITS) {
        sort_by_digit(events, other, replay->event_count, first, shift);
        struct event *sorted = other;
        other = events;
        events = sorted;
    }
    replay->events = events;
    g_free(other);
}

// What begins and ends; at one time ends come first, and requests in their order.
static void list_events(struct pool_replay *replay, int64_t last)
{
    replay->events = g_new(struct event, 2 * replay->count + 1);
    for (uint32_t i = 0; i < replay->count; i++) {
        const struct replay_request *request = &replay->requests[i];
        if (request->end <= last)
            replay->events[replay->event_count++] =
                (struct event){MAX(request->begin + 1, request->end), i, true};
    }
    for (uint32_t i = 0; i < replay->count; i++) {
        const struct replay_request *request = &replay->requests[i];
        if (request->kind != REPLAY_SEED)
            replay->events[replay->event_count++] = (struct event){request->begin, i, false};
    }
    sort_events(replay);
}

struct pool_replay *pool_replay_new(const GArray *requests, uint32_t hosts, int64_t last)
{
    struct pool_replay *replay = g_new0(struct pool_replay, 1);
    size_t count = replay->count = requests->len;
    replay->requests = g_new(struct replay_request, count + 1);
    if (count > 0)
        memcpy(replay->requests, requests->data, count * sizeof *replay->requests);
    list_events(replay, last);
    uint32_t now = 0;
    for (size_t i = 0; i < replay->event_count; i++) {
        if (replay->requests[replay->events[i].request].kind == REPLAY_SEED)
            continue;
        now += replay->events[i].ends ? -1U : 1;
        replay->peak = MAX(replay->peak, now);
    }
    replay->hosts = hosts;
    replay->last = last;
    replay->connections = g_new(struct connection, count + 1);
    replay->lists = g_new(struct host_list, hosts + 1);
    replay->taken = g_new(uint32_t, count + 1);
    replay->waits = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return replay;
}

void pool_replay_free(struct pool_replay *replay)
{
    g_free(replay->requests);
    g_free(replay->events);
    g_free(replay->connections);
    g_free(replay->lists);
    g_free(replay->taken);
    g_array_free(replay->waits, TRUE);
    g_free(replay);
}

uint32_t pool_replay_peak(const struct pool_replay *replay)
{
    return replay->peak;
}

static struct connection *connection_at(const struct pool *pool, uint32_t index)
{
    return &pool->replay->connections[index];
}

static uint32_t open_connection(struct pool *pool, uint32_t host)
{
    uint32_t index = pool->free;
    if (index == NONE)
        index = pool->made++;
    else
        pool->free = connection_at(pool, index)->host_older;
    *connection_at(pool, index) = (struct connection){.host = host};
    return index;
}

// Puts an idle connection out of both lists.
static void unlink_idle(struct pool *pool, uint32_t index)
{
    struct connection *c = connection_at(pool, index);
    struct host_list *list = &pool->replay->lists[c->host];
    *(c->older == NONE ? &pool->oldest : &connection_at(pool, c->older)->newer) = c->newer;
    *(c->newer == NONE ? &pool->newest : &connection_at(pool, c->newer)->older) = c->older;
    if (c->host_older != NONE)
        connection_at(pool, c->host_older)->host_newer = c->host_newer;
    if (c->host_newer != NONE)
        connection_at(pool, c->host_newer)->host_older = c->host_older;
    else
        list->newest = c->host_older;
    list->count--;
    pool->idle--;
}

static void link_idle(struct pool *pool, uint32_t index, int64_t now)
{
    struct connection *c = connection_at(pool, index);
    struct host_list *list = &pool->replay->lists[c->host];
    c->idle_since = now;
    c->older = pool->newest;
    c->newer = c->host_newer = NONE;
    c->host_older = list->newest;
    *(pool->newest == NONE ? &pool->oldest : &connection_at(pool, pool->newest)->newer) = index;
    if (list->newest != NONE)
        connection_at(pool, list->newest)->host_newer = index;
    pool->newest = list->newest = index;
    list->count++;
    pool->idle++;
}

static void close_connection(struct pool *pool, uint32_t index, int64_t now, bool leaves_wait)
{
    GArray *waits = pool->replay->waits;
    connection_at(pool, index)->host_older = pool->free;
    pool->free = index;
    pool->result.closes++;
    if (!leaves_wait)
        return;
    g_array_append_val(waits, now);
    while (g_array_index(waits, int64_t, pool->wait_first) + TIME_WAIT_NANOS <= now)
        pool->wait_first++;
    pool->result.time_wait_peak =
        MAX(pool->result.time_wait_peak, (uint64_t)(waits->len - pool->wait_first));
}

// Closes what has been idle for the shorter of both timeouts.
static void expire(struct pool *pool, int64_t now)
{
    int64_t timeout = MIN(pool->setting.idle_timeout, pool->setting.server_timeout);
    while (pool->oldest != NONE) {
        uint32_t index = pool->oldest;
        int64_t since = connection_at(pool, index)->idle_since;
        if (timeout == INT64_MAX || now - since < timeout)
            return;
        unlink_idle(pool, index);
        close_connection(pool, index, since + timeout,
                         pool->setting.idle_timeout <= pool->setting.server_timeout);
    }
}

static void give_back(struct pool *pool, uint32_t index, int64_t now)
{
    struct connection *c = connection_at(pool, index);
    const struct pool_setting *setting = &pool->setting;
    bool is_total = setting->model == POOL_TOTAL;
    uint32_t idle = is_total ? pool->idle : pool->replay->lists[c->host].count;
    if (setting->max_requests > 0 && c->uses >= setting->max_requests) {
        close_connection(pool, index, now, false);
        return;
    }
    if (idle >= setting->limit && (!is_total || setting->limit == 0)) {
        close_connection(pool, index, now, true);
        return;
    }
    if (idle >= setting->limit) {
        uint32_t evicted = pool->oldest;
        unlink_idle(pool, evicted);
        close_connection(pool, evicted, now, true);
    }
    link_idle(pool, index, now);
}

static void take(struct pool *pool, uint32_t request)
{
    const struct replay_request *r = &pool->replay->requests[request];
    uint32_t index = pool->replay->lists[r->host].newest;
    pool->replay->taken[request] = NONE;
    if (index != NONE && r->kind == REPLAY_DIAL)
        return;
    if (index != NONE) {
        unlink_idle(pool, index);
    } else {
        index = open_connection(pool, r->host);
        pool->result.opens++;
    }
    connection_at(pool, index)->uses += r->kind != REPLAY_DIAL;
    pool->replay->taken[request] = index;
}

static void finish(struct pool *pool, uint32_t request, int64_t now)
{
    const struct replay_request *r = &pool->replay->requests[request];
    uint32_t index =
        r->kind == REPLAY_SEED ? open_connection(pool, r->host) : pool->replay->taken[request];
    if (index == NONE)
        return;
    if (r->kind == REPLAY_LAST)
        close_connection(pool, index, now, r->leaves_wait);
    else
        give_back(pool, index, now);
}

struct pool_result pool_replay_run(struct pool_replay *replay, struct pool_setting setting)
{
    struct pool pool = {
        .replay = replay,
        .setting = setting,
        .oldest = NONE,
        .newest = NONE,
        .free = NONE,
    };
    for (uint32_t host = 0; host < replay->hosts; host++)
        replay->lists[host] = (struct host_list){NONE, 0};
    g_array_set_size(replay->waits, 0);
    for (size_t i = 0; i < replay->event_count; i++) {
        const struct event *event = &replay->events[i];
        expire(&pool, event->time);
        if (event->ends)
            finish(&pool, event->request, event->time);
        else
            take(&pool, event->request);
    }
    expire(&pool, replay->last);
    return pool.result;
}
