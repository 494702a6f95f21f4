// SPDX-License-Identifier: BSD-2-Clause
// What begins and ends in a replay, in order of time: shared by the models of a pool.
#pragma once

#include "judge/pool_replay.h"
#include "judge/pool_ring.h"

#define TIME_WAIT_NANOS (60 * NANOS_PER_SECOND)

struct pool_replay {
    const struct replay_request *requests; // borrowed
    uint32_t *events;                      // request * 2 + whether it ends
    size_t count, event_count;             // requests, events
    uint32_t hosts, peak;
    int64_t last;
    uint32_t *uses; // [count] of the connection that serves a request, or NOT_MADE
    struct pool_ring ring;
    int64_t *waits; // [count] closes whose TIME_WAIT ends before `last`
};

static inline int64_t event_time(const struct pool_replay *replay, uint32_t event)
{
    const struct replay_request *request = &replay->requests[event / 2];
    return event % 2 ? MAX(request->begin + 1, request->end) : request->begin;
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
