// SPDX-License-Identifier: BSD-2-Clause
// The whole capture, judged: records in report order with their verdicts, and what they add up to.
#pragma once

#include <glib.h>

#include "base/names.h"
#include "judge/pair.h"
#include "judge/summary.h"
#include "judge/verdict.h"

// Counts of the capture floor, in the words of coverage.skipped, passed through to the report.
struct skipped_row {
    const char *reason; // decode_name()
    uint64_t packets;
};

struct analysis_input {
    struct record *records; // taken: sorted by first packet in place
    size_t record_count;
    const struct exchange *exchanges; // borrowed for the call
    size_t exchange_count;
    const struct names *names; // borrowed for the analysis' life
    int64_t first, last;       // earliest and latest packet; NANOS_UNKNOWN without packets
    bool without_probes;       // --no-probes
    unsigned threads;          // that may work on it; 0 and 1: the calling one alone
};

struct analysis {
    const struct names *names;
    struct record *records;   // ordered by input and frame of the first packet; owned
    struct verdict *verdicts; // [record_count]
    uint32_t *pair_of;        // [record_count] index into pairs
    size_t record_count;
    int64_t first, last;
    struct totals totals;
    GArray *causes;               // struct cause_row, ordered by connections
    GArray *families;             // struct family_row, in report order
    GArray *spread;               // struct spread_row: requests per connection
    GArray *pairs;                // struct pair, most connections first
    struct known_defaults *known; // that the settings' candidates point into; owned
    GArray *findings;             // struct finding
    GArray *settings;             // struct setting
    GArray *conflicts;            // struct conflict
    GArray *what_ifs;             // struct what_if
    struct sockets *sockets;      // NULL when not computed
};

// Judges every record, alone and in its groups, and sums up. Never fails.
struct analysis *analysis_new(const struct analysis_input *input);
void analysis_free(struct analysis *analysis);
