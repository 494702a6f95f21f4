// SPDX-License-Identifier: BSD-2-Clause
// Segments that came too early, and wait for what is missing before them.
#pragma once

#include "base/cells.h"
#include "base/moment.h"

// What a parked segment takes beyond its bytes: itself, its node in the tree, what malloc adds.
#define PARKED_COST 128

struct parked {
    uint64_t at;
    struct moment moment;
    uint32_t length, captured; // in sequence space; bytes held
    uint32_t ack;
    bool is_counted_only; // its bytes were captured, but nobody needs them
    uint8_t bytes[];
};

// Room for `captured` bytes; what else it says is to be filled. `cells` keep what has been freed.
struct parked *parked_new(struct cells *cells, uint32_t captured);
void parked_free(struct cells *cells, struct parked *parked);
