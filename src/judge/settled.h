// SPDX-License-Identifier: BSD-2-Clause
// What connections add up to that were judged in earlier windows and then let go.
#pragma once

#include "judge/analysis.h"

struct settled {
    uint64_t windows;
    struct totals totals;
    GArray *causes;         // struct cause_row
    GArray *spread;         // struct spread_row
    GArray *pairs;          // struct pair: those with most connections, once they are too many
    uint64_t pairs_dropped; // beyond the cap
    uint32_t pairs_most;
};

// `pairs_most`: pairs kept, limits.settled_pairs.
struct settled *settled_new(uint32_t pairs_most);
void settled_free(struct settled *settled);

// Adds the records of a window with their verdicts. Its pairs are summed up anew for them.
void settled_add(struct settled *settled, struct analysis *window);

// Adds all of it to what the last window's connections add up to. Pairs keep the largest peak of
// a window, and the handshake time of the window with more connections.
void settled_merge(const struct settled *settled, struct analysis *last);
