// SPDX-License-Identifier: BSD-2-Clause
// One replay for many limits.
#pragma once

#include "judge/pool_replay.h"

#define POOL_LIMITS 12

// What pool_replay_run() gives for each of the limits in place of the setting's, at most
// POOL_LIMITS. False for a pool that has to know its connections one from another, as timeouts and
// limits over several hosts do: nothing was done.
bool pool_limits_run(struct pool_replay *replay, struct pool_setting setting,
                     const uint32_t *limits, unsigned count, struct pool_result *results);
