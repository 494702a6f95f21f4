// SPDX-License-Identifier: BSD-2-Clause
// Packets captured twice (a router, a bridge, -i any): recognised and counted once.
#pragma once

#include <stdbool.h>

#include "capture/segment.h"

#define DUPLICATES_REMEMBERED 1024

struct duplicates {
    struct seen {
        uint64_t key;
        int64_t time;
    } seen[DUPLICATES_REMEMBERED];
};

// Whether a copy of the segment was captured less than 20 ms ago already; remembers it. `hash`
// stands for its addresses and ports.
bool duplicates_check(struct duplicates *duplicates, const struct segment *segment, uint64_t hash);
