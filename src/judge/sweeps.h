// SPDX-License-Identifier: BSD-2-Clause
// Sweeps: a host that looks at its connections now and then closes those that were idle for longer
// than its limit, after different gaps.
#pragma once

#include "judge/bursts.h"

// Tells sweeps from shutdowns and from lone closes, for the host that has `list`.
void sweeps_settle(struct groups *groups, struct member_list list, enum side side);
