// SPDX-License-Identifier: BSD-2-Clause
// Connections that have their addresses and ports from others, or leave them to others.
#pragma once

#include "judge/analysis.h"

// struct keyed: the connections whose addresses and ports, of either direction, another has too.
// Their keys are equal then; in order of keys, and those of one key in order. Some others among
// them, whose key is their own. As analysis->alike, if that is known. `marks` are those of
// pairs_new(); NULL: ports are read from the records. Caller unrefs.
GArray *tuples_alike(const struct analysis *analysis, const struct host_marks *marks);
