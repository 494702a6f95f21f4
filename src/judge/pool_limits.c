// SPDX-License-Identifier: BSD-2-Clause
// Pools that differ in their limits only, side by side: how many connections of each host are idle
// is all there is of them. Four go into one word of the processor.
#include "judge/pool_limits.h"

#include <string.h>

#include "judge/pool_events.h"

// A comparison of quads gives -1 where it holds.
typedef int32_t quad __attribute__((vector_size(16)));
#define QUADS (POOL_LIMITS / 4)

// A quad of comparisons, to be kept.
typedef int8_t small_quad __attribute__((vector_size(4)));

// The pools that got a TIME_WAIT at that time: -1.
struct wait {
    int64_t time;
    small_quad leaves[QUADS];
};

struct lanes {
    quad limits[QUADS], opens[QUADS], closes[QUADS], idle_most[QUADS], owed[QUADS];
    quad waiting[QUADS], waiting_most[QUADS];
    quad *idle;         // [hosts][QUADS]
    struct wait *waits; // that end while events come; those before wait_end have ended
    size_t wait_count, wait_end;
    int64_t last;
    int32_t own, lasting; // captured closes of the pool itself; of them those with a TIME_WAIT
};

static quad quad_most(quad a, quad b)
{
    quad is_more = a > b;
    return (is_more & a) | (~is_more & b);
}

// Gives the pools that dial, or ask: bits.
static uint32_t lanes_take(struct lanes *lanes, const struct replay_request *request)
{
    quad *idle = &lanes->idle[(size_t)request->host * QUADS];
    bool is_dial = request_is_dial(request);
    uint32_t made = is_dial ? 0 : UINT32_MAX;
    for (unsigned i = 0; is_dial && i < POOL_LIMITS; i++)
        made |= (uint32_t)(idle[i / 4][i % 4] == 0) << i;
    for (unsigned q = 0; q < QUADS; q++) {
        quad opens = idle[q] == 0;
        lanes->opens[q] -= opens;
        idle[q] += is_dial ? (quad){0} : ~opens;
    }
    return made;
}

static void lanes_wait(struct lanes *lanes, const quad *leaves, int64_t now)
{
    for (; lanes->wait_end < lanes->wait_count; lanes->wait_end++) {
        const struct wait *first = &lanes->waits[lanes->wait_end];
        if (first->time + TIME_WAIT_NANOS > now)
            break;
        for (unsigned q = 0; q < QUADS; q++)
            lanes->waiting[q] += __builtin_convertvector(first->leaves[q], quad);
    }
    for (unsigned q = 0; q < QUADS; q++) {
        lanes->waiting[q] -= leaves[q];
        lanes->waiting_most[q] = quad_most(lanes->waiting[q], lanes->waiting_most[q]);
    }
    if (lanes->last - now < TIME_WAIT_NANOS)
        return;
    struct wait *wait = &lanes->waits[lanes->wait_count++];
    wait->time = now;
    for (unsigned q = 0; q < QUADS; q++)
        wait->leaves[q] = __builtin_convertvector(leaves[q], small_quad);
}

// Quad `q` of those whose bit is set.
static quad quad_of(uint32_t bits, unsigned q)
{
    quad mask = {-1, -1, -1, -1};
    for (unsigned i = 0; bits != UINT32_MAX && i < 4; i++)
        mask[i] = bits >> (4 * q + i) & 1 ? -1 : 0;
    return mask;
}

// Of the pools' own closes as many leave a TIME_WAIT as in the capture, evenly spread. A pool over
// all hosts that has one host closes its oldest instead, to the same effect.
static void lanes_give_back(struct lanes *lanes, const struct replay_request *request,
                            uint32_t made, int64_t now)
{
    quad *idle = &lanes->idle[(size_t)request->host * QUADS], leaves[QUADS], any = {0};
    for (unsigned q = 0; q < QUADS; q++) {
        quad comes = quad_of(made, q), more = idle[q] - comes;
        quad stays = comes & (more <= lanes->limits[q]), full = comes & ~stays;
        lanes->idle_most[q] = quad_most(more, lanes->idle_most[q]);
        idle[q] -= stays;
        lanes->closes[q] -= full;
        lanes->owed[q] += full & lanes->lasting;
        leaves[q] = full & (lanes->owed[q] >= lanes->own);
        lanes->owed[q] -= leaves[q] & lanes->own;
        any |= leaves[q];
    }
    uint64_t halves[2];
    memcpy(halves, &any, sizeof halves);
    if (halves[0] | halves[1])
        lanes_wait(lanes, leaves, now);
}

static void lanes_close(struct lanes *lanes, const struct replay_request *request, uint32_t made,
                        int64_t now)
{
    quad leaves[QUADS];
    for (unsigned q = 0; q < QUADS; q++) {
        leaves[q] = quad_of(made, q);
        lanes->closes[q] -= leaves[q];
    }
    if (request->leaves_wait)
        lanes_wait(lanes, leaves, now);
}

static void lanes_end_idle(struct lanes *lanes, const struct replay_request *request)
{
    quad *idle = &lanes->idle[(size_t)request->host * QUADS], leaves[QUADS];
    for (unsigned q = 0; q < QUADS; q++) {
        leaves[q] = idle[q] > 0;
        idle[q] += leaves[q];
        lanes->closes[q] -= leaves[q];
    }
    if (request->leaves_wait)
        lanes_wait(lanes, leaves, request->begin);
}

static void lanes_run(struct lanes *lanes, struct pool_replay *replay)
{
    for (size_t i = 0; i < replay->event_count; i++) {
        uint32_t event = replay->events[i], *uses = &replay->uses[event / 2];
        const struct replay_request *request = &replay->requests[event / 2];
        uint32_t made = request->kind == REPLAY_SEED ? UINT32_MAX : *uses;
        if (request->kind == REPLAY_END)
            lanes_end_idle(lanes, request);
        else if (event % 2 == 0)
            *uses = lanes_take(lanes, request);
        else if (request_is_over(request))
            lanes_close(lanes, request, made, event_time(replay, event));
        else
            lanes_give_back(lanes, request, made, event_time(replay, event));
    }
}

bool pool_limits_run(struct pool_replay *replay, struct pool_setting setting,
                     const uint32_t *limits, unsigned count, struct pool_result *results)
{
    if (MIN(setting.idle_timeout, setting.server_timeout) != INT64_MAX || setting.max_requests ||
        (setting.model == POOL_TOTAL && replay->hosts > 1) || count > POOL_LIMITS)
        return false;
    struct lanes lanes = {
        .idle = g_new0(quad, (size_t)replay->hosts * QUADS),
        .waits = g_new(struct wait, replay->count + 1),
        .own = (int32_t)setting.closes,
        .last = replay->last,
        .lasting = setting.closes ? (int32_t)(setting.closes - setting.resets) : 0,
    };
    for (unsigned i = 0; i < POOL_LIMITS; i++)
        lanes.limits[i / 4][i % 4] = (int32_t)MIN(i < count ? limits[i] : INT32_MAX, INT32_MAX);
    lanes_run(&lanes, replay);
    for (unsigned i = 0; i < count; i++) {
        unsigned q = i / 4, lane = i % 4;
        results[i] = (struct pool_result){
            .opens = (uint64_t)lanes.opens[q][lane],
            .closes = (uint64_t)lanes.closes[q][lane],
            .time_wait_peak = (uint64_t)lanes.waiting_most[q][lane],
            .idle_most = (uint32_t)lanes.idle_most[q][lane],
        };
    }
    g_free(lanes.waits);
    g_free(lanes.idle);
    return true;
}
