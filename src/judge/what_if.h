// SPDX-License-Identifier: BSD-2-Clause
// What if the pool were larger, or kept idle connections for longer? The captured request
// intervals of a pair, replayed through a pool.
#pragma once

#include <glib.h>

#include "judge/finding.h"
#include "judge/replay_input.h"

#define WHAT_IF_PAIRS     20     // the busiest pairs that are replayed
#define WHAT_IF_POINTS    14     // points of a curve, at most
#define WHAT_IF_EXCHANGES 200000 // of one pair, from the capture's begin on
#define WHAT_IF_TOTAL     400000 // of all pairs

// struct what_if for the pairs that opened the most connections; needs settings and verdicts.
// time_wait_peak counts sockets of the client. Caller frees with what_ifs_free().
GArray *what_ifs_new(struct replay_input *input, unsigned threads);
void what_ifs_free(GArray *what_ifs);
