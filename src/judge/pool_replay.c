// SPDX-License-Identifier: BSD-2-Clause
// The pool: idle connections stand in a ring in the order in which they became idle, linked by
// host. The newest of a host serves its next request; the oldest of all expires first.
#include "judge/pool_replay.h"

#include <string.h>

#include "base/radix.h"
#include "judge/keyed.h"
#include "judge/pool_events.h"

#define NOT_MADE UINT32_MAX

struct pool {
    struct pool_replay *replay;
    struct pool_setting setting;
    int64_t timeout; // the shorter one
    struct pool_result result;
    uint32_t idle;
    uint32_t in_wait;              // connections in TIME_WAIT
    uint32_t wait_count, wait_end; // kept waits; those before wait_end have ended
    uint32_t owed;                 // for the share of closes that leave no TIME_WAIT
};

static bool has_begin(const struct pool_replay *replay, const struct replay_request *request)
{
    return request->kind != REPLAY_SEED && request->begin <= replay->last;
}

// A clock that went back may end what hasn't begun.
static bool has_end(const struct pool_replay *replay, const struct replay_request *request)
{
    return request->kind != REPLAY_END && request->begin <= replay->last &&
           request->end <= replay->last;
}

static uint32_t begin_event(const struct pool_replay *replay, uint32_t i)
{
    return i * EVENTS + (replay->requests[i].kind == REPLAY_REQUEST ? EVENT_PLAIN : 0);
}

// Times too far apart to be packed into words with their events.
static void list_long(struct pool_replay *replay)
{
    struct keyed *order = g_new(struct keyed, 2 * replay->count + 1);
    size_t count = 0;
    for (uint32_t i = 0; i < replay->count; i++)
        if (has_end(replay, &replay->requests[i]))
            order[count++] = (struct keyed){request_over(&replay->requests[i]),
                                            begin_event(replay, i) | EVENT_ENDS};
    for (uint32_t i = 0; i < replay->count; i++)
        if (has_begin(replay, &replay->requests[i]))
            order[count++] = (struct keyed){replay->requests[i].begin, begin_event(replay, i)};
    keyed_sort(order, count);
    for (size_t i = 0; i < count; i++)
        replay->words[i] = order[i].item;
    replay->event_mask = UINT32_MAX;
    replay->event_count = count;
    g_free(order);
}

static void list_packed(struct pool_replay *replay, unsigned event_bits, unsigned bits)
{
    uint64_t *words = replay->words, first = (uint64_t)replay->first;
    uint64_t *ends = words, *begins = words + replay->count;
    for (uint32_t i = 0; i < replay->count; i++) {
        const struct replay_request *request = &replay->requests[i];
        uint32_t event = begin_event(replay, i);
        if (has_end(replay, request))
            *ends++ = ((uint64_t)request_over(request) - first) << event_bits | event | EVENT_ENDS;
        if (has_begin(replay, request))
            *begins++ = ((uint64_t)request->begin - first) << event_bits | event;
    }
    size_t begun = (size_t)(begins - words) - replay->count;
    memmove(ends, words + replay->count, begun * sizeof *words);
    replay->event_count = (size_t)(ends - words) + begun;
    replay->event_mask = (UINT64_C(1) << event_bits) - 1;
    radix_sort(words, replay->event_count, event_bits, bits);
}

// What begins and ends up to the last time; at one time ends come first, and requests in order.
static void list_events(struct pool_replay *replay)
{
    replay->first = replay->last;
    for (size_t i = 0; i < replay->count; i++) {
        replay->first = MIN(replay->first, replay->requests[i].begin);
        replay->has_dials |= replay->requests[i].kind == REPLAY_DIAL;
    }
    // The end of a request may be later than `last`, by 1 ns.
    uint64_t longest = (uint64_t)replay->last - (uint64_t)replay->first + 1;
    unsigned bits = 64 - (unsigned)__builtin_clzll(longest | 1);
    unsigned event_bits = 64 - (unsigned)__builtin_clzll(EVENTS * replay->count + 1);
    replay->words = g_new(uint64_t, 2 * replay->count + 1);
    if (bits + event_bits <= 64)
        list_packed(replay, event_bits, bits + event_bits);
    else
        list_long(replay);
}

static bool counts_at_once(const struct pool_replay *replay, uint32_t event)
{
    uint32_t kind = event_request(replay, event)->kind;
    return kind != REPLAY_SEED && kind != REPLAY_END;
}

static void find_peak(struct pool_replay *replay)
{
    uint32_t now = 0, peak = 0;
    for (size_t i = 0; i < replay->event_count; i++) {
        uint32_t event = event_at(replay, i);
        if (event & EVENT_PLAIN || counts_at_once(replay, event))
            now += 1 - 2 * (event & EVENT_ENDS);
        peak = MAX(peak, now);
    }
    replay->peak = peak;
}

struct pool_replay *pool_replay_new(const GArray *requests, uint32_t hosts, int64_t last)
{
    struct pool_replay *replay = g_new0(struct pool_replay, 1);
    size_t count = replay->count = requests->len;
    replay->requests = (const struct replay_request *)(const void *)requests->data;
    replay->hosts = hosts;
    replay->last = last;
    list_events(replay);
    find_peak(replay);
    replay->uses = g_new(uint32_t, count + 1);
    replay->ring.slots = g_new(struct slot, count + 1);
    replay->ring.lists = g_new(struct host_list, hosts + 1);
    replay->waits = g_new(int64_t, count + 1);
    return replay;
}

void pool_replay_spread(struct pool_replay *replay, uint32_t hosts)
{
    replay->hosts = hosts;
    replay->ring.lists = g_renew(struct host_list, replay->ring.lists, hosts + 1);
}

void pool_replay_free(struct pool_replay *replay)
{
    g_free(replay->words);
    g_free(replay->uses);
    g_free(replay->ring.slots);
    g_free(replay->ring.lists);
    g_free(replay->waits);
    g_free(replay);
}

uint64_t pool_replay_unpooled(const GArray *requests, int64_t last)
{
    uint64_t opens = 0;
    for (guint i = 0; i < requests->len; i++) {
        const struct replay_request *request = &g_array_index(requests, struct replay_request, i);
        opens +=
            request->kind != REPLAY_SEED && request->kind != REPLAY_END && request->begin <= last;
    }
    return opens;
}

uint32_t pool_replay_peak(const struct pool_replay *replay)
{
    return replay->peak;
}

static void add_idle(struct pool *pool, uint32_t host, uint32_t uses, int64_t now)
{
    struct slot *slot = &pool->replay->ring.slots[ring_add(&pool->replay->ring, host)];
    slot->since = now;
    slot->uses = uses;
    pool->idle++;
}

static void close_connection(struct pool *pool, int64_t now, bool leaves_wait)
{
    int64_t *waits = pool->replay->waits;
    pool->result.closes++;
    if (!leaves_wait)
        return;
    for (; pool->wait_end < pool->wait_count; pool->wait_end++, pool->in_wait--)
        if (waits[pool->wait_end] + TIME_WAIT_NANOS > now)
            break;
    pool->in_wait++;
    pool->result.time_wait_peak = MAX(pool->result.time_wait_peak, (uint64_t)pool->in_wait);
    if (pool->replay->last - now >= TIME_WAIT_NANOS)
        waits[pool->wait_count++] = now;
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
    const struct slot *slots = pool->replay->ring.slots;
    while (pool->idle > 0) {
        int64_t since = slots[slots[RING_HEAD].newer].since;
        if (now - since < pool->timeout)
            return;
        ring_remove_oldest(&pool->replay->ring);
        pool->idle--;
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
    uint32_t idle = is_total ? pool->idle : pool->replay->ring.lists[host].count;
    if (setting->max_requests > 0 && uses >= setting->max_requests) {
        close_connection(pool, now, false);
        return;
    }
    pool->result.idle_most = MAX(pool->result.idle_most, idle + 1);
    if (idle >= setting->limit) {
        close_own(pool, now);
        if (!is_total || setting->limit == 0)
            return;
        ring_remove_oldest(&pool->replay->ring);
        pool->idle--;
    }
    add_idle(pool, host, uses, now);
}

static void take(struct pool *pool, const struct replay_request *request, uint32_t *serves)
{
    struct pool_ring *ring = &pool->replay->ring;
    uint32_t uses = !request_is_dial(request);
    if (ring->lists[request->host].count == 0) {
        pool->result.opens++;
    } else if (request_is_dial(request)) {
        uses = NOT_MADE;
    } else {
        uses += ring->slots[ring_remove_newest(ring, request->host)].uses;
        pool->idle--;
    }
    *serves = uses;
}

static void end_idle(struct pool *pool, const struct replay_request *request)
{
    if (pool->replay->ring.lists[request->host].count == 0)
        return;
    ring_remove_newest(&pool->replay->ring, request->host);
    pool->idle--;
    close_connection(pool, request->begin, request->leaves_wait);
}

static void finish(struct pool *pool, const struct replay_request *request, uint32_t uses,
                   int64_t now)
{
    if (request->kind == REPLAY_SEED)
        uses = 0;
    if (uses == NOT_MADE)
        return;
    if (request_is_over(request))
        close_connection(pool, now, request->leaves_wait);
    else
        give_back(pool, request->host, uses, now);
}

struct pool_result pool_replay_run(struct pool_replay *replay, struct pool_setting setting)
{
    struct pool pool = {
        .replay = replay,
        .setting = setting,
        .timeout = MIN(setting.idle_timeout, setting.server_timeout),
    };
    ring_clear(&replay->ring, replay->hosts);
    for (size_t i = 0; i < replay->event_count; i++) {
        uint32_t event = event_at(replay, i);
        const struct replay_request *request = event_request(replay, event);
        int64_t now = event_time(replay, event);
        if (pool.timeout != INT64_MAX)
            expire(&pool, now);
        if (event & EVENT_ENDS)
            finish(&pool, request, replay->uses[event / EVENTS], now);
        else if (request->kind == REPLAY_END)
            end_idle(&pool, request);
        else
            take(&pool, request, &replay->uses[event / EVENTS]);
    }
    if (pool.timeout != INT64_MAX)
        expire(&pool, replay->last);
    return pool.result;
}
