// SPDX-License-Identifier: BSD-2-Clause
// From a captured frame to a TCP segment: link layer, IPv4 or IPv6, TCP. Bounds first.
#pragma once

#include "base/limits.h"
#include "capture/packet.h"
#include "capture/segment.h"

// Why a packet yields no segment; DECODE_TCP: it does. The words are the keys of coverage.skipped.
enum decode_result {
#define DECODE(id, key) DECODE_##id,
#include "capture/decode.def"
#undef DECODE
    DECODE_RESULTS
};

// State that decoding needs across packets: IP fragments being put together, under a cap.
struct decoder;
struct decoder *decoder_new(const struct limits *limits);
void decoder_free(struct decoder *decoder);

// `segment->payload` borrows from the packet (or, for a reassembled datagram, from the decoder
// until its next call). Anything that isn't TCP is named, never guessed.
enum decode_result decode_packet(struct decoder *decoder, const struct packet *packet,
                                 struct segment *segment);

// The next of the packets that the same frame holds (an 802.11 aggregate), when it holds more.
bool decode_more(struct decoder *decoder, const struct packet *packet, struct segment *segment,
                 enum decode_result *result);

// The key in coverage.skipped, such as "not-ip"; "tcp" for DECODE_TCP.
const char *decode_name(enum decode_result result);

// Whether any row of the link-type table reads this LINKTYPE_ value.
bool decode_knows_link(uint16_t link_type);
