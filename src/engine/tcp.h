// SPDX-License-Identifier: BSD-2-Clause
// What one segment means for its connection: handshake, acknowledgements, probes, data, close.
#pragma once

#include "engine/flow.h"

// Whether a segment can begin a connection: a SYN, a SYN-ACK, or data (a capture that began late).
bool tcp_begins(const struct segment *segment);

// Begins a connection with its first segment; tcp_take() follows with the same segment.
void tcp_begin(struct flow *flow, const struct segment *segment);

// Whether a SYN on a tuple that is known begins another connection (RFC 9293 section 3.4).
bool tcp_begins_anew(const struct flow *flow, const struct segment *segment);

// Whether SYNs are all that was seen of it.
bool tcp_is_half_open(const struct flow *flow);

void tcp_take(struct context *context, struct flow *flow, const struct segment *segment);
