// SPDX-License-Identifier: BSD-2-Clause
// Which connections count: --client and --server, before groups and totals.
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "engine/record.h"

struct network {
    struct address address;
    uint8_t bits;  // of 128
    uint16_t port; // 0 any
};

// A connection is chosen when a network of each list that isn't empty holds its end.
struct selection {
    GArray *networks[2]; // struct network, by side; NULL any
};

// ADDRESS, ADDRESS/BITS, and each with :PORT (an IPv6 address in brackets then).
bool network_parse(const char *text, struct network *network, GError **error);

bool select_is_empty(const struct selection *selection);
bool select_takes(const struct selection *selection, const struct record *record);

// Removes the records that aren't chosen, keeping the order.
void select_records(const struct selection *selection, GArray *records);

// The exchanges of the records given; caller frees.
GArray *select_exchanges(const GArray *records, const struct exchange *exchanges, size_t count);
void select_free(struct selection *selection);
