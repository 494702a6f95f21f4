// SPDX-License-Identifier: BSD-2-Clause
// The log of exchanges of all connections, in pieces that never move.
#pragma once

#include <glib.h>

#include "engine/record.h"

#define EXCHANGES_PIECE 16384 // exchanges

struct exchanges {
    GPtrArray *pieces; // struct exchange, each of EXCHANGES_PIECE, as many as `count` needs
    struct exchange *last;
    size_t count;
};

void exchanges_init(struct exchanges *log);
void exchanges_end(struct exchanges *log);

// A new one, to be filled in.
struct exchange *exchanges_add(struct exchanges *log);

// Takes the oldest out, whole pieces of them, whose memory becomes that of `pages` with all that is
// in it; returns how many.
struct pages;
size_t exchanges_move(struct exchanges *log, struct pages *pages);

// Copies the last ones, of which there are at least as many.
void exchanges_copy(const struct exchanges *log, struct exchange *to, size_t last);

// Takes those out whose connections began with these frames, in ascending order; NULL: all.
void exchanges_forget(struct exchanges *log, const uint32_t *frames, size_t count);
