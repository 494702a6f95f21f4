// SPDX-License-Identifier: BSD-2-Clause
// The timers that a client's waits are of: groups of waits that agree more than chance would have
// it.
#pragma once

#include "engine/record.h"
#include "judge/cluster.h"

// How a wait relates to the timers: of one, or beside one and too far off to be sure.
enum fit { FIT_NONE, FIT_BESIDE, FIT_TIMER };

// What agrees closely, and, where nothing does, what does as on a busy host. Per sample, in the
// order of their values.
struct timers {
    GArray *near, *tight;
    const struct cluster **of; // never NULL; alone where the wait is like no other
    enum fit *fit;
};

// Sorts the samples by value: their waits from the last request to the close, in nanoseconds. In
// n log n.
struct timers timers_new(const struct record *records, struct sample *samples, size_t count);
void timers_free(struct timers *timers);
