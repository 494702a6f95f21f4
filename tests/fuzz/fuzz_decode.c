// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for decode_packet(): packets of one link type through one decoder. The input is the
// index of the link type, then packets: captured length (2 bytes), what the wire had more (2).
#include <glib.h>
#include <stdlib.h>

#include "capture/decode.h"
#include "capture/usual.h"
#include "require.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static const uint16_t link_types[] = {1,   101, 113, 276, 228, 229, 12,  14,  0,
                                      108, 9,   50,  51,  104, 204, 105, 119, 127,
                                      163, 192, 109, 239, 258, 100, 129, 242, 7};

static void check_segment(const struct segment *segment, const struct packet *packet)
{
    require(segment->payload.length <= segment->payload_length);
    require(segment->payload_length <= (1u << 20));
    require(segment->frame == packet->frame && segment->time == packet->time);
    require(segment->window_shift <= 14 || segment->window_shift == WINDOW_SHIFT_NONE);
    require(segment->window_shift == WINDOW_SHIFT_NONE || segment->flags & TCP_SYN);
    unsigned sum = 0;
    for (size_t i = 0; i < segment->payload.length; i++)
        sum += segment->payload.at[i];
    require(sum <= segment->payload.length * 255);
}

// The short way, where it is taken, comes to the same segment.
static void check_usual(const struct packet *packet, enum decode_result result,
                        const struct segment *expected)
{
    struct lane lanes[LANES];
    lanes_begin(lanes, 1);
    struct segment *segment = usual_decode(packet, lanes);
    if (segment) {
        segment->frame = packet->frame;
        segment->part = expected->part;
        segment->clock = expected->clock;
        require(result == DECODE_TCP && memcmp(segment, expected, sizeof *segment) == 0);
    }
    lanes_end(lanes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < 1)
        return 0;
    struct decoder *decoder = decoder_new(&limits_default);
    struct slice rest = slice_from(slice_of(bytes, length), 1);
    uint16_t link_type = link_types[bytes[0] % G_N_ELEMENTS(link_types)];
    for (uint32_t frame = 1; rest.length >= 4; frame++) {
        size_t captured = MIN(read_be16(rest.at), rest.length - 4);
        uint8_t *exact = g_memdup2(rest.at + 4, captured);
        struct packet packet = {
            .bytes = {exact, captured},
            .wire_length = (uint32_t)captured + read_be16(rest.at + 2),
            .frame = frame,
            .time = frame,
            .link_type = link_type,
        };
        struct segment segment = {.part = 1, .clock = frame};
        enum decode_result result = decode_packet(decoder, &packet, &segment);
        check_usual(&packet, result, &segment);
        do {
            require(result < DECODE_RESULTS);
            if (result == DECODE_TCP)
                check_segment(&segment, &packet);
        } while (decode_more(decoder, &packet, &segment, &result));
        g_free(exact);
        rest = slice_from(rest, 4 + captured);
    }
    decoder_free(decoder);
    return 0;
}
