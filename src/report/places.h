// SPDX-License-Identifier: BSD-2-Clause
// Where a frame lies: records count the packets of all inputs, people count those of one file.
#pragma once

#include "report/report.h"

struct place {
    size_t input;   // index in argument order
    uint32_t frame; // from 1, as Wireshark counts
};

struct places {
    struct place_start {
        uint32_t first_frame, before; // as in struct report_run
        size_t input;
    } * starts; // ascending by first_frame; inputs without packets are left out
    size_t count;
};

void places_init(struct places *places, const struct report_input *inputs, size_t count);
void places_clear(struct places *places);

// The place of a frame that is not 0.
struct place places_find(const struct places *places, uint32_t frame);
