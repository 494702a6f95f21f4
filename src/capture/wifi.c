// SPDX-License-Identifier: BSD-2-Clause
// 802.11 data frames in the clear, bare or behind radiotap, PPI, Prism or AVS headers.
#include "capture/layer.h"

enum frame_control {
    TYPE_MASK = 0x0c,
    TYPE_DATA = 0x08,
    SUBTYPE_NO_DATA = 0x40,
    SUBTYPE_QOS = 0x80,
    // Of the second byte:
    TO_AND_FROM_DS = 0x03,
    MORE_FRAGMENTS = 0x04,
    PROTECTED = 0x40,
    ORDER = 0x80,
};

#define MAC_HEADER      24
#define FRAGMENT_NUMBER 0x0f // of the sequence control's first byte
#define QOS_AMSDU       0x80
#define SUBFRAME_HEADER 14
#define PRISM_HEADER    144

// IEEE 802.11-2020 section 9.3.2.2.2: destination, source, length, data; padded to four bytes.
enum decode_result aggregate_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < SUBFRAME_HEADER)
        return layer_lacks(layer, SUBFRAME_HEADER, DECODE_BAD_LINK);
    uint32_t length = read_be16(layer.at + 12), whole = SUBFRAME_HEADER + length;
    if (whole > layer.wire)
        return DECODE_BAD_LINK;
    decoding->decoder->rest = layer_inside(layer, (whole + 3) & ~3u);
    return llc_read(decoding, layer_inside(layer_first(layer, whole), SUBFRAME_HEADER));
}

// A frame whose MAC header may be padded to four bytes before the data.
static enum decode_result frame_read(struct decoding *decoding, struct layer layer, bool is_padded)
{
    const uint8_t *at = layer.at;
    if (layer.captured < MAC_HEADER)
        return layer.wire < 10 ? DECODE_BAD_LINK : layer_lacks(layer, MAC_HEADER, DECODE_NOT_IP);
    bool is_data = (at[0] & TYPE_MASK) == TYPE_DATA && !(at[0] & SUBTYPE_NO_DATA);
    if (!is_data)
        return DECODE_NOT_IP;
    if (at[1] & PROTECTED)
        return DECODE_ENCRYPTED;
    if (at[1] & MORE_FRAGMENTS || at[MAC_HEADER - 2] & FRAGMENT_NUMBER)
        return DECODE_FRAGMENT;
    uint32_t header = MAC_HEADER;
    bool is_aggregate = false;
    if ((at[1] & TO_AND_FROM_DS) == TO_AND_FROM_DS)
        header += 6;
    if (at[0] & SUBTYPE_QOS) {
        if (layer.captured < header + 2)
            return layer_lacks(layer, header + 2, DECODE_BAD_LINK);
        is_aggregate = at[header] & QOS_AMSDU;
        header += at[1] & ORDER ? 6 : 2;
    }
    if (is_padded)
        header = (header + 3) & ~3u;
    layer = layer_inside(layer, header);
    return is_aggregate ? aggregate_read(decoding, layer) : llc_read(decoding, layer);
}

enum decode_result wifi_read(struct decoding *decoding, struct layer layer)
{
    return frame_read(decoding, layer, false);
}

// Whether the radiotap flags field tells padding; it may follow an 8-byte aligned clock.
static bool radiotap_is_padded(struct slice header)
{
    enum { PRESENT_CLOCK = 1, PRESENT_FLAGS = 2, FLAG_PADDED = 0x20 };
    uint32_t present = read_le32(header.at + 4);
    size_t at = 4;
    uint32_t word;
    do { // the top bit: another word of bits follows
        if (at + 4 > header.length)
            return false;
        word = read_le32(header.at + at);
        at += 4;
    } while (word & 0x80000000);
    if (present & PRESENT_CLOCK)
        at = ((at + 7) & ~(size_t)7) + 8;
    return present & PRESENT_FLAGS && at < header.length && header.at[at] & FLAG_PADDED;
}

enum decode_result radiotap_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 8)
        return layer_lacks(layer, 8, DECODE_BAD_LINK);
    uint16_t length = read_le16(layer.at + 2);
    if (layer.at[0] != 0 || length < 8 || length > layer.wire)
        return DECODE_BAD_LINK;
    if (length > layer.captured)
        return DECODE_CUT;
    bool is_padded = radiotap_is_padded(slice_of(layer.at, length));
    return frame_read(decoding, layer_inside(layer, length), is_padded);
}

// Per-packet information: version, flags, length, link type of what follows.
enum decode_result ppi_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 8)
        return layer_lacks(layer, 8, DECODE_BAD_LINK);
    uint16_t length = read_le16(layer.at + 2);
    uint32_t link = read_le32(layer.at + 4);
    if (layer.at[0] != 0 || length < 8 || length > layer.wire || link > UINT16_MAX)
        return DECODE_BAD_LINK;
    return link_read(decoding, (uint16_t)link, layer_inside(layer, length));
}

enum decode_result avs_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 8)
        return layer_lacks(layer, 8, DECODE_BAD_LINK);
    uint32_t length = read_be32(layer.at + 4);
    if (length < 8 || length > layer.wire)
        return DECODE_BAD_LINK;
    return frame_read(decoding, layer_inside(layer, length), false);
}

// Some drivers put an AVS header where a Prism one is announced.
enum decode_result prism_read(struct decoding *decoding, struct layer layer)
{
    if (layer.captured < 8)
        return layer_lacks(layer, 8, DECODE_BAD_LINK);
    if ((read_be32(layer.at) & 0xfffff000) == 0x80211000)
        return avs_read(decoding, layer);
    if (layer.wire < PRISM_HEADER)
        return DECODE_BAD_LINK;
    return frame_read(decoding, layer_inside(layer, PRISM_HEADER), false);
}
