// SPDX-License-Identifier: BSD-2-Clause
// A short way for the TCP states of connections that opened, and closed or stay open, as most do:
// at once for both ends, without their spans.
#pragma once

#include "judge/socket_changes.h"

// In order of time; the last four are those of a close.
enum usual_step {
    USUAL_OPEN,
    USUAL_ESTABLISHED,
    USUAL_FIN,
    USUAL_FIN_ACK,   // at the same time as the next one: both are one step
    USUAL_OTHER_FIN, // of the side that was told
    USUAL_OTHER_ACK,
    USUAL_WAIT_END, // of TIME_WAIT
    USUAL_STEPS
};

struct socket_usual {
    int64_t at[USUAL_STEPS];
    unsigned count; // of steps: USUAL_FIN while it is open, or USUAL_STEPS
    enum side closer;
};

// False for a connection that is told by its spans only; `reused` as in struct socket_bounds.
bool socket_usual_find(const struct record *record, int64_t reused, struct socket_usual *usual);

// Adds what socket_changes_put() does of the connection's spans; the hosts differ.
void socket_usual_put(const struct socket_slab *slab, const struct socket_usual *usual,
                      const uint32_t hosts[2]);
