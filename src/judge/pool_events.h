// SPDX-License-Identifier: BSD-2-Clause
// What begins and ends in a replay, in order of time: shared by the models of a pool.
#pragma once

#include "judge/keyed.h"
#include "judge/pool_replay.h"

#define TIME_WAIT_NANOS (60 * NANOS_PER_SECOND)

// What a replay needs of a request.
struct played {
    uint32_t host : 27; // fewer than connections
    uint32_t kind : 3;  // enum replay_kind
    uint32_t leaves_wait : 1;
    uint32_t uses; // of the connection that serves it, or NOT_MADE
};
_Static_assert(sizeof(struct played) == 8, "requests are read millions of times");

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
    struct keyed *events;      // key: time; item: request * 2 + whether it ends
    size_t count, event_count; // requests, events
    uint32_t hosts, peak;
    int64_t last;
    struct played *played;   // [count]
    struct slot *slots;      // [count]
    struct host_list *lists; // [hosts]
    int64_t *waits;          // [count] closes that left a TIME_WAIT
};

static inline struct played *event_played(const struct pool_replay *replay,
                                          const struct keyed *event)
{
    return &replay->played[event->item / 2];
}

static inline bool event_ends(const struct keyed *event)
{
    return event->item & 1;
}

static inline bool played_is_dial(const struct played *played)
{
    return played->kind == REPLAY_DIAL || played->kind == REPLAY_UNUSED;
}

// Its connection is closed, whatever the pool's settings.
static inline bool played_is_over(const struct played *played)
{
    return played->kind == REPLAY_LAST || played->kind == REPLAY_UNUSED;
}
