// SPDX-License-Identifier: BSD-2-Clause
// The captured requests of the busiest clients as a pool would have seen them.
#pragma once

#include "judge/replay_choice.h"
#include "judge/stays.h"

// Gathers the requests of the pools, bounded by what_if.h; needs verdicts and what pairs add up to.
struct replay_input;
struct replay_input *replay_input_new(const struct analysis *analysis,
                                      const struct exchange_log *log);
void replay_input_free(struct replay_input *input);

// Once settings are known: struct replay_group, the busiest first; they live as long as the input.
const GArray *replay_input_settle(struct replay_input *input);
