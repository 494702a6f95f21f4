// SPDX-License-Identifier: BSD-2-Clause
// The HTTP/1.x reader: messages of one side from bytes in order (RFC 9112 sections 6 and 7). One
// reader serves both roles; bodies are counted, never kept.
#pragma once

#include "engine/flow.h"

// Bytes in order as they reach a reader.
struct reading {
    struct context *context;
    struct flow *flow;
    enum side side;
    struct slice bytes;
    uint64_t at;          // position of bytes.at[0]
    struct moment moment; // of their segment
    uint32_t ack;         // acknowledgement number of their segment
    bool at_segment_start;
};

// Never captured; behind the snapshot length; captured, but not kept because nobody needs them.
enum gap { GAP_LOST, GAP_CUT, GAP_UNNEEDED };

void reader_bytes(struct reading *reading);
void reader_gap(struct reading *reading, uint64_t length, enum gap gap);
void reader_end(struct reading *reading); // the side's FIN, all before it read

// Nothing of a message is underway on this side.
bool reader_is_resting(const struct flow *flow, enum side side);
