// SPDX-License-Identifier: BSD-2-Clause
// Segments on their way to who works on them: all of one connection are in one lane, in order.
#pragma once

#include "capture/segment.h"

#define LANES 4

struct lane {
    struct segment *first, *next, *end; // of the segments, of the room behind, and that room's end
};

// Empty lanes with room for `room` segments each; more is made as it is needed.
void lanes_begin(struct lane lanes[LANES], size_t room);
void lanes_end(struct lane lanes[LANES]);

void lane_grow(struct lane *lane);

// Where the next segment of this segment_spread() goes; to be filled.
static inline struct segment *lanes_next(struct lane lanes[LANES], uint64_t spread)
{
    struct lane *lane = &lanes[spread / (UINT64_MAX / LANES + 1)];
    if (lane->next == lane->end)
        lane_grow(lane);
    return lane->next++;
}
