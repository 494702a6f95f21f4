// SPDX-License-Identifier: BSD-2-Clause
// Looks only where a usual packet has something to be looked at, then copies what a segment needs
// straight to where it goes.
#include "capture/usual.h"

#include "capture/tcp.h"

enum { ETHERNET = 1, COOKED = 113, COOKED_2 = 276 };      // LINKTYPE_ values
enum { HARDWARE_ETHERNET = 1, HARDWARE_LOOPBACK = 772 };  // ARPHRD_ values
enum { TYPE_IPV4 = 0x0800, TYPE_IPV6 = 0x86dd, TCP = 6 }; // Ethernet types, IP protocol
enum { IPV4_HEADER = 20, IPV6_HEADER = 40 };              // bytes
enum { SHORTEST = 14 + IPV4_HEADER + TCP_HEADER };
enum { IPV4_FRAGMENT = 0xff3f }; // more follow, or not the first: as little-endian

// What nearly every segment of an established connection has as options, and nothing else.
enum { NOP_NOP_TIMESTAMP = 0x0101080a, USUAL_OPTIONS = 12 };

// Parts of decode(), which is made twice.
#define INLINE static inline __attribute__((always_inline))

static bool is_usual_hardware(uint16_t hardware)
{
    return hardware == HARDWARE_ETHERNET || hardware == HARDWARE_LOOPBACK;
}

// Bytes of the link layer's header, and the type behind it; 0: not a usual one.
static uint32_t link_header(const struct packet *packet, uint16_t *type)
{
    const uint8_t *at = packet->bytes.at;
    if (packet->link_type == ETHERNET) {
        *type = read_be16(at + 12);
        return 14;
    }
    if (packet->link_type == COOKED) {
        *type = read_be16(at + 14);
        return is_usual_hardware(read_be16(at + 2)) ? 16 : 0;
    }
    *type = read_be16(at);
    return packet->link_type == COOKED_2 && is_usual_hardware(read_be16(at + 8)) ? 20 : 0;
}

INLINE uint64_t spread_of(const uint8_t *ip, bool is_ipv6, uint16_t port, uint16_t other)
{
    if (is_ipv6)
        return segment_mix(read_le64(ip + 8) ^ read_le64(ip + 24),
                           read_le64(ip + 16) ^ read_le64(ip + 32), port, other);
    // What is the same in all mapped addresses makes no difference.
    return segment_mix(0, (uint64_t)(read_le32(ip + 12) ^ read_le32(ip + 16)) << 32, port, other);
}

INLINE void read_ip(const uint8_t *ip, bool is_ipv6, struct segment *segment)
{
    static const uint8_t mapped[12] = {[10] = 0xff, 0xff};
    uint8_t *from = segment->from.address.bytes, *to = segment->to.address.bytes;
    if (is_ipv6) {
        memcpy(from, ip + 8, 16);
        memcpy(to, ip + 24, 16);
        segment->ip_id = 0;
        segment->ttl = ip[7];
    } else {
        memcpy(from, mapped, sizeof mapped);
        memcpy(from + sizeof mapped, ip + 12, 4);
        memcpy(to, mapped, sizeof mapped);
        memcpy(to + sizeof mapped, ip + 16, 4);
        segment->ip_id = read_be16(ip + 4);
        segment->ttl = ip[8];
    }
}

INLINE void read_options(const uint8_t *at, uint32_t length, struct segment *segment)
{
    bool is_usual = length == USUAL_OPTIONS && read_be32(at) == NOP_NOP_TIMESTAMP;
    segment->has_timestamp = is_usual;
    segment->timestamp = is_usual ? read_be32(at + 4) : 0;
    if (length > 0 && !is_usual)
        tcp_read_options(segment, slice_of(at, length));
}

// The rest, behind the link layer's header. Made twice, that `is_ipv6` and all that follows from it
// are constants.
INLINE struct segment *decode(const struct packet *packet, uint32_t link, bool is_ipv6,
                              uint32_t total, struct lane *lanes)
{
    const uint32_t headers = TCP_HEADER + (is_ipv6 ? IPV6_HEADER : IPV4_HEADER);
    uint32_t captured = (uint32_t)packet->bytes.length - link;
    if (captured >= total)
        captured = total;
    else if (total > packet->wire_length - link)
        return NULL;
    if (captured < headers)
        return NULL;
    const uint8_t *ip = packet->bytes.at + link, *rest = ip + headers, *tcp = rest - TCP_HEADER;
    // Underflows when the TCP header is too short.
    uint32_t options = tcp_header_length(tcp) - TCP_HEADER;
    if (options > captured - headers)
        return NULL;
    uint16_t from = read_be16(tcp), to = read_be16(tcp + 2);
    struct segment *segment = lanes_next(lanes, spread_of(ip, is_ipv6, from, to));
    segment->time = packet->time;
    segment->note = packet->note;
    segment->direction = packet->direction;
    read_ip(ip, is_ipv6, segment);
    segment->from.port = from;
    segment->to.port = to;
    tcp_read_fields(segment, tcp);
    read_options(rest, options, segment);
    segment->payload = slice_of(rest + options, captured - headers - options);
    segment->payload_length = total - headers - options;
    return segment;
}

struct segment *usual_decode(const struct packet *packet, struct lane lanes[LANES])
{
    uint16_t type;
    if (packet->bytes.length < SHORTEST)
        return NULL;
    uint32_t link = link_header(packet, &type);
    const uint8_t *ip = packet->bytes.at + link;
    if (link == 0)
        return NULL;
    if (type == TYPE_IPV4 && ip[0] == 0x45 && ip[9] == TCP && !(read_le16(ip + 6) & IPV4_FRAGMENT))
        return decode(packet, link, false, read_be16(ip + 2), lanes);
    if (type == TYPE_IPV6 && ip[0] >> 4 == 6 && ip[6] == TCP)
        return decode(packet, link, true, read_be16(ip + 4) + (uint32_t)IPV6_HEADER, lanes);
    return NULL;
}
