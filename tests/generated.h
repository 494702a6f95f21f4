// SPDX-License-Identifier: BSD-2-Clause
// Conversations made at random: a series of exchanges with known numbers, and a close.
#pragma once

#include "tests/conversation.h"

struct generated {
    GArray *segments; // struct segment
    GPtrArray *payloads;
    uint32_t requests, complete; // complete: responses; one less when the last one was left
    int64_t received;            // body bytes of the last response
    enum close_by close_by;
    enum phase phase;
};

struct generated *generated_new(GRand *random);
void generated_free(struct generated *generated);

// Whether the record says what was generated; if not, prints what differs.
bool generated_check(const struct generated *generated, const struct record *record);
