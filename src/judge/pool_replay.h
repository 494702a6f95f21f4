// SPDX-License-Identifier: BSD-2-Clause
// Captured request intervals run through the model of a connection pool.
#pragma once

#include <glib.h>

#include "base/moment.h"

// What happens after a request, or instead of one.
enum replay_kind {
    REPLAY_REQUEST, // takes a connection from `begin` to `end`, then gives it back
    REPLAY_LAST,    // takes a connection; it is closed at `end` whatever the pool's settings
    REPLAY_DIAL,    // a dial without a request: made only when nothing is idle, idle from `end` on
    REPLAY_UNUSED,  // the same, but it never carries a request: closed at `end`
    REPLAY_SEED,    // idle from the beginning: opened before the capture
    REPLAY_END // an idle connection, if there is one, is closed at `begin` whatever the settings
};

struct replay_request {
    int64_t begin, end;  // ns; begin: when the client wanted a connection; INT64_MAX: never
    int64_t next;        // begin of the connection's next request, or its close; INT64_MAX none
    uint32_t connection; // the record that carried it
    uint32_t host : 27;  // pools keep connections per host
    uint32_t kind : 3;   // enum replay_kind
    uint32_t leaves_wait : 1; // REPLAY_LAST: its close leaves the client a TIME_WAIT
};
_Static_assert(sizeof(struct replay_request) == 32, "there may be hundreds of thousands");

enum pool_model {
    POOL_PER_HOST, // last in, first out; a connection beyond the limit is closed when it returns,
                   // as Go's Transport and urllib3 do
    POOL_TOTAL     // the limit is over all hosts; the least recently used one is closed, as nginx
                   // does
};

struct pool_setting {
    enum pool_model model;
    uint32_t limit;          // idle connections kept; UINT32_MAX none
    int64_t idle_timeout;    // the client's; INT64_MAX none
    int64_t server_timeout;  // the server's; INT64_MAX none
    uint32_t max_requests;   // of the server, per connection; 0 none
    uint32_t closes, resets; // captured ones of the pool itself; of them by RST: no TIME_WAIT
};

struct pool_result {
    uint64_t opens, closes, time_wait_peak; // TIME_WAIT of the client
    uint32_t idle_most;                     // connections that counted against the limit at once
};

// Requests in order of time, ready to be replayed many times. They are borrowed until it is freed.
struct pool_replay;
struct pool_replay *pool_replay_new(const GArray *requests, uint32_t hosts, int64_t last);
// The hosts of the requests are others now, so many.
void pool_replay_spread(struct pool_replay *replay, uint32_t hosts);
void pool_replay_free(struct pool_replay *replay);
struct pool_result pool_replay_run(struct pool_replay *replay, struct pool_setting setting);

// Requests under way at once, at most.
uint32_t pool_replay_peak(const struct pool_replay *replay);

// What a pool opens that keeps no idle connection, whatever else it is set to: one for each request
// and each dial.
uint64_t pool_replay_unpooled(const GArray *requests, int64_t last);
