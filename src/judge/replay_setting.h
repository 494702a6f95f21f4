// SPDX-License-Identifier: BSD-2-Clause
// How a captured pool was set.
#pragma once

#include "judge/analysis.h"
#include "judge/pool_replay.h"
#include "judge/setting_lookup.h"

// Of the client that opened a pair's connections.
struct pool_setting replay_setting_of(const struct setting_lookup *lookup, const struct pair *pair);
