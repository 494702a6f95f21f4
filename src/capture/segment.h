// SPDX-License-Identifier: BSD-2-Clause
// One TCP segment, decoded: what the capture floor hands to the engine.
#pragma once

#include "base/slice.h"

// An IP address as 16 bytes; IPv4 in its IPv4-mapped form (RFC 4291 section 2.5.5.2), so that
// ::ffff:a.b.c.d and a.b.c.d are one host.
struct address {
    uint8_t bytes[16];
};

struct endpoint {
    struct address address;
    uint16_t port;
};

enum tcp_flag { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16, TCP_URG = 32 };

#define WINDOW_SHIFT_NONE 0xff

// `payload` is the captured part of the TCP data; `payload_length` its length on the wire (from
// the IP header; for GRO/TSO segments with IP length 0 from the wire length): sequence space.
struct segment {
    struct endpoint from, to;
    uint32_t note; // as in struct packet
    struct slice payload;
    int64_t time;   // nanoseconds since the epoch
    int64_t clock;  // the latest time of all segments so far, on every connection
    uint32_t frame; // as in struct packet
    uint32_t ack, seq;
    uint32_t payload_length;
    uint32_t timestamp;   // TSval, RFC 7323; 0 when absent
    uint16_t window;      // unscaled
    uint16_t ip_id;       // 0 for IPv6
    uint16_t part;        // changes where packets may be missing: at the begin of a capture
    uint8_t flags;        // enum tcp_flag
    uint8_t window_shift; // of a SYN (RFC 7323), else WINDOW_SHIFT_NONE
    uint8_t ttl;
    uint8_t direction; // enum direction
    bool has_timestamp;
    bool has_sack; // carries SACK blocks: with no payload not a keep-alive probe
};

// Tells connections apart: the same for both directions and in every run. Senders can choose it, so
// it only spreads work. `first` and `second`: the halves of one address xor those of the other, as
// little-endian words.
static inline uint64_t segment_mix(uint64_t first, uint64_t second, uint16_t port, uint16_t other)
{
    // The golden ratio's odd 64-bit constant: one multiplication spreads each word.
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t spread = (first * golden) ^ second;
    spread = (spread ^ spread >> 29) * golden ^ (uint64_t)port * other;
    return (spread ^ spread >> 32) * golden;
}

static inline uint64_t segment_spread(const struct segment *segment)
{
    const uint8_t *from = segment->from.address.bytes, *to = segment->to.address.bytes;
    return segment_mix(read_le64(from) ^ read_le64(to), read_le64(from + 8) ^ read_le64(to + 8),
                       segment->from.port, segment->to.port);
}
