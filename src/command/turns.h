// SPDX-License-Identifier: BSD-2-Clause
// Whose packets come next: captures of the same time are read side by side, by the times of their
// packets; those that follow each other one after the other.
#pragma once

#include "command/feeds.h"

// Packets `first` up to `end` of a feed.
struct turn {
    struct feed *feed;
    size_t first, end;
    bool is_begin; // the feed's first, and no other one is in the midst: a seam
};

// The next packets, at most `most` read anew. `order` is that of feeds_in_time(); feeds that are
// over leave it. False at the end.
bool turns_next(GPtrArray *order, size_t most, struct turn *turn);

// A turn begins after `frames` ordinals: finds the base of its packets' ordinals, and notes where
// they lie.
void turn_place(const struct turn *turn, uint32_t frames);
