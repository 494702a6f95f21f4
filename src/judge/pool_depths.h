// SPDX-License-Identifier: BSD-2-Clause
// One replay for all limits there can be, for each host or over all.
#pragma once

#include "judge/pool_replay.h"

struct pool_depths;

// NULL for a pool that has to know its connections one from another, as those with timeouts do, or
// with dials that only some limits make idle connections of.
struct pool_depths *pool_depths_new(struct pool_replay *replay, struct pool_setting setting);
void pool_depths_free(struct pool_depths *depths);

// What pool_replay_run() gives for this limit.
struct pool_result pool_depths_at(const struct pool_depths *depths, uint32_t limit);
