// SPDX-License-Identifier: BSD-2-Clause
// Ephemeral ports in use per route (client address to server endpoint), and when they would run
// out.
#pragma once

#include <stddef.h>

#include "engine/record.h"

struct ports;

// Routes are numbered from 0; `first` and `last` are the capture's.
struct ports *ports_new(uint32_t routes, size_t connections, int64_t first, int64_t last);
void ports_free(struct ports *ports);

// A client's end on this route held its port from `from` until `to`; `waits`: in TIME_WAIT at last.
void ports_add(struct ports *ports, uint32_t route, int64_t from, int64_t to, bool waits);

// All added: counts.
void ports_settle(struct ports *ports);

// The most ports in use on a route, and the seconds from the first until PORTS_LIMIT: as observed,
// or at the observed rate; NAN when never.
uint32_t ports_peak(const struct ports *ports, uint32_t route);
double ports_exhaustion(const struct ports *ports, uint32_t route);
