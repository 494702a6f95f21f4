// SPDX-License-Identifier: BSD-2-Clause
// What every part of the engine shares while it works on a segment.
#pragma once

#include <glib.h>

#include "base/cells.h"
#include "base/limits.h"
#include "base/names.h"
#include "engine/exchanges.h"
#include "engine/head.h"

struct context {
    struct limits limits;
    struct names *names;
    uint32_t recent[NAMES];       // the name of each kind that was read last, on any connection
    uint32_t methods[METHODS];    // names of those that are known and came
    struct head_memory memory[2]; // of requests and responses, on any connection
    struct named {                // names of fields that are recalled
        uint32_t recalled, agent, host;
    } named;
    const uint16_t *http_ports; // ends with 0; may be NULL
    uint64_t held_bytes;        // parked, half heads and outstanding requests of all flows
    struct exchanges exchanges;
    uint64_t exchanges_dropped;
    struct targets *targets;
    struct work *spare; // of flows that rest, for the next that doesn't
    uint32_t spares;
    struct cells closings, parked;
};
