// SPDX-License-Identifier: BSD-2-Clause
// What one side's packets tell of the other when none of the other's were captured: its
// acknowledgements show when the other sent how much. One position alone is the other's FIN (a
// segment of one byte is rare); more are bytes of a message, which may have a FIN behind them.
#pragma once

#include "engine/taking.h"

// The segment acknowledges bytes of a side of which nothing was captured (yet).
void onesided_ack(struct taking *t);

// A packet of that side came after all: what acknowledgements told is told by its bytes.
void onesided_forget(struct flow *flow, enum side side);

// A new request: the one before counts as answered by what was acknowledged since.
void onesided_request(struct context *context, struct flow *flow, struct moment moment);

// Whether anything was acknowledged since the last response began.
bool onesided_is_asked(const struct record *record);

// A complete response to a request that was acknowledged, but not captured.
void onesided_response(struct context *context, struct flow *flow);

// Completes phase, gap and first close of a connection that was captured in one direction. The
// moments of the side that wasn't are those of the acknowledgements.
void onesided_describe(struct flow *flow);

// When the last request of a described flow was answered, by the client's packets alone;
// NANOS_UNKNOWN when it wasn't, or the server's packets tell.
int64_t onesided_response_end(const struct flow *flow);
