// SPDX-License-Identifier: BSD-2-Clause
// IPv4 (RFC 791) and IPv6 (RFC 8200) with options, extension headers and fragments.
#include "capture/layer.h"

#define IPV4_HEADER   20
#define IPV6_HEADER   40
#define FRAGMENT_MORE 0x2000
#define FRAGMENT_MASK 0x1fff
#define OFFLOAD_MOST  (1u << 20) // no stack builds larger segments before the card cuts them

enum protocol {
    HOP_BY_HOP = 0,
    ICMP = 1,
    IPV4_INSIDE = 4,
    TCP = 6,
    UDP = 17,
    IPV6_INSIDE = 41,
    ROUTING = 43,
    FRAGMENT = 44,
    GRE = 47,
    ENCRYPTED = 50,
    AUTHENTICATION = 51,
    ICMPV6 = 58,
    DESTINATION = 60,
    COMPRESSED = 108,
    MOBILITY = 135,
    MPLS_INSIDE = 137,
    HOST_IDENTITY = 139,
    SHIM6 = 140,
};

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void set_ipv4(struct address *address, const uint8_t *from)
{
    memcpy(address->bytes, mapped, sizeof mapped);
    memcpy(address->bytes + 12, from, 4);
}

// An error message quotes the header of the packet that it is about: not a segment.
static enum decode_result icmp_read(struct decoding *decoding, struct layer layer)
{
    (void)decoding;
    if (layer.captured < 1)
        return layer_lacks(layer, 1, DECODE_NOT_TCP);
    uint8_t type = layer.at[0];
    bool quotes = type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
    return quotes ? DECODE_ICMP_QUOTE : DECODE_NOT_TCP;
}

static enum decode_result icmpv6_read(struct decoding *decoding, struct layer layer)
{
    (void)decoding;
    if (layer.captured < 1)
        return layer_lacks(layer, 1, DECODE_NOT_TCP);
    return layer.at[0] < 128 ? DECODE_ICMP_QUOTE : DECODE_NOT_TCP;
}

static uint32_t authentication_length(struct layer layer)
{
    return (layer.at[1] + 2u) * 4;
}

// RFC 4302: what it protects follows in the clear.
static enum decode_result authentication_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 2)
        return layer_lacks(layer, 12, DECODE_BAD_IP);
    return protocol_read(decoding, layer.at[0], layer_inside(layer, authentication_length(layer)));
}

// ESP (RFC 4303): what is inside can't be read, though it may not be encrypted at all.
static enum decode_result encrypted_read(struct decoding *decoding, struct layer layer)
{
    (void)decoding, (void)layer;
    return DECODE_ENCRYPTED;
}

// IPComp (RFC 3173).
static enum decode_result compressed_read(struct decoding *decoding, struct layer layer)
{
    (void)decoding, (void)layer;
    return DECODE_COMPRESSED;
}

static const struct protocol_row {
    uint8_t protocol;
    layer_reader *read;
} protocols[] = {
    {UDP, udp_read},
    {IPV4_INSIDE, ipv4_read},
    {IPV6_INSIDE, ipv6_read},
    {GRE, gre_read},
    {ICMP, icmp_read},
    {ICMPV6, icmpv6_read},
    {MPLS_INSIDE, mpls_read},
    {AUTHENTICATION, authentication_read},
    {ENCRYPTED, encrypted_read},
    {COMPRESSED, compressed_read},
};

enum decode_result protocol_read(struct decoding *decoding, uint8_t protocol, struct layer layer)
{
    if (protocol == TCP)
        return tcp_read(decoding, layer);
    if (!layer_enter(decoding))
        return DECODE_NESTED;
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++) {
        if (protocols[i].protocol == protocol)
            return protocols[i].read(decoding, layer);
    }
    return DECODE_NOT_TCP;
}

// The datagram's length on the wire; false when it is shorter than its header. A frame bounds it
// (receivers drop the rest), unless a mirror may have cut the frame that it sends on.
static bool find_total(const struct decoding *decoding, struct layer layer, uint32_t header,
                       uint32_t *total)
{
    uint32_t frame = layer.wire < OFFLOAD_MOST ? layer.wire : OFFLOAD_MOST;
    if (*total == 0)
        *total = frame;
    if (!decoding->is_mirrored && *total > frame)
        *total = frame;
    return *total >= header;
}

// DECODE_TCP: the datagram is complete. It lies in the decoder until the next fragment comes, so
// that fragments inside of it can't be put together too.
static enum decode_result take_fragment(struct decoding *decoding, const struct fragment *fragment,
                                        struct layer *whole)
{
    if (decoding->is_reassembled)
        return DECODE_NESTED;
    decoding->is_reassembled = fragments_take(decoding->decoder->fragments, fragment, whole);
    return decoding->is_reassembled ? DECODE_TCP : DECODE_FRAGMENT;
}

static enum decode_result ipv4_fragment(struct decoding *decoding, const uint8_t *at,
                                        struct layer inside)
{
    struct segment *segment = decoding->segment;
    uint16_t place = read_be16(at + 6);
    struct fragment fragment = {
        .from = segment->from.address,
        .to = segment->to.address,
        .part = inside,
        .time = segment->time,
        .id = segment->ip_id,
        .offset = (place & FRAGMENT_MASK) * 8u,
        .protocol = at[9],
        .is_last = !(place & FRAGMENT_MORE),
    };
    struct layer whole;
    enum decode_result result = take_fragment(decoding, &fragment, &whole);
    if (result != DECODE_TCP)
        return result;
    return protocol_read(decoding, at[9], whole);
}

enum decode_result ipv4_read(struct decoding *decoding, struct layer layer)
{
    const uint8_t *at = layer.at;
    if (layer.captured < IPV4_HEADER)
        return layer_lacks(layer, IPV4_HEADER, DECODE_BAD_IP);
    uint32_t header = (at[0] & 15u) * 4, total = read_be16(at + 2);
    if (at[0] >> 4 != 4 || header < IPV4_HEADER || !find_total(decoding, layer, header, &total))
        return DECODE_BAD_IP;
    if (layer.captured < header)
        return layer_lacks(layer, header, DECODE_BAD_IP);
    struct segment *segment = decoding->segment;
    set_ipv4(&segment->from.address, at + 12);
    set_ipv4(&segment->to.address, at + 16);
    segment->ip_id = read_be16(at + 4);
    segment->ttl = at[8];
    layer = layer_first(layer, total);
    struct layer inside = layer_inside(layer, header);
    if (read_be16(at + 6) & (FRAGMENT_MORE | FRAGMENT_MASK))
        return ipv4_fragment(decoding, at, inside);
    return protocol_read(decoding, at[9], inside);
}

// A jumbo payload option (RFC 2675) among the hop-by-hop options; 0 without one.
static uint32_t jumbo_length(struct slice options)
{
    for (size_t i = 2; i + 2 <= options.length;) {
        if (options.at[i] == 0) {
            i++;
            continue;
        }
        if (options.at[i] == 0xc2 && options.at[i + 1] == 4 && i + 6 <= options.length)
            return read_be32(options.at + i + 2);
        i += 2u + options.at[i + 1];
    }
    return 0;
}

static enum decode_result ipv6_rest(struct decoding *decoding, uint8_t next, struct layer layer);

static enum decode_result ipv6_fragment(struct decoding *decoding, struct layer layer)
{
    const uint8_t *at = layer.at;
    struct segment *segment = decoding->segment;
    uint16_t place = read_be16(at + 2);
    struct layer inside = layer_inside(layer, 8);
    if ((place & 0xfff9) == 0) // an atomic fragment, RFC 6946
        return ipv6_rest(decoding, at[0], inside);
    struct fragment fragment = {
        .from = segment->from.address,
        .to = segment->to.address,
        .part = inside,
        .time = segment->time,
        .id = read_be32(at + 4),
        .offset = place & 0xfff8u,
        .protocol = at[0],
        .is_ipv6 = true,
        .is_last = !(place & 1),
    };
    struct layer whole;
    enum decode_result result = take_fragment(decoding, &fragment, &whole);
    if (result != DECODE_TCP)
        return result;
    return ipv6_rest(decoding, at[0], whole);
}

// RFC 7045 section 3, but for what is encrypted.
static bool is_extension(uint8_t next)
{
    return next == HOP_BY_HOP || next == ROUTING || next == DESTINATION || next == MOBILITY ||
           next == FRAGMENT || next == AUTHENTICATION || next == HOST_IDENTITY || next == SHIM6;
}

static enum decode_result ipv6_rest(struct decoding *decoding, uint8_t next, struct layer layer)
{
    while (is_extension(next)) {
        if (layer.captured < 8)
            return layer_lacks(layer, 8, DECODE_BAD_IP);
        if (!layer_enter(decoding))
            return DECODE_NESTED;
        if (next == FRAGMENT)
            return ipv6_fragment(decoding, layer);
        uint32_t length =
            next == AUTHENTICATION ? authentication_length(layer) : (layer.at[1] + 1u) * 8;
        if (layer.wire < length)
            return DECODE_BAD_IP;
        next = layer.at[0];
        layer = layer_inside(layer, length);
    }
    return protocol_read(decoding, next, layer);
}

// The payload's length: 0 in the header means a jumbogram or a segment before offloading.
static uint32_t ipv6_payload(struct layer layer)
{
    const uint8_t *at = layer.at;
    uint32_t said = read_be16(at + 4);
    if (said != 0 || at[6] != HOP_BY_HOP || layer.captured < IPV6_HEADER + 8)
        return said;
    struct slice options = slice_from(layer_slice(layer), IPV6_HEADER);
    uint32_t jumbo = jumbo_length(slice_first(options, (options.at[1] + 1u) * 8));
    return jumbo <= OFFLOAD_MOST ? jumbo : 0;
}

enum decode_result ipv6_read(struct decoding *decoding, struct layer layer)
{
    const uint8_t *at = layer.at;
    if (layer.captured < IPV6_HEADER)
        return layer_lacks(layer, IPV6_HEADER, DECODE_BAD_IP);
    uint32_t payload = ipv6_payload(layer), total = payload ? payload + IPV6_HEADER : 0;
    if (at[0] >> 4 != 6 || !find_total(decoding, layer, IPV6_HEADER, &total))
        return DECODE_BAD_IP;
    struct segment *segment = decoding->segment;
    memcpy(segment->from.address.bytes, at + 8, 16);
    memcpy(segment->to.address.bytes, at + 24, 16);
    segment->ip_id = 0;
    segment->ttl = at[7];
    layer = layer_first(layer, total);
    return ipv6_rest(decoding, at[6], layer_inside(layer, IPV6_HEADER));
}

enum decode_result ip_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 1)
        return layer_lacks(layer, 1, DECODE_BAD_IP);
    uint8_t version = layer.at[0] >> 4;
    if (version == 4)
        return ipv4_read(decoding, layer);
    return version == 6 ? ipv6_read(decoding, layer) : DECODE_NOT_IP;
}
