// SPDX-License-Identifier: BSD-2-Clause
// Ephemeral ports in use per client address and server endpoint, and when they would run out.
#pragma once

#include "engine/record.h"

struct ports;

// `first` and `last` are the capture's.
struct ports *ports_new(size_t records, int64_t first, int64_t last);
void ports_free(struct ports *ports);

// The client's end of `record` held its port from `from` until `to`; `waits`: in TIME_WAIT at last.
void ports_add(struct ports *ports, const struct record *record, int64_t from, int64_t to,
               bool waits);

// All added: counts.
void ports_settle(struct ports *ports);

// One client address and server endpoint.
struct ports_row {
    struct address client;
    uint32_t peak;     // most ports in use
    double exhaustion; // seconds until PORTS_LIMIT at the observed rate; NAN when never
};

uint32_t ports_count(const struct ports *ports);
struct ports_row ports_row(const struct ports *ports, uint32_t index);

// 127/8, ::1 or both ends one address: there Linux takes a port in TIME_WAIT again after a second.
bool address_is_loopback(const struct address *address);
