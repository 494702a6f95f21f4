// SPDX-License-Identifier: BSD-2-Clause
// Frames for tests of decoding, written as the layers that they have.
#include "frames.h"

#include <glib.h>
#include <stdlib.h>

static void prepend(struct frame *frame, const void *bytes, size_t length)
{
    g_assert(frame->length + length <= sizeof frame->bytes);
    memmove(frame->bytes + length, frame->bytes, frame->length);
    memcpy(frame->bytes, bytes, length);
    frame->length += length;
}

static size_t read_hex(const char *hex, uint8_t *to)
{
    size_t length = 0;
    for (; hex[0] && hex[1]; hex += 2)
        to[length++] = (uint8_t)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
    return length;
}

static void prepend_tcp(struct frame *frame)
{
    uint8_t tcp[20] = {0x9c, 0x40, 0, 80, 1, 2, 3, 4, 5, 6, 7, 8, 0x50, 0x18, 0x10, 0};
    prepend(frame, "hello", 5);
    prepend(frame, tcp, sizeof tcp);
}

static void prepend_ipv4(struct frame *frame, unsigned protocol)
{
    uint16_t total = (uint16_t)(frame->length + 20);
    uint8_t ip[20] = {0x45,
                      0,
                      (uint8_t)(total >> 8),
                      (uint8_t)total,
                      0xab,
                      0xcd,
                      0x40,
                      0,
                      64,
                      (uint8_t)protocol,
                      0,
                      0,
                      10,
                      0,
                      0,
                      1,
                      10,
                      0,
                      0,
                      2};
    prepend(frame, ip, sizeof ip);
}

static void prepend_ipv6(struct frame *frame, unsigned next)
{
    uint8_t ip[40] = {0x60,          0, 0, 0, (uint8_t)(frame->length >> 8), (uint8_t)frame->length,
                      (uint8_t)next, 63};
    ip[8] = ip[24] = 0xfd;
    ip[23] = 1;
    ip[39] = 2;
    prepend(frame, ip, sizeof ip);
}

static void prepend_udp(struct frame *frame, unsigned port)
{
    size_t length = frame->length + 8;
    uint8_t udp[8] = {
        0xc0, 0, (uint8_t)(port >> 8), (uint8_t)port, (uint8_t)(length >> 8), (uint8_t)length};
    prepend(frame, udp, sizeof udp);
}

static void prepend_layer(struct frame *frame, const char *layer)
{
    const char *slash = strchr(layer, '/');
    unsigned number = slash ? (unsigned)strtoul(slash + 1, NULL, 10) : 0;
    uint8_t bytes[256];
    if (strcmp(layer, "tcp") == 0)
        prepend_tcp(frame);
    else if (g_str_has_prefix(layer, "ip4/"))
        prepend_ipv4(frame, number);
    else if (g_str_has_prefix(layer, "ip6/"))
        prepend_ipv6(frame, number);
    else if (g_str_has_prefix(layer, "udp/"))
        prepend_udp(frame, number);
    else
        prepend(frame, bytes, read_hex(layer, bytes));
}

struct frame frame_of(const char *layers)
{
    struct frame frame = {.length = 0};
    char **parts = g_strsplit(layers, " ", -1);
    for (guint i = g_strv_length(parts); i > 0; i--)
        prepend_layer(&frame, parts[i - 1]);
    g_strfreev(parts);
    return frame;
}

void frame_append(struct frame *frame, const char *hex)
{
    g_assert(frame->length + strlen(hex) / 2 <= sizeof frame->bytes);
    frame->length += read_hex(hex, frame->bytes + frame->length);
}

enum decode_result frame_decode(struct decoder *decoder, uint16_t link_type,
                                const struct frame *frame, size_t captured, struct segment *segment)
{
    uint8_t *exact = g_memdup2(frame->bytes, captured);
    struct packet packet = {
        .bytes = {exact, captured},
        .wire_length = (uint32_t)frame->length,
        .frame = 1,
        .time = 1,
        .link_type = link_type,
    };
    memset(segment, 0xee, sizeof *segment); // what isn't set shows
    enum decode_result result = decode_packet(decoder, &packet, segment);
    const uint8_t *at = segment->payload.at;
    if (result == DECODE_TCP && at >= exact && at <= exact + captured)
        segment->payload.at = frame->bytes + (at - exact);
    g_free(exact);
    return result;
}
