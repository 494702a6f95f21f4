// SPDX-License-Identifier: BSD-2-Clause
// The short way for what nearly every packet is: Ethernet or Linux's cooked capture, IPv4 without
// options or IPv6 without extension headers, no fragment, nothing wrong with its lengths, TCP.
#include "capture/layer.h"

enum { ETHERNET = 1, COOKED = 113, COOKED_2 = 276 };          // LINKTYPE_ values
enum { HARDWARE_ETHERNET = 1, HARDWARE_LOOPBACK = 772 };      // ARPHRD_ values
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TCP = 6 };     // Ethernet types, IP protocol
enum { IPV4_HEADER = 20, IPV6_HEADER = 40, TCP_HEADER = 20 }; // bytes
enum { LINK_MOST = 20, FRAGMENT = 0x3fff };

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_usual_hardware(uint16_t hardware)
{
    return hardware == HARDWARE_ETHERNET || hardware == HARDWARE_LOOPBACK;
}

// Bytes of the link layer's header, and the type behind it; 0: not a usual one.
static uint32_t link_header(const struct packet *packet, uint16_t *type)
{
    const uint8_t *at = packet->bytes.at;
    if (packet->bytes.length < LINK_MOST)
        return 0;
    switch (packet->link_type) {
    case ETHERNET:
        *type = read_be16(at + 12);
        return 14;
    case COOKED:
        *type = read_be16(at + 14);
        return is_usual_hardware(read_be16(at + 2)) ? 16 : 0;
    case COOKED_2:
        *type = read_be16(at);
        return is_usual_hardware(read_be16(at + 8)) ? 20 : 0;
    default:
        return 0;
    }
}

static uint32_t ipv4_header(struct layer layer, struct segment *segment, uint32_t *total)
{
    const uint8_t *at = layer.at;
    if (layer.captured < IPV4_HEADER + TCP_HEADER || at[0] != 0x45 || at[9] != TCP ||
        read_be16(at + 6) & FRAGMENT)
        return 0;
    *total = read_be16(at + 2);
    memcpy(segment->from.address.bytes, mapped, sizeof mapped);
    memcpy(segment->from.address.bytes + sizeof mapped, at + 12, 4);
    memcpy(segment->to.address.bytes, mapped, sizeof mapped);
    memcpy(segment->to.address.bytes + sizeof mapped, at + 16, 4);
    segment->ip_id = read_be16(at + 4);
    segment->ttl = at[8];
    return IPV4_HEADER;
}

static uint32_t ipv6_header(struct layer layer, struct segment *segment, uint32_t *total)
{
    const uint8_t *at = layer.at;
    if (layer.captured < IPV6_HEADER + TCP_HEADER || at[0] >> 4 != 6 || at[6] != TCP)
        return 0;
    *total = read_be16(at + 4) + (uint32_t)IPV6_HEADER;
    memcpy(segment->from.address.bytes, at + 8, 16);
    memcpy(segment->to.address.bytes, at + 24, 16);
    segment->ip_id = 0;
    segment->ttl = at[7];
    return IPV6_HEADER;
}

bool decode_usual(const struct packet *packet, struct segment *segment, enum decode_result *result)
{
    uint16_t type;
    uint32_t total = 0, header = link_header(packet, &type);
    if (header == 0)
        return false;
    struct layer layer = {packet->bytes.at + header, (uint32_t)packet->bytes.length - header,
                          packet->wire_length - header};
    if (type == TYPE_IPV4)
        header = ipv4_header(layer, segment, &total);
    else
        header = type == TYPE_IPV6 ? ipv6_header(layer, segment, &total) : 0;
    if (header == 0 || total < header + TCP_HEADER || total > layer.wire)
        return false;
    decode_begin(packet, segment);
    *result = tcp_read_header(segment, layer_inside(layer_first(layer, total), header));
    return true;
}
