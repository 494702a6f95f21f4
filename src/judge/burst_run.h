// SPDX-License-Identifier: BSD-2-Clause
// A host that ends with thousands of connections takes seconds to close them. However long that is,
// it is one moment.
#pragma once

#include "engine/record.h"
#include "judge/cluster.h"

// Whether a run of closes, by time and longer than a burst, is one event: as dense as a host closes
// one after the other, and, by the middle half of all, nearer together than the last uses of the
// connections.
// Then returns how many take part and moves them to the front; the others were used after it began.
// 0: it is none.
size_t burst_run_weigh(const struct record *records, struct sample *run, size_t count);
