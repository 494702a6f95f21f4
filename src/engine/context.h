// SPDX-License-Identifier: BSD-2-Clause
// What every part of the engine shares while it works on a segment.
#pragma once

#include <glib.h>

#include "base/limits.h"
#include "base/names.h"

struct context {
    struct limits limits;
    struct names *names;
    const uint16_t *http_ports; // ends with 0; may be NULL
    uint64_t held_bytes;        // parked, half heads and outstanding requests of all flows
    GArray *exchanges;          // struct exchange
    uint64_t exchanges_dropped;
    struct work *spare; // of flows that rest, for the next that doesn't
    uint32_t spares;
};
