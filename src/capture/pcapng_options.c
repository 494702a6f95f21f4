// SPDX-License-Identifier: BSD-2-Clause
// pcapng options (draft-ietf-opsawg-pcapng section 3.5) and the clocks that they describe.
#include "capture/pcapng.h"

#include "base/moment.h"

enum option_code {
    OPTION_END = 0,
    IF_TSRESOL = 9,
    IF_TSOFFSET = 14,
    OPTION_COMMENT = 1,
    EPB_FLAGS = 2,
    EPB_DROPCOUNT = 4,
    ISB_IFDROP = 5,
    ISB_OSDROP = 7,
};

#define BINARY_RESOLUTION 0x80 // the other bits are a negative power of 2, else of 10

struct option {
    uint16_t code;
    struct slice value;
};

// Cuts the next option off the front; false at the end, or when it doesn't fit.
static bool option_next(const struct pcapng_section *section, struct slice *options,
                        struct option *option)
{
    if (options->length < 4)
        return false;
    option->code = pcapng_read16(section, options->at);
    size_t length = pcapng_read16(section, options->at + 2);
    if (option->code == OPTION_END || length > options->length - 4)
        return false;
    option->value = slice_of(options->at + 4, length);
    *options = slice_from(*options, 4 + ((length + 3) & ~(size_t)3));
    return true;
}

static uint64_t option_read64(const struct pcapng_section *section, struct slice value)
{
    uint64_t number;
    memcpy(&number, value.at, sizeof number);
    return section->is_swapped ? __builtin_bswap64(number) : number;
}

void pcapng_interface_options(const struct pcapng_section *section, struct slice options,
                              struct pcapng_interface *interface)
{
    struct option option;
    while (option_next(section, &options, &option)) {
        if (option.code == IF_TSRESOL && option.value.length == 1)
            interface->resolution = option.value.at[0];
        else if (option.code == IF_TSOFFSET && option.value.length == 8)
            interface->offset = (int64_t)option_read64(section, option.value);
    }
}

bool pcapng_statistics_options(const struct pcapng_section *section, struct slice options,
                               uint64_t *drops)
{
    struct option option;
    uint64_t sum = 0;
    bool is_told = false;
    while (option_next(section, &options, &option)) {
        bool counts = option.code == ISB_IFDROP || option.code == ISB_OSDROP;
        if (!counts || option.value.length != 8)
            continue;
        sum += option_read64(section, option.value);
        is_told = true;
    }
    if (is_told)
        *drops = sum;
    return is_told;
}

void pcapng_packet_options(struct reader *reader, struct slice options, struct packet *packet,
                           uint64_t *drops)
{
    const struct pcapng_section *section = &reader->as.pcapng;
    struct note_texts texts = {{{NULL, 0}}};
    struct option option;
    bool has_comment = false;
    while (option_next(section, &options, &option)) {
        if (option.code == EPB_DROPCOUNT && option.value.length == 8) {
            *drops += option_read64(section, option.value);
        } else if (option.code == EPB_FLAGS && option.value.length == 4) {
            packet->direction = pcapng_read32(section, option.value.at) & 3;
        } else if (option.code == OPTION_COMMENT && reader->notes) {
            notes_read(option.value, &texts);
            has_comment = true;
        }
    }
    if (has_comment)
        packet->note = notes_keep(reader->notes, &texts);
}

bool pcapng_resolution_is_known(uint8_t resolution)
{
    return resolution & BINARY_RESOLUTION ? (resolution & 0x7f) < 64 : resolution <= 19;
}

uint32_t pcapng_tick(const struct pcapng_interface *interface)
{
    uint32_t tick = 1;
    if (interface->resolution > 9 || interface->offset != 0)
        return 0;
    for (unsigned power = interface->resolution; power < 9; power++)
        tick *= 10;
    return tick;
}

int64_t pcapng_time(const struct pcapng_interface *interface, uint64_t ticks)
{
    unsigned power = interface->resolution & 0x7f;
    __int128 nanos = (__int128)ticks;
    if (interface->tick) {
        nanos *= interface->tick;
    } else if (interface->resolution & BINARY_RESOLUTION) {
        nanos = nanos * NANOS_PER_SECOND >> power;
    } else {
        for (unsigned i = power; i < 9; i++)
            nanos *= 10;
        for (unsigned i = 9; i < power; i++)
            nanos /= 10;
    }
    return reader_time(nanos + (__int128)interface->offset * NANOS_PER_SECOND);
}
