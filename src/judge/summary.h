// SPDX-License-Identifier: BSD-2-Clause
// Totals, cause rows and the spread of requests per connection over any set of records.
#pragma once

#include <glib.h>

#include "judge/spread.h"
#include "judge/verdict.h"

struct totals {
    uint64_t connections, closed, open;
    uint64_t requests, responses, bytes;
    uint64_t reused, counted_requests; // reuse_ratio = reused / counted_requests; 0: null
    struct distribution per_connection;
    uint64_t opened_with_syn; // opens_per_second = this / (last - first packet)
    uint64_t probe_connections, probe_requests;
    uint64_t midstream, one_direction, snaplen_cut, heads_cut, opaque, unattributed, lost_bytes;
};

// One row per cause and blamed side.
struct cause_row {
    enum cause cause;
    const char *by; // blame_key()
    uint64_t connections;
    uint64_t confidence[CONFIDENCES];
};

struct family_row {
    enum family family;
    uint64_t connections;
};

// Adds records to a summary one by one; the same code serves the whole capture and each pair.
struct tally;
struct tally *tally_new(void);
void tally_add(struct tally *tally, const struct record *record, const struct verdict *verdict);
void tally_totals(const struct tally *tally, struct totals *totals);
GArray *tally_causes(const struct tally *tally); // struct cause_row, caller frees
GArray *tally_spread(const struct tally *tally); // struct spread_row, caller frees
void tally_free(struct tally *tally);

// Add what other records add up to; the distribution of `totals` is left as it is.
void totals_add(struct totals *totals, const struct totals *other);
void causes_add(GArray *causes, const GArray *other);

// The roll-up of cause rows: struct family_row, caller frees.
GArray *causes_families(const GArray *causes);
