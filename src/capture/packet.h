// SPDX-License-Identifier: BSD-2-Clause
// One captured frame, as every source yields it.
#pragma once

#include "base/slice.h"

// The interface that captured it received it, or sent it.
enum direction { DIRECTION_UNKNOWN, DIRECTION_INBOUND, DIRECTION_OUTBOUND };

// `bytes` is what was captured, borrowed from the source until its next call.
struct packet {
    struct slice bytes;
    uint32_t wire_length; // length on the wire, bytes.length or more
    uint32_t frame;       // counts all packets of all inputs from 1, in reading order
    int64_t time;         // nanoseconds since the epoch
    uint16_t link_type;   // LINKTYPE_ value of the packet's interface (pcap file numbering)
    uint8_t direction;    // enum direction
    bool is_left_out;     // by a filter: only its time counts
    uint32_t note;        // what its comment says of a process: an id of the run's notes, or 0
};
