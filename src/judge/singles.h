// SPDX-License-Identifier: BSD-2-Clause
// Each connection alone: its verdict, and what groups ask of it, while its record is at hand.
#pragma once

#include "judge/groups.h"

// Fills verdicts, outlines, lives and the traits of pairs from what groups_new() is given. As many
// threads may work on it.
void singles_judge(struct groups *groups);
