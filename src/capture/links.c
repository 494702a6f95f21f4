// SPDX-License-Identifier: BSD-2-Clause
// The link types: one row each. To add one: a reader and a row.
#include "capture/layer.h"

enum ppp_protocol { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281 };

static enum decode_result ppp_protocol_read(struct decoding *decoding, uint16_t protocol,
                                            struct layer layer)
{
    if (!layer_enter(decoding))
        return DECODE_NESTED;
    switch (protocol) {
    case PPP_IPV4:
        return ipv4_read(decoding, layer);
    case PPP_IPV6:
        return ipv6_read(decoding, layer);
    case PPP_MPLS:
        return mpls_read(decoding, layer);
    default:
        return DECODE_NOT_IP;
    }
}

// RFC 1661, with or without address and control (RFC 1662); the protocol may be compressed to
// one odd byte.
enum decode_result ppp_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 4)
        return layer_lacks(layer, 4, DECODE_BAD_LINK);
    if (layer.at[0] == 0xff && layer.at[1] == 0x03)
        layer = layer_inside(layer, 2);
    const uint8_t *at = layer.at;
    if (at[0] & 1)
        return ppp_protocol_read(decoding, at[0], layer_inside(layer, 1));
    return ppp_protocol_read(decoding, read_be16(at), layer_inside(layer, 2));
}

// Cisco HDLC: address, control, Ethernet type.
static enum decode_result cisco_hdlc_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 4)
        return layer_lacks(layer, 4, DECODE_BAD_LINK);
    uint16_t type = read_be16(layer.at + 2);
    return type < 0x600 ? DECODE_NOT_IP : ethertype_read(decoding, type, layer_inside(layer, 4));
}

// PPP in HDLC-like framing, or Cisco HDLC: the address tells.
static enum decode_result serial_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 1)
        return layer_lacks(layer, 1, DECODE_BAD_LINK);
    bool is_cisco = layer.at[0] == 0x0f || layer.at[0] == 0x8f;
    return is_cisco ? cisco_hdlc_read(decoding, layer) : ppp_read(decoding, layer);
}

// A direction byte, then PPP.
static enum decode_result ppp_directed_read(struct decoding *decoding, struct layer layer)
{
    return ppp_read(decoding, layer_inside(layer, 1));
}

// Cooked Linux capture: the protocol is an Ethernet type, or a small number of Linux's own.
static enum decode_result cooked_read(struct decoding *decoding, uint16_t hardware,
                                      uint16_t protocol, struct layer inside)
{
    enum { NETLINK = 824, ETHERNET_802_3 = 1, LLC = 4 };
    if (hardware == NETLINK)
        return DECODE_NOT_IP;
    if (protocol < 0x600 && protocol != LLC && protocol != ETHERNET_802_3)
        return DECODE_NOT_IP;
    return ethertype_read(decoding, protocol, inside);
}

static enum decode_result sll_read(struct decoding *decoding, struct layer layer)
{
    const uint8_t *at = layer.at;
    if (layer.captured < 16)
        return layer_lacks(layer, 16, DECODE_BAD_LINK);
    return cooked_read(decoding, read_be16(at + 2), read_be16(at + 14), layer_inside(layer, 16));
}

static enum decode_result sll2_read(struct decoding *decoding, struct layer layer)
{
    const uint8_t *at = layer.at;
    if (layer.captured < 20)
        return layer_lacks(layer, 20, DECODE_BAD_LINK);
    return cooked_read(decoding, read_be16(at + 8), read_be16(at), layer_inside(layer, 20));
}

// BSD address families, in the byte order of whoever captured: IPv6 has four numbers.
static enum decode_result family_read(struct decoding *decoding, uint32_t family,
                                      struct layer inside)
{
    if (family > 0xffff)
        family = __builtin_bswap32(family);
    if (family == 2)
        return ipv4_read(decoding, inside);
    bool is_ipv6 = family == 10 || family == 24 || family == 28 || family == 30;
    return is_ipv6 ? ipv6_read(decoding, inside) : DECODE_NOT_IP;
}

static enum decode_result null_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 4)
        return layer_lacks(layer, 4, DECODE_BAD_LINK);
    return family_read(decoding, read_be32(layer.at), layer_inside(layer, 4));
}

// OpenBSD's IPsec interface: family, SPI, flags.
static enum decode_result enc_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 12)
        return layer_lacks(layer, 12, DECODE_BAD_LINK);
    return family_read(decoding, read_be32(layer.at), layer_inside(layer, 12));
}

// Linux netfilter log: attributes, one of which is the packet. Lengths are in the byte order of
// the machine that captured: the one in which the first fits.
static enum decode_result nflog_read(struct decoding *decoding, struct layer layer)
{
    enum { HEADER = 4, ATTRIBUTE = 4, PAYLOAD = 9 };
    if (layer.captured < HEADER + ATTRIBUTE)
        return layer_lacks(layer, HEADER + ATTRIBUTE, DECODE_BAD_LINK);
    if (layer.at[1] != 0)
        return DECODE_BAD_LINK;
    layer = layer_inside(layer, HEADER);
    bool is_big = read_le16(layer.at) > read_be16(layer.at);
    while (layer.captured >= ATTRIBUTE) {
        const uint8_t *at = layer.at;
        uint16_t length = is_big ? read_be16(at) : read_le16(at);
        uint16_t type = is_big ? read_be16(at + 2) : read_le16(at + 2);
        if (length < ATTRIBUTE || length > layer.wire)
            return DECODE_BAD_LINK;
        if ((type & 0x7fff) == PAYLOAD) {
            struct layer packet = layer_first(layer, length);
            return ip_read(decoding, layer_inside(packet, ATTRIBUTE));
        }
        layer = layer_inside(layer, (length + 3u) & ~3u);
    }
    return layer.wire >= ATTRIBUTE ? DECODE_CUT : DECODE_NOT_IP;
}

// ARCNET as Linux cooks it: source, destination, offset, then RFC 1051 or RFC 1201.
static enum decode_result arcnet_read(struct decoding *decoding, struct layer layer)
{
    enum { IP_1051 = 240, IP_1201 = 212, HEADER_1051 = 5, HEADER_1201 = 8 };
    if (layer.captured < HEADER_1201)
        return layer_lacks(layer, HEADER_1201, DECODE_BAD_LINK);
    uint8_t type = layer.at[4], split = layer.at[5];
    if (type == IP_1051)
        return ipv4_read(decoding, layer_inside(layer, HEADER_1051));
    if (type == IP_1201 && split != 0) // fragments of the link layer
        return DECODE_FRAGMENT;
    return type == IP_1201 ? ipv4_read(decoding, layer_inside(layer, HEADER_1201)) : DECODE_NOT_IP;
}

// IP over InfiniBand: 40 bytes of routing, Ethernet type, two bytes reserved.
static enum decode_result infiniband_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 44)
        return layer_lacks(layer, 44, DECODE_BAD_LINK);
    return ethertype_read(decoding, read_be16(layer.at + 40), layer_inside(layer, 44));
}

// Apple's pktap: its length, then what it wraps.
static enum decode_result pktap_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 12)
        return layer_lacks(layer, 12, DECODE_BAD_LINK);
    uint32_t header = read_le32(layer.at), link = read_le32(layer.at + 8);
    if (header < 12 || header > layer.wire || link > UINT16_MAX)
        return DECODE_BAD_LINK;
    return link_read(decoding, (uint16_t)link, layer_inside(layer, header));
}

static const struct link {
    uint16_t link_type; // LINKTYPE_ values of the tcpdump group's registry
    layer_reader *read;
} links[] = {
    {1, ethernet_read}, {101, ip_read},         {113, sll_read},
    {276, sll2_read},   {228, ipv4_read},       {229, ipv6_read},
    {12, ip_read},      {14, ip_read},          {0, null_read},
    {108, null_read},   {9, ppp_read},          {50, serial_read},
    {51, pppoe_read},   {104, cisco_hdlc_read}, {204, ppp_directed_read},
    {105, wifi_read},   {119, prism_read},      {127, radiotap_read},
    {163, avs_read},    {192, ppi_read},        {109, enc_read},
    {239, nflog_read},  {258, pktap_read},      {100, llc_read},
    {129, arcnet_read}, {242, infiniband_read},
};

static const struct link *find_link(uint16_t link_type)
{
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        if (links[i].link_type == link_type)
            return &links[i];
    }
    return NULL;
}

bool decode_knows_link(uint16_t link_type)
{
    return find_link(link_type) != NULL;
}

enum decode_result link_read(struct decoding *decoding, uint16_t link_type, struct layer layer)
{
    const struct link *link = decoding->decoder->link;
    if (!link || link->link_type != link_type) {
        link = find_link(link_type);
        if (!link)
            return DECODE_UNKNOWN_LINK;
        decoding->decoder->link = link;
    }
    if (!layer_enter(decoding))
        return DECODE_NESTED;
    return link->read(decoding, layer);
}
