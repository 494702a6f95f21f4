// SPDX-License-Identifier: BSD-2-Clause
// Pools that differ in their limits only, side by side. Four go into one word of the processor.
// Of pools with a limit for each host, how many connections of each host are idle is all there is.
// Those with a limit over all hosts close their oldest connection: what is idle in one of them is
// what became idle last in a pool without limit, from some connection on.
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
    quad *idle;         // [hosts][QUADS], or [1][QUADS] where the limit is over all hosts
    struct wait *waits; // that end while events come; those before wait_end have ended
    size_t wait_count, wait_end;
    int64_t last;
    quad oldest[QUADS],
        place[QUADS];     // with a limit over all: number and place of what is idle longest
    int32_t next;         // number of what becomes idle next
    int32_t own, lasting; // captured closes of the pool itself; of them those with a TIME_WAIT
};

static quad quad_most(quad a, quad b)
{
    quad is_more = a > b;
    return (is_more & a) | (~is_more & b);
}

// Where the mask holds.
static void quad_set(quad *to, quad mask, int32_t value)
{
    *to = (mask & value) | (~mask & *to);
}

static uint32_t bits_of(const quad *quads)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < POOL_LIMITS; i++)
        bits |= (uint32_t)(quads[i / 4][i % 4] & 1) << i;
    return bits;
}

// Gives the pools that dial, or ask: bits.
static uint32_t lanes_take(struct lanes *lanes, const struct replay_request *request)
{
    quad *idle = &lanes->idle[(size_t)request->host * QUADS], opens[QUADS];
    bool is_dial = request_is_dial(request);
    for (unsigned q = 0; q < QUADS; q++) {
        opens[q] = idle[q] == 0;
        lanes->opens[q] -= opens[q];
        idle[q] += is_dial ? (quad){0} : ~opens[q];
    }
    return is_dial ? bits_of(opens) : UINT32_MAX;
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

// Those pools close one of their own: as many leave a TIME_WAIT as in the capture, evenly spread.
static void lanes_close_own(struct lanes *lanes, const quad *full, int64_t now)
{
    quad leaves[QUADS], any = {0};
    for (unsigned q = 0; q < QUADS; q++) {
        lanes->closes[q] -= full[q];
        lanes->owed[q] += full[q] & lanes->lasting;
        leaves[q] = full[q] & (lanes->owed[q] >= lanes->own);
        lanes->owed[q] -= leaves[q] & lanes->own;
        any |= leaves[q];
    }
    uint64_t halves[2];
    memcpy(halves, &any, sizeof halves);
    if (halves[0] | halves[1])
        lanes_wait(lanes, leaves, now);
}

// A pool over all hosts that has one host closes its oldest instead, to the same effect.
static void lanes_give_back(struct lanes *lanes, const struct replay_request *request,
                            uint32_t made, int64_t now)
{
    quad *idle = &lanes->idle[(size_t)request->host * QUADS], full[QUADS];
    for (unsigned q = 0; q < QUADS; q++) {
        quad comes = quad_of(made, q), more = idle[q] - comes;
        quad stays = comes & (more <= lanes->limits[q]);
        full[q] = comes & ~stays;
        lanes->idle_most[q] = quad_most(more, lanes->idle_most[q]);
        idle[q] -= stays;
    }
    lanes_close_own(lanes, full, now);
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
        uint32_t event = event_at(replay, i), *uses = &replay->uses[event / EVENTS];
        const struct replay_request *request = event_request(replay, event);
        uint32_t made = request->kind == REPLAY_SEED ? UINT32_MAX : *uses;
        if (request->kind == REPLAY_END)
            lanes_end_idle(lanes, request);
        else if (!(event & EVENT_ENDS))
            *uses = lanes_take(lanes, request);
        else if (request_is_over(request))
            lanes_close(lanes, request, made, event_time(replay, event));
        else
            lanes_give_back(lanes, request, made, event_time(replay, event));
    }
}

// The pools in which a connection is idle that is idle without a limit; it is taken from them.
static void totals_remove(struct lanes *lanes, struct pool_ring *ring, uint32_t host, quad *had)
{
    const struct slot *slot = &ring->slots[ring_remove_newest(ring, host)];
    int32_t number = (int32_t)slot->number, newer = (int32_t)slot->newer;
    int32_t follows = newer == RING_HEAD ? lanes->next : (int32_t)ring->slots[newer].number;
    for (unsigned q = 0; q < QUADS; q++) {
        quad is_oldest = lanes->oldest[q] == number;
        had[q] = lanes->oldest[q] <= number;
        lanes->idle[q] += had[q];
        quad_set(&lanes->oldest[q], is_oldest, follows);
        quad_set(&lanes->place[q], is_oldest, newer);
    }
}

static uint32_t totals_take(struct lanes *lanes, struct pool_ring *ring,
                            const struct replay_request *request)
{
    const struct host_list *list = &ring->lists[request->host];
    bool is_dial = request_is_dial(request);
    quad had[QUADS] = {{0}};
    if (list->count > 0 && !is_dial)
        totals_remove(lanes, ring, request->host, had);
    for (unsigned q = 0; q < QUADS; q++) {
        if (list->count > 0 && is_dial)
            had[q] = lanes->oldest[q] <= (int32_t)ring->slots[list->newest].number;
        lanes->opens[q] -= ~had[q];
        had[q] = ~had[q];
    }
    return is_dial ? bits_of(had) : UINT32_MAX;
}

static void totals_give_back(struct lanes *lanes, struct pool_ring *ring, uint32_t host,
                             int64_t now)
{
    uint32_t index = ring_add(ring, host);
    int32_t number = lanes->next++;
    quad full[QUADS];
    ring->slots[index].number = (uint32_t)number;
    for (unsigned q = 0; q < QUADS; q++) {
        quad more = lanes->idle[q] + 1;
        quad_set(&lanes->place[q], lanes->oldest[q] == number, (int32_t)index);
        lanes->idle_most[q] = quad_most(more, lanes->idle_most[q]);
        full[q] = more > lanes->limits[q];
        lanes->idle[q] = more + full[q];
    }
    for (unsigned i = 0; i < POOL_LIMITS; i++) {
        if (!full[i / 4][i % 4])
            continue;
        uint32_t newer = ring->slots[lanes->place[i / 4][i % 4]].newer;
        lanes->place[i / 4][i % 4] = (int32_t)newer;
        lanes->oldest[i / 4][i % 4] =
            newer == RING_HEAD ? lanes->next : (int32_t)ring->slots[newer].number;
    }
    lanes_close_own(lanes, full, now);
}

static void totals_end_idle(struct lanes *lanes, struct pool_ring *ring,
                            const struct replay_request *request)
{
    quad leaves[QUADS];
    if (ring->lists[request->host].count == 0)
        return;
    totals_remove(lanes, ring, request->host, leaves);
    for (unsigned q = 0; q < QUADS; q++)
        lanes->closes[q] -= leaves[q];
    if (request->leaves_wait)
        lanes_wait(lanes, leaves, request->begin);
}

static void totals_run(struct lanes *lanes, struct pool_replay *replay)
{
    struct pool_ring *ring = &replay->ring;
    ring_clear(ring, replay->hosts);
    for (size_t i = 0; i < replay->event_count; i++) {
        uint32_t event = event_at(replay, i), *uses = &replay->uses[event / EVENTS];
        const struct replay_request *request = event_request(replay, event);
        if (request->kind == REPLAY_END)
            totals_end_idle(lanes, ring, request);
        else if (!(event & EVENT_ENDS))
            *uses = totals_take(lanes, ring, request);
        else if (request_is_over(request))
            lanes_close(lanes, request, *uses, event_time(replay, event));
        else
            totals_give_back(lanes, ring, request->host, event_time(replay, event));
    }
}

bool pool_limits_run(struct pool_replay *replay, struct pool_setting setting,
                     const uint32_t *limits, unsigned count, struct pool_result *results)
{
    // A dial is made in some pools only: they no longer differ by their oldest connection alone.
    bool is_total = setting.model == POOL_TOTAL && replay->hosts > 1;
    if (MIN(setting.idle_timeout, setting.server_timeout) != INT64_MAX || setting.max_requests ||
        count > POOL_LIMITS || (is_total && replay->has_dials))
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
    if (is_total)
        totals_run(&lanes, replay);
    else
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
