// SPDX-License-Identifier: BSD-2-Clause
// Where the ends of connections go from state to state, as events: one for both ends where they do
// so at one time, as they mostly do.
#pragma once

#include "judge/event_order.h"
#include "judge/socket_spans.h"
#include "judge/sockets.h"

#define SOCKET_NO_HOST SOCKET_HOSTS // of an end that isn't drawn

// Events from `from` until before `to`, which isn't after the capture's end. What came before its
// first packet counts as then.
struct socket_slab {
    int64_t from, to;
    struct event_order *events;
};

// Adds a connection's events to the slab; hosts[side] is that of the end, up to SOCKET_NO_HOST.
void socket_changes_put(const struct socket_slab *slab, const struct socket_end ends[2],
                        const uint32_t hosts[2]);

#define SOCKET_ROW 16 // states for each host

// Where an end of a host was and is: host * SOCKET_ROW + state. TCP_CLOSED of host 0 twice: this
// end doesn't change.
struct socket_change {
    uint32_t from, to;
};

// An event's `what`: 16 bits for each side.
static inline struct socket_change socket_change_of(uint32_t what, enum side side)
{
    uint32_t half = what >> 16 * side & 0xffff, from = half >> 4;
    return (struct socket_change){from, (from & ~(uint32_t)(SOCKET_ROW - 1)) | (half & 15)};
}
