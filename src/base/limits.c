// SPDX-License-Identifier: BSD-2-Clause
// The default caps, each with its reason.
#include "base/limits.h"

const struct limits limits_default = {
    .packet_bytes = 256 * 1024,             // tcpdump's own largest snapshot length
    .pcapng_block_bytes = 16 * 1024 * 1024, // as Wireshark; larger ones are skipped unread
    .interfaces = 65536,
    .connections_open = 4000000,
    .half_open = 500000, // 4,000 a second that are never answered, for as long as clients try
    .records = 4000000,
    .settled_pairs = 20000, // twice what a report lists
    .exchanges = 32000000,
    .head_bytes = 64 * 1024,         // twice what common servers accept
    .parked_bytes = 4 * 1024 * 1024, // a full window on a fast path
    .parked_segments = 4096,
    .parked_total = 256 * 1024 * 1024,
    .pipelined = 1024,
    .names = 2000000,
    .names_bytes = 256 * 1024 * 1024,
    .notes = 500000,
    .notes_bytes = 32 * 1024 * 1024,
    .linger_ns = INT64_C(60000000000),  // TIME_WAIT
    .hole_delay_ns = INT64_C(50000000), // an ACK may be captured before its data
    .fragments = 1024,
    .fragment_bytes = 65535,
};
