// SPDX-License-Identifier: BSD-2-Clause
// Packets captured twice (a router, a bridge, -i any): recognised and counted once.
#pragma once

#include <stdbool.h>

#include "capture/segment.h"

#define DUPLICATES_REMEMBERED 1024

struct duplicates {
    struct seen {
        uint64_t signature;
        int64_t time;
    } seen[DUPLICATES_REMEMBERED];
};

// What copies of a segment have in common.
struct mark {
    uint64_t signature;
    uint64_t slot; // where it is remembered
};

// `hash` stands for the segment's addresses and ports.
struct mark duplicates_mark(const struct segment *segment, uint64_t hash);
void duplicates_prefetch(const struct duplicates *duplicates, struct mark mark);

// Whether a segment of this mark was captured less than 20 ms ago already; remembers it.
bool duplicates_check(struct duplicates *duplicates, struct mark mark, int64_t time);
