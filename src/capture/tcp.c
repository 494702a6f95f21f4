// SPDX-License-Identifier: BSD-2-Clause
// The TCP header (RFC 9293 section 3.1) and the options that matter (RFC 7323, RFC 2018).
#include "capture/tcp.h"

#include "capture/layer.h"

#define SHIFT_MOST 14 // RFC 7323 section 2.3

enum tcp_option {
    OPTION_END,
    OPTION_NOP,
    OPTION_SHIFT = 3,
    OPTION_SACK = 5,
    OPTION_TIMESTAMPS = 8
};

static void take_option(struct segment *segment, const uint8_t *option, size_t length)
{
    if (option[0] == OPTION_TIMESTAMPS && length == 10) {
        segment->timestamp = read_be32(option + 2);
        segment->has_timestamp = true;
    } else if (option[0] == OPTION_SHIFT && length == 3 && segment->flags & TCP_SYN) {
        segment->window_shift = option[2] < SHIFT_MOST ? option[2] : SHIFT_MOST;
    } else if (option[0] == OPTION_SACK && length >= 10) {
        segment->has_sack = true;
    }
}

// A malformed option ends the list, as receivers do it; so does the snapshot length.
void tcp_read_options(struct segment *segment, struct slice options)
{
    while (options.length > 0 && options.at[0] != OPTION_END) {
        size_t length = 1;
        if (options.at[0] != OPTION_NOP) {
            length = options.length < 2 ? 0 : options.at[1];
            if (length < 2 || length > options.length)
                return;
            take_option(segment, options.at, length);
        }
        options = slice_from(options, length);
    }
}

enum decode_result tcp_read(struct decoding *decoding, struct layer layer)
{
    struct segment *segment = decoding->segment;
    if (layer.captured < TCP_HEADER)
        return layer_lacks(layer, TCP_HEADER, DECODE_BAD_TCP);
    uint32_t header = tcp_header_length(layer.at);
    if (header < TCP_HEADER || header > layer.wire)
        return DECODE_BAD_TCP;
    segment->from.port = read_be16(layer.at);
    segment->to.port = read_be16(layer.at + 2);
    tcp_read_fields(segment, layer.at);
    segment->timestamp = 0;
    segment->has_timestamp = false;
    tcp_read_options(segment, slice_from(slice_first(layer_slice(layer), header), TCP_HEADER));
    segment->payload = slice_from(layer_slice(layer), header);
    segment->payload_length = layer.wire - header;
    return DECODE_TCP;
}
