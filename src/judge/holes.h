// SPDX-License-Identifier: BSD-2-Clause
// Holes between captures. A hole makes a missing close unknown, never a cause.
#pragma once

#include <glib.h>

#include "engine/seams.h"

// Whether packets are missing at the seam: of the connections that go on, one in HOLE_SHARE jumps;
// or HOLE_STOPPED and more break off with a request unanswered.
bool hole_is_proven(const struct seam *seam);

// Counts the connections that break off before each seam (struct seam, in order; `last` is the time
// of the last packet), and notes FACT_HOLE_AFTER on those that were open before a proven hole and
// silent since.
void holes_mark(GArray *seams, struct record *records, size_t count, int64_t last);
