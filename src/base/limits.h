// SPDX-License-Identifier: BSD-2-Clause
// Every cap of the program in one place. No input ever chooses an allocation size.
#pragma once

#include <stddef.h>
#include <stdint.h>

struct limits {
    uint32_t packet_bytes;       // largest captured length taken from a file
    uint32_t pcapng_block_bytes; // largest pcapng block
    uint32_t interfaces;         // per pcapng section
    uint32_t connections_open;   // connections followed at once; beyond it the idlest is evicted
    uint32_t half_open;          // of them, those of which only SYNs were seen
    uint32_t records;            // finished connections kept for the group causes
    uint32_t settled_pairs;      // pairs kept of connections that were judged and let go
    uint32_t exchanges;          // request intervals kept for the group causes and what-if
    uint32_t head_bytes;         // one request or response head, trailers included
    uint32_t parked_bytes;       // out-of-order bytes held per side of a connection
    uint32_t parked_segments;    // out-of-order segments held per side
    uint64_t parked_total;       // out-of-order and partial-head bytes in all
    uint32_t pipelined;          // outstanding requests whose methods are remembered
    uint32_t names;              // distinct strings kept from the wire
    uint64_t names_bytes;        // their bytes in all
    uint32_t notes;              // processes, named addresses and texts of the capture itself
    uint64_t notes_bytes;        // bytes of each of the three
    int64_t linger_ns;           // late segments belong to a closed connection this long
    int64_t tell_ns;             // its record is handed out after this time; 0: after that
    int64_t hole_delay_ns;       // acknowledged bytes count as missed after this delay
    uint32_t fragments;          // IP datagrams being put together at once
    uint32_t fragment_bytes;     // bytes of one of them
};

extern const struct limits limits_default;
