// SPDX-License-Identifier: BSD-2-Clause
// What carries other packets: GRE (RFC 2784, 2890, 2637), ERSPAN, VXLAN (RFC 7348), Geneve
// (RFC 8926).
#include "capture/layer.h"

enum gre_flag {
    GRE_CHECKSUM = 0x8000,
    GRE_ROUTING = 0x4000,
    GRE_KEY = 0x2000,
    GRE_SEQUENCE = 0x1000,
    GRE_ACKNOWLEDGMENT = 0x0080,
    GRE_VERSION = 0x0007,
};

enum gre_type { GRE_WCCP = 0x883e, GRE_ERSPAN = 0x88be, GRE_ERSPAN_3 = 0x22eb };

#define ERSPAN_2_HEADER 8
#define ERSPAN_3_HEADER 12

// Type I has no header of its own: then there is no sequence number either.
static enum decode_result erspan_read(struct decoding *decoding, uint16_t flags, uint16_t type,
                                      struct layer layer)
{
    uint32_t header = flags & GRE_SEQUENCE ? ERSPAN_2_HEADER : 0;
    if (type == GRE_ERSPAN_3) {
        header = ERSPAN_3_HEADER;
        if (layer.captured < header)
            return layer_lacks(layer, header, DECODE_BAD_LINK);
        header += layer.at[11] & 1 ? 8 : 0; // platform-specific subheader
    }
    decoding->is_mirrored = true;
    return ethernet_read(decoding, layer_inside(layer, header));
}

// A redirected packet; version 2 puts a header of four bytes before it.
static enum decode_result wccp_read(struct decoding *decoding, struct layer layer)
{
    bool is_bare = layer.captured > 0 && layer.at[0] >> 4 == 4;
    return ip_read(decoding, is_bare ? layer : layer_inside(layer, 4));
}

enum decode_result gre_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 4)
        return layer_lacks(layer, 4, DECODE_BAD_LINK);
    uint16_t flags = read_be16(layer.at), type = read_be16(layer.at + 2);
    unsigned version = flags & GRE_VERSION;
    if (version > 1 || flags & GRE_ROUTING)
        return DECODE_NOT_TCP;
    uint32_t header = 4;
    header += flags & GRE_CHECKSUM ? 4 : 0;
    header += flags & GRE_KEY ? 4 : 0;
    header += flags & GRE_SEQUENCE ? 4 : 0;
    header += version == 1 && flags & GRE_ACKNOWLEDGMENT ? 4 : 0;
    struct layer inside = layer_inside(layer, header);
    if (inside.wire == 0) // an acknowledgment alone
        return DECODE_NOT_TCP;
    if (type == GRE_ERSPAN || type == GRE_ERSPAN_3)
        return erspan_read(decoding, flags, type, inside);
    if (type == GRE_WCCP)
        return wccp_read(decoding, inside);
    return ethertype_read(decoding, type, inside);
}

// 4789 is IANA's port, 8472 the Linux kernel's older default.
enum udp_port {
    PORT_VXLAN = 4789,
    PORT_VXLAN_GPE = 4790,
    PORT_VXLAN_LINUX = 8472,
    PORT_GENEVE = 6081,
};

static enum decode_result vxlan_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 8)
        return layer_lacks(layer, 8, DECODE_NOT_TCP);
    if (!(layer.at[0] & 8)) // no network identifier: not VXLAN
        return DECODE_NOT_TCP;
    return ethernet_read(decoding, layer_inside(layer, 8));
}

// The generic protocol extension (draft-ietf-nvo3-vxlan-gpe) names what is inside.
static enum decode_result vxlan_gpe_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 8)
        return layer_lacks(layer, 8, DECODE_NOT_TCP);
    bool names_protocol = layer.at[0] & 4;
    uint8_t protocol = layer.at[3];
    if (!names_protocol || protocol == 3)
        return vxlan_read(decoding, layer);
    bool is_ip = protocol == 1 || protocol == 2;
    return is_ip ? ip_read(decoding, layer_inside(layer, 8)) : DECODE_NOT_IP;
}

static enum decode_result geneve_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 8)
        return layer_lacks(layer, 8, DECODE_NOT_TCP);
    if (layer.at[0] >> 6 != 0)
        return DECODE_NOT_TCP;
    uint32_t header = 8 + (layer.at[0] & 0x3fu) * 4;
    return ethertype_read(decoding, read_be16(layer.at + 2), layer_inside(layer, header));
}

enum decode_result udp_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 8)
        return layer_lacks(layer, 8, DECODE_NOT_TCP);
    struct layer inside = layer_inside(layer, 8);
    decoding->is_mirrored = true;
    switch (read_be16(layer.at + 2)) {
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
        return vxlan_read(decoding, inside);
    case PORT_VXLAN_GPE:
        return vxlan_gpe_read(decoding, inside);
    case PORT_GENEVE:
        return geneve_read(decoding, inside);
    default:
        return DECODE_NOT_TCP;
    }
}
