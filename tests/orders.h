// SPDX-License-Identifier: BSD-2-Clause
// Segments from arbitrary bytes, such that conversations arise by chance.
//
// The bytes are orders of one byte each (connection 2 bits, side 1, enum order 5) and what they
// need. An order follows from the ones before it as the segments of a conversation do; ORDER_ANY
// follows from nothing.
#pragma once

#include <glib.h>

#include "base/moment.h"
#include "capture/segment.h"

#define ORDERS_SEGMENTS_MOST 2000

struct orders {
    GArray *segments;    // struct segment, in capture order, frames from 1
    GPtrArray *payloads; // exactly as long as they are, for sanitizers
    int64_t last;        // the time at the end
};

struct orders orders_obey(struct slice bytes);
void orders_clear(struct orders *orders);
