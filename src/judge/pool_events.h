// SPDX-License-Identifier: BSD-2-Clause
// What begins and ends in a replay, in order of time: shared by the models of a pool.
#pragma once

#include "judge/pool_replay.h"

#define TIME_WAIT_NANOS (60 * NANOS_PER_SECOND)

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
    int64_t *waits;          // [count] closes that left a TIME_WAIT
};

static inline bool event_is_dial(const struct event *event)
{
    return event->kind == REPLAY_DIAL || event->kind == REPLAY_UNUSED;
}

// Its connection is closed, whatever the pool's settings.
static inline bool event_is_over(const struct event *event)
{
    return event->kind == REPLAY_LAST || event->kind == REPLAY_UNUSED;
}
