// SPDX-License-Identifier: BSD-2-Clause
// The end of a connection: which close was first, what its sender had seen by then, and what the
// record says of it.
#pragma once

#include "engine/flow.h"

// A FIN or an acceptable RST of `side`, at position `at`; `acked`: it carries `ack`.
struct ending {
    enum side side;
    enum close_how how;
    uint64_t at;
    struct moment moment;
    uint32_t ack;
    bool has_ack;
};

// Notes a FIN or RST; the first of them is the first close and freezes the closer's view.
void close_note(struct context *context, struct flow *flow, const struct ending *ending);

// Notes whose window is full by now.
void close_note_windows(struct flow *flow);

// Fills in what can only be said at the end: phase, gap, outstanding, body, TCP states.
void close_describe(struct flow *flow);

// The same, and logs the requests that were never answered.
void close_settle(struct context *context, struct flow *flow);
