// SPDX-License-Identifier: BSD-2-Clause
// The TCP header (RFC 9293 section 3.1) and the options that matter (RFC 7323, RFC 2018).
#include "capture/layer.h"

#define TCP_HEADER 20
#define SHIFT_MOST 14 // RFC 7323 section 2.3

enum tcp_option {
    OPTION_END,
    OPTION_NOP,
    OPTION_SHIFT = 3,
    OPTION_SACK = 5,
    OPTION_TIMESTAMPS = 8
};

// What nearly every segment of an established connection carries, and nothing else.
#define NOP_NOP_TIMESTAMPS 0x0101080a

static void set_timestamp(struct segment *segment, const uint8_t *value)
{
    segment->timestamp = read_be32(value);
    segment->has_timestamp = true;
}

static void take_option(struct segment *segment, const uint8_t *option, size_t length)
{
    if (option[0] == OPTION_TIMESTAMPS && length == 10)
        set_timestamp(segment, option + 2);
    else if (option[0] == OPTION_SHIFT && length == 3 && segment->flags & TCP_SYN)
        segment->window_shift = option[2] < SHIFT_MOST ? option[2] : SHIFT_MOST;
    else if (option[0] == OPTION_SACK && length >= 10)
        segment->has_sack = true;
}

// A malformed option ends the list, as receivers do it; so does the snapshot length.
static void read_options(struct segment *segment, struct slice options)
{
    if (options.length == 12 && read_be32(options.at) == NOP_NOP_TIMESTAMPS) {
        set_timestamp(segment, options.at + 4);
        return;
    }
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
    return tcp_read_header(decoding->segment, layer);
}

enum decode_result tcp_read_header(struct segment *segment, struct layer layer)
{
    const uint8_t *at = layer.at;
    if (layer.captured < TCP_HEADER)
        return layer_lacks(layer, TCP_HEADER, DECODE_BAD_TCP);
    uint32_t header = (uint32_t)(at[12] >> 4) * 4;
    if (header < TCP_HEADER || header > layer.wire)
        return DECODE_BAD_TCP;
    segment->from.port = read_be16(at);
    segment->to.port = read_be16(at + 2);
    segment->seq = read_be32(at + 4);
    segment->ack = read_be32(at + 8);
    segment->flags = at[13] & (TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG);
    segment->window = read_be16(at + 14);
    segment->payload = slice_from(layer_slice(layer), header);
    segment->payload_length = layer.wire - header;
    segment->timestamp = 0;
    segment->has_timestamp = false;
    segment->has_sack = false;
    segment->window_shift = WINDOW_SHIFT_NONE;
    if (header > TCP_HEADER)
        read_options(segment, slice_from(slice_first(layer_slice(layer), header), TCP_HEADER));
    return DECODE_TCP;
}
