// SPDX-License-Identifier: BSD-2-Clause
// Ethernet and what its type field leads to: VLAN tags, LLC/SNAP, MPLS, PPPoE.
#include "capture/layer.h"

enum ethertype {
    TYPE_LENGTH_BELOW = 0x0600, // below: an IEEE 802.3 length, LLC follows
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_VLAN = 0x8100,
    TYPE_PROVIDER_VLAN = 0x88a8,
    TYPE_OLD_VLAN = 0x9100,
    TYPE_OLDER_VLAN = 0x9200,
    TYPE_ETHERNET = 0x6558,
    TYPE_MPLS = 0x8847,
    TYPE_MPLS_UPSTREAM = 0x8848,
    TYPE_PPP = 0x880b,
    TYPE_PPPOE = 0x8864,
};

static enum decode_result vlan_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 4)
        return layer_lacks(layer, 4, DECODE_BAD_LINK);
    return ethertype_read(decoding, read_be16(layer.at + 2), layer_inside(layer, 4));
}

static const struct type_row {
    uint16_t type;
    layer_reader *read;
} types[] = {
    {TYPE_IPV6, ipv6_read},          {TYPE_VLAN, vlan_read},
    {TYPE_PROVIDER_VLAN, vlan_read}, {TYPE_OLD_VLAN, vlan_read},
    {TYPE_OLDER_VLAN, vlan_read},    {TYPE_MPLS, mpls_read},
    {TYPE_MPLS_UPSTREAM, mpls_read}, {TYPE_PPPOE, pppoe_read},
    {TYPE_ETHERNET, ethernet_read},  {TYPE_PPP, ppp_read},
};

enum decode_result ethertype_read(struct decoding *decoding, uint16_t type, struct layer layer)
{
    if (!layer_enter(decoding))
        return DECODE_NESTED;
    if (type == TYPE_IPV4)
        return ipv4_read(decoding, layer);
    if (type < TYPE_LENGTH_BELOW)
        return llc_read(decoding, layer);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (types[i].type == type)
            return types[i].read(decoding, layer);
    }
    return DECODE_NOT_IP;
}

enum decode_result ethernet_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 14)
        return layer_lacks(layer, 14, DECODE_BAD_LINK);
    return ethertype_read(decoding, read_be16(layer.at + 12), layer_inside(layer, 14));
}

// SNAP (RFC 1042), and the rare IP service access point.
enum decode_result llc_read(struct decoding *decoding, struct layer layer)
{
    static const uint8_t snap[] = {0xaa, 0xaa, 0x03, 0, 0, 0};
    static const uint8_t bridge_tunnel[] = {0xaa, 0xaa, 0x03, 0, 0, 0xf8};
    static const uint8_t ip[] = {0x06, 0x06, 0x03};
    const uint8_t *at = layer.at;
    if (layer.captured < 3)
        return layer_lacks(layer, 3, DECODE_BAD_LINK);
    if (memcmp(at, ip, sizeof ip) == 0)
        return ipv4_read(decoding, layer_inside(layer, sizeof ip));
    if (layer.captured < 8)
        return at[0] == snap[0] ? layer_lacks(layer, 8, DECODE_BAD_LINK) : DECODE_NOT_IP;
    if (memcmp(at, snap, sizeof snap) != 0 && memcmp(at, bridge_tunnel, sizeof bridge_tunnel) != 0)
        return DECODE_NOT_IP;
    uint16_t type = read_be16(at + 6);
    if (type < TYPE_LENGTH_BELOW)
        return DECODE_NOT_IP;
    return ethertype_read(decoding, type, layer_inside(layer, 8));
}

// Behind the last label the first nibble tells (RFC 4928): IP, or the control word of an Ethernet
// pseudowire (RFC 4385).
enum decode_result mpls_read(struct decoding *decoding, struct layer layer)
{
    bool is_last = false;
    while (!is_last) {
        if (layer.captured < 4)
            return layer_lacks(layer, 4, DECODE_BAD_LINK);
        is_last = layer.at[2] & 1;
        layer = layer_inside(layer, 4);
    }
    if (layer.captured < 1)
        return layer_lacks(layer, 1, DECODE_BAD_LINK);
    if (layer.at[0] >> 4 == 0)
        return ethernet_read(decoding, layer_inside(layer, 4));
    return ip_read(decoding, layer);
}

// RFC 2516: version and type 1, code 0 is session data.
enum decode_result pppoe_read(struct decoding *decoding, struct layer layer)
{
    const uint8_t *at = layer.at;
    if (layer.captured < 6)
        return layer_lacks(layer, 6, DECODE_BAD_LINK);
    if (at[0] != 0x11)
        return DECODE_BAD_LINK;
    if (at[1] != 0)
        return DECODE_NOT_IP;
    return ppp_read(decoding, layer_inside(layer, 6));
}
