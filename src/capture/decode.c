// SPDX-License-Identifier: BSD-2-Clause
// The entrance to decoding: one packet in, at most one TCP segment out.
#include "capture/decode.h"

#include <glib.h>

#include "capture/layer.h"

static const char *const names[] = {
#define DECODE(id, key) [DECODE_##id] = key,
#include "capture/decode.def"
#undef DECODE
};

struct decoder *decoder_new(const struct limits *limits)
{
    struct decoder *decoder = g_new0(struct decoder, 1);
    decoder->fragments = fragments_new(limits);
    return decoder;
}

void decoder_free(struct decoder *decoder)
{
    if (!decoder)
        return;
    fragments_free(decoder->fragments);
    g_free(decoder);
}

static struct decoding begin(struct decoder *decoder, const struct packet *packet,
                             struct segment *segment)
{
    decode_begin(packet, segment);
    return (struct decoding){.decoder = decoder, .segment = segment};
}

enum decode_result decode_packet(struct decoder *decoder, const struct packet *packet,
                                 struct segment *segment)
{
    struct decoding decoding = begin(decoder, packet, segment);
    decoder->rest.captured = 0;
    static const uint8_t nothing;
    struct layer frame = {packet->bytes.length ? packet->bytes.at : &nothing,
                          (uint32_t)packet->bytes.length, packet->wire_length};
    return link_read(&decoding, packet->link_type, frame);
}

bool decode_more(struct decoder *decoder, const struct packet *packet, struct segment *segment,
                 enum decode_result *result)
{
    if (decoder->rest.captured == 0)
        return false;
    struct decoding decoding = begin(decoder, packet, segment);
    struct layer rest = decoder->rest;
    decoder->rest.captured = 0;
    *result = aggregate_read(&decoding, rest);
    return true;
}

const char *decode_name(enum decode_result result)
{
    return result < DECODE_RESULTS ? names[result] : "unknown";
}
