// SPDX-License-Identifier: BSD-2-Clause
// How many pools a client has: one that opens a connection while another of its own is idle doesn't
// share it.
#pragma once

#include "judge/pool_replay.h"

#define REPLAY_POOLS_MOST 256

// Sets the host of each request (struct replay_request) to its connection's pool, so that nothing
// opens while its pool has an idle connection at hand: one that began to be idle `margin` before,
// and stays so for as long. Returns the number of pools, at most REPLAY_POOLS_MOST: what needs more
// goes into the first.
uint32_t replay_pools_assign(GArray *requests, int64_t margin);
