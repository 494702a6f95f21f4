// SPDX-License-Identifier: BSD-2-Clause
// What a poorer form of a capture has left of each connection, and whether that is enough to know
// better than a verdict does.
#pragma once

#include "judge/verdict.h"
#include "tests/degrade.h"
#include "tests/truth.h"

struct remains {
    uint32_t packets[2];       // by side
    uint32_t closes[2];        // FIN and RST
    uint32_t close_acks[2];    // packets of the other side that acknowledge this side's FIN
    bool has_earlier[2];       // packets of this side before its FIN: they show that it is one more
    uint32_t client_data_late; // client's packets with data after the first close
    int64_t last;              // time of its last packet
    int64_t ends;              // time of the last packet of all
};

// struct remains for each connection of the whole.
GArray *remains_new(const struct whole *whole, const struct degraded *degraded);

// Whether the packets that decide were removed without a trace, so that this verdict is what the
// rest says. The criteria are in the source, one each.
bool remains_hide(const struct remains *remains, const struct truth *truth,
                  const struct verdict *verdict);
