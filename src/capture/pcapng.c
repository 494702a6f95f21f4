// SPDX-License-Identifier: BSD-2-Clause
// The pcapng file format (draft-ietf-opsawg-pcapng): several sections in either byte order,
// several interfaces with their own link type and clock. Options are read in pcapng_options.c.
#include "capture/pcapng.h"

#include "capture/source.h"

enum block_type {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, // obsolete
    BLOCK_SIMPLE = 3,
    BLOCK_NAMES = 4,
    BLOCK_STATISTICS = 5,
    BLOCK_ENHANCED = 6,
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4d
#define BLOCK_FRAME      12 // type and both lengths
#define SECTION_SMALLEST 28

struct block {
    uint32_t type;
    uint32_t length;
    struct slice body; // what lies between the two lengths
};

static bool pcapng_is_magic(struct slice bytes)
{
    return read_be32(bytes.at) == BLOCK_SECTION && (read_be32(bytes.at + 8) == BYTE_ORDER_MAGIC ||
                                                    read_le32(bytes.at + 8) == BYTE_ORDER_MAGIC);
}

static bool pcapng_begin(struct reader *reader, GError **error)
{
    input_want(reader->input, 16);
    const uint8_t *at = reader->input->window.at;
    bool is_big = read_be32(at + 8) == BYTE_ORDER_MAGIC;
    if (reader->input->window.length >= 16) {
        uint16_t major = is_big ? read_be16(at + 12) : read_le16(at + 12);
        if (major != 1) {
            g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FORMAT,
                        "pcapng version %u is unknown; convert it with: editcap -F pcap", major);
            return false;
        }
    }
    reader->format_name = "pcapng";
    reader->as.pcapng = (struct pcapng_section){
        .interfaces = g_array_new(FALSE, TRUE, sizeof(struct pcapng_interface)),
    };
    return true;
}

// What is known of an interface's drops now; the account of the whole file changes by as much.
static void set_drops(struct reader *reader, struct pcapng_interface *interface, uint64_t drops,
                      uint64_t drops_seen)
{
    reader->drops -= MAX(interface->drops, interface->drops_seen);
    interface->drops = drops;
    interface->drops_seen = drops_seen;
    reader->drops += MAX(drops, drops_seen);
    reader->has_drops = true;
}

static bool section_start(struct reader *reader, struct slice body)
{
    uint16_t major = pcapng_read16(&reader->as.pcapng, body.at + 4);
    if (major != 1) {
        reader_damage(reader,
                      "a section of unknown pcapng version %u after packet %" G_GUINT64_FORMAT,
                      major, reader->packets);
        return false;
    }
    g_array_set_size(reader->as.pcapng.interfaces, 0);
    return true;
}

static bool interface_add(struct reader *reader, struct slice body)
{
    struct pcapng_section *section = &reader->as.pcapng;
    if (body.length < 8 || section->interfaces->len >= reader->limits.interfaces) {
        reader_damage(reader, "corrupt interface %u after packet %" G_GUINT64_FORMAT,
                      section->interfaces->len, reader->packets);
        return false;
    }
    struct pcapng_interface interface = {
        .link_type = pcapng_read16(section, body.at),
        .snaplen = pcapng_read32(section, body.at + 4),
        .resolution = 6,
    };
    pcapng_interface_options(section, slice_from(body, 8), &interface);
    if (!pcapng_resolution_is_known(interface.resolution)) {
        reader_damage(reader,
                      "impossible clock resolution 0x%02x of interface %u after packet "
                      "%" G_GUINT64_FORMAT,
                      interface.resolution, section->interfaces->len, reader->packets);
        return false;
    }
    interface.tick = pcapng_tick(&interface);
    g_array_append_val(section->interfaces, interface);
    return true;
}

static void statistics_take(struct reader *reader, struct slice body)
{
    struct pcapng_section *section = &reader->as.pcapng;
    if (body.length < 12)
        return;
    uint32_t id = pcapng_read32(section, body.at);
    if (id >= section->interfaces->len)
        return;
    struct pcapng_interface *interface =
        &g_array_index(section->interfaces, struct pcapng_interface, id);
    uint64_t drops;
    if (pcapng_statistics_options(section, slice_from(body, 12), &drops))
        set_drops(reader, interface, drops, interface->drops_seen);
}

// The interface of a packet block; NULL and damage when there is none of that number.
static struct pcapng_interface *find_interface(struct reader *reader, uint32_t id)
{
    GArray *interfaces = reader->as.pcapng.interfaces;
    if (id < interfaces->len)
        return &g_array_index(interfaces, struct pcapng_interface, id);
    reader_damage(reader, "corrupt in packet %" G_GUINT64_FORMAT " (interface %u of %u)",
                  reader->packets + 1, id, interfaces->len);
    return NULL;
}

static bool set_bytes(struct reader *reader, struct packet *packet, struct slice data,
                      uint32_t captured)
{
    if (captured > data.length || captured > reader->limits.packet_bytes) {
        reader_damage(reader, "corrupt in packet %" G_GUINT64_FORMAT " (captured length %u)",
                      reader->packets + 1, captured);
        return false;
    }
    packet->bytes = slice_first(data, captured);
    packet->wire_length = MAX(packet->wire_length, captured);
    return true;
}

// Enhanced packet blocks, and the obsolete packet blocks, which number interfaces in 16 bits.
static bool packet_take(struct reader *reader, const struct block *block, struct packet *packet)
{
    struct pcapng_section *section = &reader->as.pcapng;
    const uint8_t *at = block->body.at;
    if (block->body.length < 20) {
        reader_damage(reader, "corrupt in packet %" G_GUINT64_FORMAT " (block length %u)",
                      reader->packets + 1, block->length);
        return false;
    }
    bool is_old = block->type == BLOCK_PACKET;
    uint32_t id = is_old ? pcapng_read16(section, at) : pcapng_read32(section, at);
    struct pcapng_interface *interface = find_interface(reader, id);
    if (!interface)
        return false;
    uint64_t ticks =
        (uint64_t)pcapng_read32(section, at + 4) << 32 | pcapng_read32(section, at + 8);
    uint32_t captured = pcapng_read32(section, at + 12);
    *packet = (struct packet){
        .wire_length = pcapng_read32(section, at + 16),
        .link_type = interface->link_type,
        .time = pcapng_time(interface, ticks),
    };
    struct slice data = slice_from(block->body, 20);
    if (!set_bytes(reader, packet, data, captured))
        return false;
    section->time = packet->time;
    uint16_t dropped = is_old ? pcapng_read16(section, at + 2) : 0;
    uint64_t more = dropped == UINT16_MAX ? 0 : dropped;
    struct slice options = slice_from(data, ((size_t)captured + 3) & ~(size_t)3);
    if (options.length > 0)
        pcapng_packet_options(reader, options, packet, &more);
    if (more > 0)
        set_drops(reader, interface, interface->drops, interface->drops_seen + more);
    return true;
}

static bool simple_take(struct reader *reader, struct slice body, struct packet *packet)
{
    struct pcapng_section *section = &reader->as.pcapng;
    struct pcapng_interface *interface = find_interface(reader, 0);
    if (!interface)
        return false;
    if (body.length < 4) {
        reader_damage(reader,
                      "corrupt in packet %" G_GUINT64_FORMAT " (simple packet of %zu bytes)",
                      reader->packets + 1, body.length);
        return false;
    }
    *packet = (struct packet){
        .wire_length = pcapng_read32(section, body.at),
        .link_type = interface->link_type,
        .time = section->time,
    };
    uint32_t captured = packet->wire_length;
    if (interface->snaplen != 0)
        captured = MIN(captured, interface->snaplen);
    struct slice data = slice_from(body, 4);
    return set_bytes(reader, packet, data, MIN(captured, (uint32_t)data.length));
}

// Finds the byte order at each section header, as it may change there. Blocks are told by their
// type.
static bool learn_order(struct reader *reader, const uint8_t *at)
{
    uint32_t order;
    memcpy(&order, at + 8, sizeof order);
    if (order != BYTE_ORDER_MAGIC && order != __builtin_bswap32(BYTE_ORDER_MAGIC)) {
        reader_damage(reader, "corrupt section header after packet %" G_GUINT64_FORMAT,
                      reader->packets);
        return false;
    }
    bool is_swapped = order != BYTE_ORDER_MAGIC;
    reader->as.pcapng.is_swapped = is_swapped;
    reader->trail = (struct trail){
        .sign = {0xff, 0xff, 0xff, 0xff},
        .sought = is_swapped == (G_BYTE_ORDER == G_LITTLE_ENDIAN) ? 3 : 0,
        .length_at = 4,
        .least = BLOCK_FRAME,
        .most = reader->limits.pcapng_block_bytes,
        .is_swapped = is_swapped,
    };
    return true;
}

static bool is_packet_block(uint32_t type)
{
    return type == BLOCK_ENHANCED || type == BLOCK_PACKET || type == BLOCK_SIMPLE;
}

// Whether the window holds less than `whole` bytes of a block, and what would be cut there.
static bool lack(struct reader *reader, size_t whole, uint32_t type)
{
    size_t left = reader->input->window.length;
    if (left >= whole)
        return false;
    bool is_packet = is_packet_block(type);
    reader->part = is_packet ? "packet" : "the block after packet";
    reader->part_number = reader->packets + is_packet;
    reader->missing = left ? whole - left : 0;
    return true;
}

// Whether a block of this type and length can be; `held` is what must be in the window of it.
static bool check_block(struct reader *reader, struct block *block, size_t *held)
{
    uint32_t largest = reader->limits.pcapng_block_bytes;
    bool is_packet = is_packet_block(block->type);
    uint32_t least = block->type == BLOCK_SECTION ? SECTION_SMALLEST : BLOCK_FRAME;
    if (block->length < least || block->length % 4 != 0 || (is_packet && block->length > largest)) {
        reader_damage(reader, "corrupt block after packet %" G_GUINT64_FORMAT " (length %u)",
                      reader->packets, block->length);
        return false;
    }
    // A block larger than the window is used as far as the window goes.
    *held = MIN(block->length, reader->limits.packet_bytes + INPUT_BESIDE);
    return true;
}

// The block at the front of the window; false: more bytes are needed, or damage.
static bool find_block(struct reader *reader, struct block *block)
{
    struct pcapng_section *section = &reader->as.pcapng;
    struct input *input = reader->input;
    if (input->skip > 0 || lack(reader, BLOCK_FRAME, 0))
        return false;
    const uint8_t *at = input->window.at;
    block->type = pcapng_read32(section, at);
    if (block->type == BLOCK_SECTION && !learn_order(reader, at))
        return false;
    block->length = pcapng_read32(section, at + 4);
    size_t held;
    if (!check_block(reader, block, &held) || lack(reader, held, block->type))
        return false;
    if (held == block->length && pcapng_read32(section, at + held - 4) != block->length) {
        reader_damage(reader,
                      "corrupt block after packet %" G_GUINT64_FORMAT " (lengths %u and %u)",
                      reader->packets, block->length, pcapng_read32(section, at + held - 4));
        return false;
    }
    block->body = slice_of(at + 8, held - BLOCK_FRAME);
    return true;
}

// Blocks without a packet that Wireshark counts as frames: journal entries, custom blocks, events
// of sysdig.
static bool is_other_frame(uint32_t type)
{
    static const uint32_t types[] = {9, 0xbad, 0x40000bad, 0x204, 0x216, 0x221};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        if (types[i] == type)
            return true;
    return false;
}

static bool use_block(struct reader *reader, const struct block *block, struct packet *packet,
                      bool *is_packet)
{
    *is_packet = false;
    switch (block->type) {
    case BLOCK_SECTION:
        return section_start(reader, block->body);
    case BLOCK_INTERFACE:
        return interface_add(reader, block->body);
    case BLOCK_ENHANCED:
    case BLOCK_PACKET:
        return *is_packet = packet_take(reader, block, packet);
    case BLOCK_SIMPLE:
        return *is_packet = simple_take(reader, block->body, packet);
    case BLOCK_STATISTICS:
        statistics_take(reader, block->body);
        return true;
    case BLOCK_NAMES:
        if (reader->notes)
            pcapng_names_take(&reader->as.pcapng, block->body, reader->notes);
        return true;
    default: // secrets, custom blocks and others: nothing to learn about TCP
        reader->other_frames += is_other_frame(block->type);
        return true;
    }
}

static size_t pcapng_take(struct reader *reader, struct packet *packets, size_t most)
{
    size_t taken = 0;
    struct block block;
    reader->missing = 0;
    while (taken < most && find_block(reader, &block)) {
        bool is_packet;
        if (!use_block(reader, &block, &packets[taken], &is_packet))
            break;
        packets[taken].frame = reader_frame(reader) + 1;
        input_skip(reader->input, block.length);
        taken += is_packet;
        reader->packets += is_packet;
    }
    return taken;
}

static void pcapng_end(struct reader *reader)
{
    g_array_free(reader->as.pcapng.interfaces, TRUE);
    reader->as.pcapng.interfaces = NULL;
}

const struct format format_pcapng = {12, pcapng_is_magic, pcapng_begin, pcapng_take, pcapng_end};
