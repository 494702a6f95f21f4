// SPDX-License-Identifier: BSD-2-Clause
// How many connections carried how many requests, exactly; what is made of that.
#pragma once

#include <glib.h>
#include <stdint.h>

// A spread is a GArray of these, by requests.
struct spread_row {
    uint32_t requests;
    uint64_t connections;
};

// Requests per connection over connections that were established and are HTTP, probes left out.
struct distribution {
    double mean;                 // NAN without connections
    uint32_t p50, p90, p99, max; // nearest rank
    uint64_t connections;        // counted here
};

// Connections with from..to requests: exact 0 to 100, then 101-200, 201-500, 501-1000,
// 1001-2000, 2001-5000 ... (1-2-5 decades). Empty ranges are left out.
struct histogram_row {
    uint64_t from, to, connections;
};

GArray *spread_new(void); // caller frees
void spread_add(GArray *spread, uint32_t requests, uint64_t connections);
void spread_add_all(GArray *spread, const GArray *other);
struct distribution spread_distribution(const GArray *spread);
GArray *spread_histogram(const GArray *spread); // struct histogram_row, caller frees
