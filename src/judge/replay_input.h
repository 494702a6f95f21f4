// SPDX-License-Identifier: BSD-2-Clause
// The captured requests of the busiest clients as a pool would have seen them.
#pragma once

#include <glib.h>

#include "judge/analysis.h"
#include "judge/pool_replay.h"
#include "judge/stays.h"

// One pool: a pair, or all pairs of a client whose pool has a limit over all hosts.
struct replay_group {
    uint32_t pair; // the busiest of it
    struct pool_setting captured;
    bool lacks_limit; // the pool closed connections beyond a limit that no setting tells
    GArray *requests; // struct replay_request
    guint count;      // of them, while they are gathered
    uint32_t hosts;   // pairs in it
    uint64_t opens;   // connections that began in the capture, within the horizon
    int64_t horizon;  // requests beyond it were left out (caps), or the capture's end
    int64_t delay;    // the least from a response to the pool's own close; INT64_MAX none
};

// struct replay_group, the busiest first; bounded by what_if.h. Caller frees with
// replay_groups_free().
GArray *replay_groups_new(const struct analysis *analysis, const struct exchange_log *log);
void replay_groups_free(GArray *groups);
