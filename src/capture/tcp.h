// SPDX-License-Identifier: BSD-2-Clause
// What the long and the short way to a segment read of the TCP header (RFC 9293 section 3.1).
#pragma once

#include "capture/segment.h"

#define TCP_HEADER 20

// The header's length in bytes, as it says itself.
static inline uint32_t tcp_header_length(const uint8_t *at)
{
    return at[12] >> 2 & 0x3c;
}

// All but the ports, the time stamp and what else the options say.
static inline void tcp_read_fields(struct segment *segment, const uint8_t *at)
{
    segment->seq = read_be32(at + 4);
    segment->ack = read_be32(at + 8);
    segment->flags = at[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG);
    segment->window = read_be16(at + 14);
    segment->window_shift = WINDOW_SHIFT_NONE;
    segment->has_sack = false;
}

// What of the options was captured.
void tcp_read_options(struct segment *segment, struct slice options);
