// SPDX-License-Identifier: BSD-2-Clause
// Where one capture ends and the next begins: do connections that go on fit, or are packets
// missing between the two?
#pragma once

#include "engine/flow.h"

// One seam, by the connections seen on both sides of it.
struct seam {
    uint16_t part;     // the segment's behind it
    uint32_t frame;    // the last before it, or a later one before any TCP segment
    uint32_t going_on; // connections with packets on both sides
    uint32_t jumping;  // of them: bytes were sent or acknowledged that neither side has
    uint64_t bytes;    // those bytes, as far as the next packet of each connection shows
    uint32_t stopped;  // connections that break off before it in the midst of an exchange; judge/
};

struct seams {
    GArray *all;    // struct seam, in order
    uint16_t part;  // of the segments now
    uint32_t frame; // the last before this part; 0 in the first
};

// A segment of another part: the seam before it.
void seams_begin(struct seams *seams, const struct segment *segment);

// The first segment of a connection that is older than the part.
void seams_pass(struct seams *seams, const struct flow *flow, const struct segment *segment);
