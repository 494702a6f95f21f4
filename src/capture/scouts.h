// SPDX-License-Identifier: BSD-2-Clause
// Goes ahead of who walks over a capture in memory from record to record: each tells only where the
// next one is, so that the walk would wait for memory at every step. Scouts begin at several places
// at once, where a record seems to be. What they find isn't used, but in the processor's cache
// then.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

// How the records of a capture are told, and follow each other.
struct trail {
    uint8_t sign[4];      // bits of the first bytes that all, or most of them, have alike
    unsigned sought;      // which of these bytes is looked for
    unsigned length_at;   // where a 32-bit length is
    uint32_t beside;      // bytes that it doesn't count
    uint32_t least, most; // that it may be
    bool is_swapped;      // it is in the other byte order
};

// The bytes begin with a record: unless all of it is there, nobody can go on behind it, and no
// scout goes. Returns how many records they came by, or thought so; some are seen by none.
size_t scouts_send(const struct trail *trail, struct slice bytes);
