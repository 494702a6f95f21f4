// SPDX-License-Identifier: BSD-2-Clause
// RSTs that were captured before the SYN they answer, on another queue.
#pragma once

#include "capture/segment.h"

#define REFUSALS_REMEMBERED 4

struct refusals {
    struct segment last[REFUSALS_REMEMBERED]; // of no flow (yet); without payload
    uint32_t count;
};

// Remembers a segment without a flow, if it can be the answer to a SYN.
void refusals_note(struct refusals *refusals, const struct segment *segment);

// Hands out the answer to this SYN, with the SYN's time (it can't be earlier), once.
bool refusals_take(struct refusals *refusals, const struct segment *syn, struct segment *answer);
