// SPDX-License-Identifier: BSD-2-Clause
// The pool: idle connections stand in one stack in the order in which they became idle, linked by
// host. The newest of a host serves its next request; the oldest of all expires first. Both leave a
// hole in the stack, which goes when it is at an end of it.
#include "judge/pool_replay.h"

#include "judge/pool_events.h"

#define NOT_MADE UINT32_MAX
#define HOLE     INT64_MIN

struct pool {
    struct pool_replay *replay;
    struct pool_setting setting;
    int64_t timeout; // the shorter one
    struct pool_result result;
    uint32_t bottom, top;     // of the stack: slots [bottom, top)
    uint32_t idle;            // of them no holes
    uint32_t waits, wait_end; // waits before wait_end have ended
    uint32_t owed;            // for the share of closes that leave no TIME_WAIT
};

static void add_event(struct pool_replay *replay, int64_t time, uint32_t request, bool ends)
{
    replay->events[replay->event_count++] = (struct keyed){time, 2 * request + ends};
}

// What begins and ends; at one time ends come first, and requests in their order.
static void list_events(struct pool_replay *replay, const struct replay_request *requests,
                        int64_t last)
{
    replay->events = g_new(struct keyed, 2 * replay->count + 1);
    for (uint32_t i = 0; i < replay->count; i++)
        if (requests[i].kind != REPLAY_END && requests[i].end <= last)
            add_event(replay, MAX(requests[i].begin + 1, requests[i].end), i, true);
    for (uint32_t i = 0; i < replay->count; i++)
        if (requests[i].kind != REPLAY_SEED && requests[i].begin <= last)
            add_event(replay, requests[i].begin, i, false);
    keyed_sort(replay->events, replay->event_count);
}

static void find_peak(struct pool_replay *replay)
{
    uint32_t now = 0;
    for (size_t i = 0; i < replay->event_count; i++) {
        const struct keyed *event = &replay->events[i];
        const struct played *played = event_played(replay, event);
        if (played->kind == REPLAY_SEED || played->kind == REPLAY_END)
            continue;
        now += event_ends(event) ? -1U : 1;
        replay->peak = MAX(replay->peak, now);
    }
}

struct pool_replay *pool_replay_new(const GArray *requests, uint32_t hosts, int64_t last)
{
    struct pool_replay *replay = g_new0(struct pool_replay, 1);
    const struct replay_request *all = (const struct replay_request *)(const void *)requests->data;
    size_t count = replay->count = requests->len;
    list_events(replay, all, last);
    replay->played = g_new(struct played, count + 1);
    for (size_t i = 0; i < count; i++)
        replay->played[i] = (struct played){
            .host = all[i].host, .kind = all[i].kind, .leaves_wait = all[i].leaves_wait};
    find_peak(replay);
    replay->hosts = hosts;
    replay->last = last;
    replay->slots = g_new(struct slot, count + 1);
    replay->lists = g_new(struct host_list, hosts + 1);
    replay->waits = g_new(int64_t, count + 1);
    return replay;
}

void pool_replay_spread(struct pool_replay *replay, const GArray *requests, uint32_t hosts)
{
    for (size_t i = 0; i < replay->count; i++)
        replay->played[i].host = g_array_index(requests, struct replay_request, i).host;
    replay->hosts = hosts;
    replay->lists = g_renew(struct host_list, replay->lists, hosts + 1);
}

void pool_replay_free(struct pool_replay *replay)
{
    g_free(replay->events);
    g_free(replay->slots);
    g_free(replay->lists);
    g_free(replay->played);
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
    int64_t *waits = pool->replay->waits;
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

static void take(struct pool *pool, struct played *played)
{
    struct host_list *list = &pool->replay->lists[played->host];
    uint32_t uses = !played_is_dial(played);
    if (list->count == 0) {
        pool->result.opens++;
    } else if (played_is_dial(played)) {
        uses = NOT_MADE;
    } else {
        uint32_t index = list->newest;
        uses += pool->replay->slots[index].uses;
        list->newest = pool->replay->slots[index].below;
        remove_idle(pool, index);
    }
    played->uses = uses;
}

static void end_idle(struct pool *pool, const struct played *played, int64_t now)
{
    struct host_list *list = &pool->replay->lists[played->host];
    if (list->count == 0)
        return;
    uint32_t index = list->newest;
    list->newest = pool->replay->slots[index].below;
    remove_idle(pool, index);
    close_connection(pool, now, played->leaves_wait);
}

static void finish(struct pool *pool, const struct played *played, int64_t now)
{
    uint32_t uses = played->kind == REPLAY_SEED ? 0 : played->uses;
    if (uses == NOT_MADE)
        return;
    if (played_is_over(played))
        close_connection(pool, now, played->leaves_wait);
    else
        give_back(pool, played->host, uses, now);
}

struct pool_result pool_replay_run(struct pool_replay *replay, struct pool_setting setting)
{
    struct pool pool = {
        .replay = replay,
        .setting = setting,
        .timeout = MIN(setting.idle_timeout, setting.server_timeout),
    };
    for (uint32_t host = 0; host < replay->hosts; host++)
        replay->lists[host] = (struct host_list){0, 0};
    for (size_t i = 0; i < replay->event_count; i++) {
        const struct keyed *event = &replay->events[i];
        struct played *played = event_played(replay, event);
        if (pool.timeout != INT64_MAX)
            expire(&pool, event->key);
        if (event_ends(event))
            finish(&pool, played, event->key);
        else if (played->kind == REPLAY_END)
            end_idle(&pool, played, event->key);
        else
            take(&pool, played);
    }
    if (pool.timeout != INT64_MAX)
        expire(&pool, replay->last);
    return pool.result;
}
