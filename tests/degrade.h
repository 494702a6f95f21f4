// SPDX-License-Identifier: BSD-2-Clause
// A capture in memory, whose connections are known packet by packet, and poorer forms of it.
#pragma once

#include <glib.h>

#include "base/moment.h"
#include "capture/packet.h"
#include "capture/segment.h"
#include "engine/facts.h"

#define NO_CONNECTION UINT32_MAX

enum degrade_kind {
    DEGRADE_NOT,
    DEGRADE_LOSS,    // `amount` packets of 1000 are missing
    DEGRADE_BURSTS,  // the same number, in runs of up to 20, as when a buffer overflows
    DEGRADE_SNAPLEN, // `amount` bytes of each packet are kept
    DEGRADE_CLIENT,  // only the client's packets
    DEGRADE_SERVER,  // only the server's packets
    DEGRADE_CUT,     // `amount` percent of the packets are missing at either end
    DEGRADE_SWAP,    // packets of both directions change places within 300 microseconds, as when
                     // several queues capture
    DEGRADE_DOUBLE   // each packet again within `amount` microseconds, another TTL, as -i any does
};

struct degradation {
    const char *name;
    enum degrade_kind kind;
    uint32_t amount;
    uint32_t seeds; // how many forms are made
};

// A packet of the whole capture. `segment.payload` is no longer there, its lengths are.
struct whole_packet {
    struct packet packet;
    struct segment segment;
    uint32_t connection; // NO_CONNECTION: not TCP, or of a connection without a SYN
    enum side from;
};

// A connection of the whole capture, from its SYN.
struct whole_connection {
    struct endpoint client, server;
    uint32_t initial_seq;
    bool has_fin[2];
    uint32_t fin_ack[2]; // the number that acknowledges that side's FIN
    int64_t first_close; // time of the first FIN or RST; NANOS_UNKNOWN
};

struct whole {
    GArray *packets;     // struct whole_packet
    GArray *connections; // struct whole_connection, in opening order
    GPtrArray *bytes;
};

// What a poorer form has: packets with frames from 1, and where each comes from.
struct degraded {
    GArray *packets; // struct packet; bytes borrowed from the whole, or from `bytes`
    GArray *origins; // uint32_t, index into the whole's packets
    GPtrArray *bytes;
};

// NULL when the file can't be read.
struct whole *whole_load(const char *path);
void whole_free(struct whole *whole);

// The same for the same seed.
struct degraded *degraded_new(const struct whole *whole, const struct degradation *degradation,
                              uint32_t seed);
void degraded_free(struct degraded *degraded);
