// SPDX-License-Identifier: BSD-2-Clause
// What the capture formats share: an input, the packets found in it so far, and the damage.
// A format is a row of formats[] in source.c.
#pragma once

#include "capture/input.h"
#include "capture/packet.h"

// pcap: what the file header says about its records.
struct pcap_layout {
    uint32_t record_header; // bytes
    uint32_t tick;          // nanoseconds of one unit of the fraction
    uint16_t link_type;
    bool is_swapped;          // written in the other byte order
    bool has_lengths_swapped; // captured and wire length change places
    bool may_have_lengths_swapped;
    bool is_usual; // none of these
};

// pcapng: one interface of the current section.
struct pcapng_interface {
    uint64_t drops;      // by its last statistics block
    uint64_t drops_seen; // summed over its packets
    int64_t offset;      // seconds
    uint32_t tick;       // nanoseconds, when the clock counts such from 1970 on; 0: see resolution
    uint32_t snaplen;    // 0: none
    uint16_t link_type;
    uint8_t resolution; // if_tsresol as written
};

struct pcapng_section {
    GArray *interfaces; // struct pcapng_interface
    bool is_swapped;
    int64_t time; // of the packet before: simple packets have none
};

struct reader {
    struct input *input;
    struct limits limits;
    struct notes *notes; // of the run; may be NULL
    const struct format *format;
    const char *format_name;
    union {
        struct pcap_layout pcap;
        struct pcapng_section pcapng;
    } as;
    struct trail trail;    // of the format's records
    uint64_t packets;      // found so far
    uint32_t other_frames; // what Wireshark counts too and is no packet
    uint64_t missing;      // bytes that the record at the front of the window lacks
    const char *part;      // where it would be cut, such as "packet"
    uint64_t part_number;
    uint64_t drops; // packets that weren't captured, as the file tells it
    bool has_drops;
    GString *damage; // NULL while there is none
};

struct format {
    size_t magic_bytes; // that is_magic() needs
    bool (*is_magic)(struct slice bytes);
    // Reads the file header; called with the magic at the front of the window.
    bool (*begin)(struct reader *reader, GError **error);
    // Takes complete packets from the window.
    // 0 without damage: more bytes are needed.
    size_t (*take)(struct reader *reader, struct packet *packets, size_t most);
    void (*end)(struct reader *reader);
};

extern const struct format format_pcap;
extern const struct format format_pcapng;

// Notes damage, once; "; N packets used" is added.
void reader_damage(struct reader *reader, const char *text, ...) G_GNUC_PRINTF(2, 3);

// Frames so far, as Wireshark counts.
static inline uint32_t reader_frame(const struct reader *reader)
{
    return reader->other_frames + (uint32_t)reader->packets;
}

// The times that are believed: 0 to 2^62 ns (the year 2116), so that differences can't overflow.
static inline int64_t reader_time(__int128 time)
{
    const int64_t most = INT64_C(1) << 62;
    return time < 0 ? 0 : time > most ? most : (int64_t)time;
}
