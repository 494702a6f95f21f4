// SPDX-License-Identifier: BSD-2-Clause
// Bursts: many closes by one host at one moment, and what they are.
#pragma once

#include "judge/groups.h"

// What the burst tests say of one close.
// BURST_SWEEP: see sweeps.h. BURST_LAST: the last of a pair's connections ended together, whatever
// their gaps.
enum burst { BURST_NONE, BURST_SHUTDOWN, BURST_TIMEOUT, BURST_UNDECIDED, BURST_SWEEP, BURST_LAST };

struct burst_found {
    enum burst what;
    uint32_t size; // closes
    int64_t begin, end;
    bool may_be_aged;  // some began before the capture: all may have had one age
    bool is_scattered; // a shutdown whose gaps differ: none of them is a sample of a timer's
};

// Group test 1 (2) and (3): value of a sample is its gap (or wait), time its close.
enum burst burst_weigh(const struct sample *samples, size_t count);

// The one that a close belongs to.
static inline const struct burst_found *groups_burst(const struct groups *groups, uint32_t record)
{
    return &g_array_index(groups->bursts, struct burst_found, groups->burst_of[record]);
}
