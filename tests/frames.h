// SPDX-License-Identifier: BSD-2-Clause
// Frames for tests of decoding, written as the layers that they have, the outermost first:
//   "ff..ff 0800"  bytes in hexadecimal            "ip4/6"      an IPv4 header, protocol 6
//   "ip6/6"        an IPv6 header, next header 6   "udp/4789"   a UDP header to that port
//   "tcp"          a TCP header with 5 bytes of payload, "hello"
#pragma once

#include "capture/decode.h"

struct frame {
    uint8_t bytes[4096];
    size_t length;
};

// Lengths in the headers are those of what they contain.
struct frame frame_of(const char *layers);

// Bytes in hexadecimal behind the frame.
void frame_append(struct frame *frame, const char *hex);

// Decodes the first `captured` bytes from a heap block of exactly that size, so that a sanitizer
// sees one byte too many. The payload then borrows from the frame, or from the decoder.
enum decode_result frame_decode(struct decoder *decoder, uint16_t link_type,
                                const struct frame *frame, size_t captured,
                                struct segment *segment);
