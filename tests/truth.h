// SPDX-License-Identifier: BSD-2-Clause
// What the recorded programs know of the connections of a sample; see samples/README.
#pragma once

#include <glib.h>

#include "judge/verdict.h"

// Several causes: the packets can't tell them apart.
struct truth {
    char client[46];
    uint16_t port; // 0: every connection that no other line names
    char causes[160];
    char by[12]; // "client", "server", "none", "network", or empty
    bool is_used;
};

// struct truth of each line; empty when there is no such file.
GArray *truths_load(const char *path);

// The line of this client's connection, or NULL. Lines of one port are in opening order: ask in
// that order.
const struct truth *truths_take(GArray *truths, const struct endpoint *client);

bool truth_names(const struct truth *truth, enum cause cause);

// Path of the capture of a sample: `base` with the suffix that is there. Caller frees it.
char *truth_capture(const char *base);

// Whether this build reads that capture: some are compressed.
bool truth_is_readable(const char *base);

// Paths of all samples that have a truth, without a suffix, sorted; says, and counts in `skipped`,
// how many it leaves out because their captures are compressed and this build reads no gzip.
GPtrArray *truth_samples(unsigned *skipped);
