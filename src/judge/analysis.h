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
    const struct seam *seams; // between captures, in order; borrowed for the call
    size_t seam_count;
    const struct names *names; // borrowed for the analysis' life
    int64_t first, last;       // earliest and latest packet; NANOS_UNKNOWN without packets
    bool without_probes;       // --no-probes
    bool is_window;            // only records, verdicts, pairs and what they add up to are wanted
    const struct settled *settled; // earlier windows, borrowed for the call; NULL none
    unsigned threads;              // that may work on it; 0 and 1: the calling one alone
};

struct analysis {
    const struct names *names;
    struct record *records;   // ordered by input and frame of the first packet; owned
    struct verdict *verdicts; // [record_count]
    uint32_t *pair_of;        // [record_count] index into pairs
    uint32_t *twin_of;        // [record_count] see twins.h; NULL when there are none
    uint64_t twins;
    GArray *alike; // see tuples.h; NULL when not computed
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
    // Judged in earlier windows, and not among the records: they count in totals, causes,
    // families, spread and pairs; all else is of the records.
    uint64_t windows, settled, pairs_dropped;
    GArray *seams; // struct seam
};

// Judges every record, alone and in its groups, and sums up. Never fails.
struct analysis *analysis_new(const struct analysis_input *input);

// Keeps, in their order, only the records that begin with one of `frames`, which are in ascending
// order, up to the frame `last`; those of later frames are appended to `others`, a GArray of struct
// record. For a window, which has nothing that points to records.
void analysis_keep(struct analysis *window, const GArray *frames, uint32_t last, GArray *others);
void analysis_free(struct analysis *analysis);
