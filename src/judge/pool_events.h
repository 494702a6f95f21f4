// SPDX-License-Identifier: BSD-2-Clause
// What begins and ends in a replay, in order of time: shared by the models of a pool.
#pragma once

#include "judge/pool_replay.h"
#include "judge/pool_ring.h"

#define TIME_WAIT_NANOS (60 * NANOS_PER_SECOND)

// An event is a request's index * EVENTS and these bits.
#define EVENTS      4
#define EVENT_ENDS  1U // it ends; else it begins
#define EVENT_PLAIN 2U // of kind REPLAY_REQUEST

struct pool_replay {
    const struct replay_request *requests; // borrowed
    uint64_t *words; // events by `event_mask`; what lies above served to order them
    uint64_t event_mask;
    size_t count, event_count; // requests, events
    uint32_t hosts, peak;
    bool has_dials;      // REPLAY_DIAL
    int64_t first, last; // no event is earlier, or later
    uint32_t *uses;      // [count] of the connection that serves a request, or NOT_MADE
    struct pool_ring ring;
    int64_t *waits; // [count] closes whose TIME_WAIT ends before `last`
};

static inline uint32_t event_at(const struct pool_replay *replay, size_t i)
{
    return (uint32_t)(replay->words[i] & replay->event_mask);
}

static inline const struct replay_request *event_request(const struct pool_replay *replay,
                                                         uint32_t event)
{
    return &replay->requests[event / EVENTS];
}

static inline int64_t request_over(const struct replay_request *request)
{
    return MAX(request->begin + 1, request->end);
}

static inline int64_t event_time(const struct pool_replay *replay, uint32_t event)
{
    const struct replay_request *request = event_request(replay, event);
    return event & EVENT_ENDS ? request_over(request) : request->begin;
}

static inline bool request_is_dial(const struct replay_request *request)
{
    return request->kind == REPLAY_DIAL || request->kind == REPLAY_UNUSED;
}

// Its connection is closed, whatever the pool's settings.
static inline bool request_is_over(const struct replay_request *request)
{
    return request->kind == REPLAY_LAST || request->kind == REPLAY_UNUSED;
}
