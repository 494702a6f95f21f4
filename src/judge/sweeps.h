// SPDX-License-Identifier: BSD-2-Clause
// Sweeps: a host that looks at its connections now and then closes at one moment those that were
// idle for longer than its limit, which makes bursts of different gaps.
#pragma once

#include "judge/bursts.h"

// Tells sweeps from shutdowns: BURST_SWEEP for those of the bursts from place `first` on, which are
// all of the host that has `list`, closed by `side`.
void sweeps_find(struct groups *groups, struct member_list list, enum side side, guint first);
