// SPDX-License-Identifier: BSD-2-Clause
// A progress line on standard error, for readings that take over a second.
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct progress {
    int64_t started, shown; // monotonic, microseconds
    bool is_on;
    bool is_visible; // a line stands there and has to be wiped
};

struct progress_state {
    uint64_t bytes, bytes_total; // total 0: unknown
    uint64_t packets, connections;
};

void progress_begin(struct progress *progress, bool is_on);

// Whether a line is due; cheap, to be asked for every batch.
bool progress_is_due(struct progress *progress);
void progress_show(struct progress *progress, const struct progress_state *state);

// Wipes the line.
void progress_end(struct progress *progress);
