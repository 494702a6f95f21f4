// SPDX-License-Identifier: BSD-2-Clause
// Pools that differ in their limits only, side by side. With a limit for each host, how many
// connections of each host are idle is all there is.
#include "judge/pool_limits.h"

#include "judge/pool_events.h"

// The pools that got a TIME_WAIT at that time: bits.
struct wait {
    int64_t time;
    int32_t pools;
};

// One number for each limit: plain loops over them, which the compiler does four at a time. What is
// so for a pool is -1 there.
struct lanes {
    int32_t limits[POOL_LIMITS], opens[POOL_LIMITS], closes[POOL_LIMITS], idle_most[POOL_LIMITS];
    int32_t owed[POOL_LIMITS], waiting[POOL_LIMITS], waiting_most[POOL_LIMITS];
    int32_t (*idle)[POOL_LIMITS]; // [hosts]
    struct wait *waits;           // that end while events come; those before wait_end have ended
    size_t wait_count, wait_end;
    int64_t last;
    int32_t own, lasting; // captured closes of the pool itself; of them those with a TIME_WAIT
};

static const int32_t bit[POOL_LIMITS] = {1,      1 << 1, 1 << 2, 1 << 3, 1 << 4,  1 << 5,
                                         1 << 6, 1 << 7, 1 << 8, 1 << 9, 1 << 10, 1 << 11};

// Gives the pools that dial, or ask: bits.
static int32_t take(struct lanes *restrict lanes, const struct replay_request *request)
{
    int32_t *restrict idle = lanes->idle[request->host];
    int32_t opens = 0, taken = request_is_dial(request) ? 0 : -1;
    for (unsigned i = 0; i < POOL_LIMITS; i++) {
        int32_t has_none = -(idle[i] == 0);
        opens |= has_none & bit[i];
        lanes->opens[i] -= has_none;
        idle[i] += ~has_none & taken;
    }
    return opens | taken;
}

static void wait(struct lanes *lanes, int32_t pools, int64_t now)
{
    for (; lanes->wait_end < lanes->wait_count; lanes->wait_end++) {
        const struct wait *first = &lanes->waits[lanes->wait_end];
        if (first->time + TIME_WAIT_NANOS > now)
            break;
        for (unsigned i = 0; i < POOL_LIMITS; i++)
            lanes->waiting[i] -= (first->pools & bit[i]) != 0;
    }
    for (unsigned i = 0; i < POOL_LIMITS; i++) {
        lanes->waiting[i] += (pools & bit[i]) != 0;
        lanes->waiting_most[i] = MAX(lanes->waiting[i], lanes->waiting_most[i]);
    }
    if (lanes->last - now >= TIME_WAIT_NANOS)
        lanes->waits[lanes->wait_count++] = (struct wait){now, pools};
}

// A pool that is full closes one of its own: as many leave a TIME_WAIT as in the capture, evenly
// spread. A pool over all hosts that has one host closes its oldest instead, to the same effect.
static void give_back(struct lanes *restrict lanes, const struct replay_request *request,
                      int32_t made, int64_t now)
{
    int32_t *restrict idle = lanes->idle[request->host], leaves = 0;
    for (unsigned i = 0; i < POOL_LIMITS; i++) {
        int32_t comes = -((made & bit[i]) != 0), more = idle[i] - comes;
        int32_t full = comes & -(more > lanes->limits[i]);
        lanes->idle_most[i] = MAX(lanes->idle_most[i], more);
        idle[i] = more + full;
        lanes->closes[i] -= full;
        lanes->owed[i] += full & lanes->lasting;
        int32_t waits = full & -(lanes->owed[i] >= lanes->own);
        lanes->owed[i] -= waits & lanes->own;
        leaves |= waits & bit[i];
    }
    if (leaves)
        wait(lanes, leaves, now);
}

static void close_all(struct lanes *lanes, const struct replay_request *request, int32_t pools,
                      int64_t now)
{
    for (unsigned i = 0; i < POOL_LIMITS; i++)
        lanes->closes[i] += (pools & bit[i]) != 0;
    if (request->leaves_wait)
        wait(lanes, pools, now);
}

static void end_idle(struct lanes *restrict lanes, const struct replay_request *request)
{
    int32_t *restrict idle = lanes->idle[request->host], pools = 0;
    for (unsigned i = 0; i < POOL_LIMITS; i++) {
        int32_t has_any = -(idle[i] > 0);
        pools |= has_any & bit[i];
        idle[i] += has_any;
    }
    close_all(lanes, request, pools, request->begin);
}

static void run(struct lanes *lanes, struct pool_replay *replay)
{
    for (size_t i = 0; i < replay->event_count; i++) {
        uint32_t event = event_at(replay, i), *uses = &replay->uses[event / EVENTS];
        const struct replay_request *request = event_request(replay, event);
        int32_t made = request->kind == REPLAY_SEED ? -1 : (int32_t)*uses;
        if (request->kind == REPLAY_END)
            end_idle(lanes, request);
        else if (!(event & EVENT_ENDS))
            *uses = (uint32_t)take(lanes, request);
        else if (request_is_over(request))
            close_all(lanes, request, made, event_time(replay, event));
        else
            give_back(lanes, request, made, event_time(replay, event));
    }
}

bool pool_limits_run(struct pool_replay *replay, struct pool_setting setting,
                     const uint32_t *limits, unsigned count, struct pool_result *results)
{
    bool is_total = setting.model == POOL_TOTAL && replay->hosts > 1;
    if (MIN(setting.idle_timeout, setting.server_timeout) != INT64_MAX || setting.max_requests ||
        count > POOL_LIMITS || is_total)
        return false;
    struct lanes lanes = {
        .idle = g_malloc0_n(replay->hosts, sizeof *lanes.idle),
        .waits = g_new(struct wait, replay->count + 1),
        .last = replay->last,
        .own = (int32_t)setting.closes,
        .lasting = (int32_t)(setting.closes - setting.resets),
    };
    for (unsigned i = 0; i < count; i++)
        lanes.limits[i] = (int32_t)MIN(limits[i], INT32_MAX);
    run(&lanes, replay);
    for (unsigned i = 0; i < count; i++) {
        results[i] = (struct pool_result){
            .opens = (uint64_t)lanes.opens[i],
            .closes = (uint64_t)lanes.closes[i],
            .time_wait_peak = (uint64_t)lanes.waiting_most[i],
            .idle_most = (uint32_t)lanes.idle_most[i],
        };
    }
    g_free(lanes.waits);
    g_free(lanes.idle);
    return true;
}
