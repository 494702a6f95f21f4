// SPDX-License-Identifier: BSD-2-Clause
// Which pairs make one pool, and how it was set.
#pragma once

#include <glib.h>

#include "judge/analysis.h"
#include "judge/pool_replay.h"

#define GROUP_NONE UINT32_MAX

// One pool: a pair, or all pairs of a client whose pool has a limit over all hosts.
struct replay_group {
    uint32_t pair;   // the busiest of it
    uint32_t set_by; // whose settings are the pool's
    struct pool_setting captured;
    bool lacks_limit; // the pool closed connections beyond a limit that no setting tells
    GArray *requests; // struct replay_request
    guint count;      // of them, while they are gathered
    uint32_t hosts;   // pairs in it
    uint64_t opens;   // connections that began in the capture, within the horizon
    int64_t horizon;  // requests beyond it were left out (caps), or the capture's end
    int64_t delay;    // the least from a response to the pool's own close; INT64_MAX none
};

struct replay_choice {
    GArray *groups;     // struct replay_group, the busiest first
    uint32_t *group_of; // [pairs]; GROUP_NONE
    uint32_t *host_of;  // [pairs] host within the group
};

// Groups without requests; needs no settings.
void replay_choose(const struct analysis *analysis, struct replay_choice *choice);
void replay_choice_clear(struct replay_choice *choice);

// How each of the pools was set.
void replay_set(const struct analysis *analysis, GArray *groups);
