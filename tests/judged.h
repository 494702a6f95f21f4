// SPDX-License-Identifier: BSD-2-Clause
// A capture file read, followed and judged whole, for tests; also with packets that go missing.
#pragma once

#include "capture/source.h"
#include "engine/engine.h"
#include "judge/analysis.h"

// What a poor capture lacks. All zero: nothing.
struct distortion {
    uint32_t dropped;              // packets of 1000 that are missing, by a fixed sequence
    uint32_t seed;                 // which ones
    uint32_t snaplen;              // bytes kept of each packet; 0 all
    bool client_only, server_only; // only the packets of that side
    uint32_t cut_first, cut_last;  // percent of the packets missing at either end
};

struct judged {
    struct names *names;
    struct engine *engine;
    struct analysis *analysis;
};

// NULL when the file can't be read.
struct judged *judged_new(const char *path, const struct distortion *distortion);
void judged_free(struct judged *judged);
