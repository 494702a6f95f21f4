// SPDX-License-Identifier: BSD-2-Clause
// The pcap file format (draft-ietf-opsawg-pcap) and its modified variants, in both byte orders.
#include "capture/reader.h"

#include "base/moment.h"
#include "capture/foreign.h"
#include "capture/source.h"

#define FILE_HEADER 24

// Rows by magic, as a machine of the same byte order reads it.
static const struct pcap_variant {
    uint32_t magic;
    uint32_t record_header;
    uint32_t tick;
    uint32_t after_file_header;
    const char *name;
} variants[] = {
    {0xa1b2c3d4, 16, 1000, 0, "pcap"},          {0xa1b23c4d, 16, 1, 0, "pcap-ns"},
    {0xa1b2cd34, 24, 1000, 0, "pcap-modified"}, // Kuznetzov: interface, protocol, packet type
    {0xa1b234cd, 24, 1000, 0, "pcap-modified"}, // Mesquita
    {0x1c0001ac, 16, 1, 4, "pcap-modified"},    // Ixia, hardware: total length after the header
    {0x1c0001ab, 16, 1, 4, "pcap-modified"},    // Ixia, software
};

#define OTHER_RECORD_HEADER 28 // a later Kuznetzov patch under the same magic: two more fields

static uint32_t read32(const uint8_t *p, bool is_swapped)
{
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return is_swapped ? __builtin_bswap32(value) : value;
}

static uint16_t read16(const uint8_t *p, bool is_swapped)
{
    uint16_t value;
    memcpy(&value, p, sizeof value);
    return is_swapped ? __builtin_bswap16(value) : value;
}

static const struct pcap_variant *find_variant(const uint8_t *at, bool *is_swapped)
{
    for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
        *is_swapped = read32(at, true) == variants[i].magic;
        if (*is_swapped || read32(at, false) == variants[i].magic)
            return &variants[i];
    }
    return NULL;
}

static bool pcap_is_magic(struct slice bytes)
{
    bool is_swapped;
    return find_variant(bytes.at, &is_swapped) != NULL;
}

struct record_header {
    uint32_t seconds, fraction, captured, wire;
};

static struct record_header reorder(const struct pcap_layout *layout, struct record_header h)
{
    if (layout->is_swapped)
        h = (struct record_header){__builtin_bswap32(h.seconds), __builtin_bswap32(h.fraction),
                                   __builtin_bswap32(h.captured), __builtin_bswap32(h.wire)};
    if (layout->has_lengths_swapped || (layout->may_have_lengths_swapped && h.captured > h.wire)) {
        uint32_t captured = h.wire;
        h.wire = h.captured;
        h.captured = captured;
    }
    return h;
}

static struct record_header read_record(const struct pcap_layout *layout, const uint8_t *at)
{
    struct record_header header = {read32(at, false), read32(at + 4, false), read32(at + 8, false),
                                   read32(at + 12, false)};
    return layout->is_usual ? header : reorder(layout, header);
}

static bool is_sane(struct record_header h, uint32_t most)
{
    return h.captured <= most && h.captured <= h.wire && h.fraction < NANOS_PER_SECOND;
}

// Whether the first two records make sense with this length of the record header.
static bool is_plausible(const struct pcap_layout *layout, struct slice bytes, uint32_t most)
{
    struct record_header first = read_record(layout, bytes.at);
    bytes = slice_from(bytes, (size_t)layout->record_header + first.captured);
    if (bytes.length < layout->record_header)
        return is_sane(first, most);
    struct record_header second = read_record(layout, bytes.at);
    return is_sane(first, most) && is_sane(second, most) &&
           (int64_t)second.seconds >= (int64_t)first.seconds - 3600 &&
           (int64_t)second.seconds <= (int64_t)first.seconds + 864000;
}

// The second record's header is waited for, here only: the first doesn't tell.
static void choose_record_header(struct reader *reader)
{
    struct pcap_layout *layout = &reader->as.pcap;
    uint32_t most = reader->limits.packet_bytes;
    if (layout->record_header != 24)
        return;
    input_want(reader->input, OTHER_RECORD_HEADER);
    if (reader->input->window.length < OTHER_RECORD_HEADER)
        return;
    struct record_header first = read_record(layout, reader->input->window.at);
    size_t want = (size_t)MIN(first.captured, most) + (size_t)2 * OTHER_RECORD_HEADER;
    input_want(reader->input, want);
    struct slice bytes = slice_first(reader->input->window, want);
    if (is_plausible(layout, bytes, most))
        return;
    layout->record_header = OTHER_RECORD_HEADER;
    if (!is_plausible(layout, bytes, most))
        layout->record_header = 24;
}

// Records are told by the upper half of their seconds.
static struct trail trail_of(const struct pcap_layout *layout, uint32_t most)
{
    bool is_big_endian = layout->is_swapped == (G_BYTE_ORDER == G_LITTLE_ENDIAN);
    struct trail trail = {
        .sign = {0, 0, 0xff, 0xff},
        .sought = 3,
        .length_at = layout->has_lengths_swapped ? 12 : 8,
        .beside = layout->record_header,
        .most = most,
        .is_swapped = layout->is_swapped,
    };
    if (is_big_endian) {
        memcpy(trail.sign, (const uint8_t[]){0xff, 0xff, 0, 0}, sizeof trail.sign);
        trail.sought = 0;
    }
    return trail;
}

static bool pcap_begin(struct reader *reader, GError **error)
{
    struct input *input = reader->input;
    input_want(input, FILE_HEADER);
    if (input->window.length < FILE_HEADER) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FORMAT,
                    "cut short in the file header (%zu of %d bytes); capture again",
                    input->window.length, FILE_HEADER);
        return false;
    }
    const uint8_t *at = input->window.at;
    bool is_swapped;
    const struct pcap_variant *variant = find_variant(at, &is_swapped);
    uint16_t major = read16(at + 4, is_swapped), minor = read16(at + 6, is_swapped);
    // 2.4 is the only version in use; 543.0 was written by an old DG/UX tcpdump (as libpcap).
    if (major != 2 && !(major == 543 && minor == 0)) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_FORMAT,
                    "pcap version %u.%u is unknown; convert it with: editcap -F pcap", major,
                    minor);
        return false;
    }
    uint32_t link = read32(at + 20, is_swapped);
    reader->format_name = variant->name;
    reader->as.pcap = (struct pcap_layout){
        .record_header = variant->record_header,
        .tick = variant->tick,
        // The upper bits tell the length of a frame check sequence.
        .link_type = (link & 0x03ff0000) ? UINT16_MAX : (uint16_t)link,
        .is_swapped = is_swapped,
        .has_lengths_swapped = major == 543 || minor < 3,
        .may_have_lengths_swapped = minor == 3,
        .is_usual = !is_swapped && major == 2 && minor > 3,
    };
    input_skip(input, FILE_HEADER + variant->after_file_header);
    choose_record_header(reader);
    reader->trail = trail_of(&reader->as.pcap, reader->limits.packet_bytes);
    return true;
}

static void tell_corrupt(struct reader *reader, uint32_t captured)
{
    const struct input *input = reader->input;
    uint64_t end = input->offset + reader->as.pcap.record_header;
    struct slice head = {input->head, (size_t)MIN(end, input->head_length)};
    reader_damage(reader, "corrupt in packet %" G_GUINT64_FORMAT " (captured length %u)%s",
                  reader->packets + 1, captured,
                  foreign_is_mangled(head, true) ? "; " FOREIGN_MANGLED : "");
}

static size_t pcap_take(struct reader *reader, struct packet *packets, size_t most)
{
    const struct pcap_layout layout = reader->as.pcap;
    const uint32_t cap = reader->limits.packet_bytes;
    struct slice window = reader->input->window;
    const uint8_t *at = window.at, *end = at + window.length;
    uint32_t frame = reader_frame(reader);
    size_t taken = 0;
    reader->missing = 0;
    while (taken < most) {
        size_t left = (size_t)(end - at);
        if (left < layout.record_header) {
            reader->part = "the header of packet";
            reader->missing = left ? layout.record_header - left : 0;
            break;
        }
        struct record_header h = read_record(&layout, at);
        if (h.captured > cap) {
            if (taken > 0)
                break; // told at the next call, when these are counted
            tell_corrupt(reader, h.captured);
            break;
        }
        size_t whole = (size_t)layout.record_header + h.captured;
        if (left < whole) {
            reader->part = "packet";
            reader->missing = whole - left;
            break;
        }
        packets[taken++] = (struct packet){
            .bytes = {at + layout.record_header, h.captured},
            .wire_length = MAX(h.wire, h.captured),
            .frame = ++frame,
            .time = (int64_t)h.seconds * NANOS_PER_SECOND + (int64_t)h.fraction * layout.tick,
            .link_type = layout.link_type,
        };
        at += whole;
    }
    input_skip(reader->input, (uint64_t)(at - window.at));
    reader->packets += taken;
    reader->part_number = reader->packets + 1;
    return taken;
}

static void pcap_end(struct reader *reader)
{
    (void)reader;
}

const struct format format_pcap = {4, pcap_is_magic, pcap_begin, pcap_take, pcap_end};
