// SPDX-License-Identifier: BSD-2-Clause
// What the protocol layers hand to each other while one packet is decoded. A layer is a function
// that reads its header, checks bounds first, and calls the layer inside.
#pragma once

#include "capture/decode.h"
#include "capture/fragments.h"

// More headers than this inside each other are nobody's network.
#define NESTED_MOST 16

struct decoder {
    struct fragments *fragments;
    const struct link *link; // of the packet before: mostly the same
    struct layer rest;       // of an aggregate, for decode_more()
};

struct decoding {
    struct decoder *decoder;
    struct segment *segment; // time and frame are set before the first layer
    unsigned depth;
    bool is_reassembled; // from fragments: the bytes are the decoder's
    bool is_mirrored;    // inside ERSPAN or a UDP tunnel: a mirror may have cut the frame
};

typedef enum decode_result layer_reader(struct decoding *, struct layer);

static inline struct slice layer_slice(struct layer layer)
{
    return slice_of(layer.at, layer.captured);
}

// The same bytes with another length on the wire: padding is cut off.
static inline struct layer layer_first(struct layer layer, uint32_t wire)
{
    return (struct layer){layer.at, layer.captured < wire ? layer.captured : wire, wire};
}

// The layer behind a header of `bytes`.
static inline struct layer layer_inside(struct layer layer, uint32_t bytes)
{
    uint32_t step = layer.captured < bytes ? layer.captured : bytes;
    return (struct layer){layer.at + step, layer.captured - step,
                          layer.wire > bytes ? layer.wire - bytes : 0};
}

// Why a header of `bytes` isn't all there: not captured, or it never was.
static inline enum decode_result layer_lacks(struct layer layer, uint32_t bytes,
                                             enum decode_result bad)
{
    return layer.wire < bytes ? bad : DECODE_CUT;
}

// Goes one layer deeper; false when that is too deep.
static inline bool layer_enter(struct decoding *decoding)
{
    return ++decoding->depth <= NESTED_MOST;
}

static inline void decode_begin(const struct packet *packet, struct segment *segment)
{
    segment->time = packet->time;
    segment->frame = packet->frame;
    segment->note = packet->note;
    segment->direction = packet->direction;
}

// By LINKTYPE_, Ethernet type (a length below 0x600: LLC), IP protocol.
enum decode_result link_read(struct decoding *, uint16_t link_type, struct layer);
enum decode_result ethertype_read(struct decoding *, uint16_t type, struct layer);
enum decode_result protocol_read(struct decoding *, uint8_t protocol, struct layer);

layer_reader ethernet_read, llc_read, mpls_read, pppoe_read;           // ethertypes.c
layer_reader ppp_read;                                                 // links.c
layer_reader ip_read, ipv4_read, ipv6_read;                            // ip.c
layer_reader tcp_read, udp_read, gre_read;                             // tcp.c, tunnels.c
layer_reader aggregate_read;                                           // wifi.c
layer_reader wifi_read, radiotap_read, ppi_read, prism_read, avs_read; // wifi.c
