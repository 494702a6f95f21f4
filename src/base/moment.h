// SPDX-License-Identifier: BSD-2-Clause
// Time as integer nanoseconds since the epoch, and moments: a time and the frame seen then.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NANOS_PER_SECOND INT64_C(1000000000)
#define NANOS_PER_MS     INT64_C(1000000)
#define NANOS_UNKNOWN    INT64_MIN

// `frame` counts the packets of all inputs in reading order from 1 (report/ turns it into input
// and frame); 0: this moment never came. Packed to 12 bytes: a connection record holds many.
struct moment {
    int64_t time;
    uint32_t frame;
} __attribute__((packed, aligned(4)));

_Static_assert(sizeof(struct moment) == 12, "a record holds many moments");

static inline bool moment_is_set(struct moment m)
{
    return m.frame != 0;
}

// Nanoseconds from `from` to `to`; NANOS_UNKNOWN unless both came.
static inline int64_t moment_between(struct moment from, struct moment to)
{
    if (!moment_is_set(from) || !moment_is_set(to))
        return NANOS_UNKNOWN;
    return to.time - from.time;
}
