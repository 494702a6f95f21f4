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
    uint32_t frame; // as in struct packet
    uint32_t payload_length;
    uint32_t seq, ack;
    uint32_t timestamp;   // TSval, RFC 7323; 0 when absent
    uint16_t window;      // unscaled
    uint16_t ip_id;       // 0 for IPv6
    uint8_t flags;        // enum tcp_flag
    uint8_t window_shift; // of a SYN (RFC 7323), else WINDOW_SHIFT_NONE
    uint8_t ttl;
    uint8_t direction; // enum direction
    bool has_timestamp;
    bool has_sack; // carries SACK blocks: with no payload not a keep-alive probe
};
