// SPDX-License-Identifier: BSD-2-Clause
// Inside pcapng: integers in the section's byte order, options, and clocks.
#pragma once

#include "capture/notes.h"
#include "capture/reader.h"

static inline uint32_t pcapng_read32(const struct pcapng_section *section, const uint8_t *p)
{
    uint32_t value;
    memcpy(&value, p, sizeof value);
    return section->is_swapped ? __builtin_bswap32(value) : value;
}

static inline uint16_t pcapng_read16(const struct pcapng_section *section, const uint8_t *p)
{
    uint16_t value;
    memcpy(&value, p, sizeof value);
    return section->is_swapped ? __builtin_bswap16(value) : value;
}

// if_tsresol, if_tsoffset.
void pcapng_interface_options(const struct pcapng_section *section, struct slice options,
                              struct pcapng_interface *interface);

// isb_ifdrop and isb_osdrop summed; false when the block tells neither.
bool pcapng_statistics_options(const struct pcapng_section *section, struct slice options,
                               uint64_t *drops);

// epb_dropcount: packets lost between the one before and this one; epb_flags: the direction;
// comments: the process, when there are notes to keep it in.
void pcapng_packet_options(struct reader *reader, struct slice options, struct packet *packet,
                           uint64_t *drops);

// The names that a Name Resolution Block gives to addresses.
void pcapng_names_take(const struct pcapng_section *section, struct slice body,
                       struct notes *notes);

// Whether 64 bits can hold a second in this resolution (if_tsresol).
bool pcapng_resolution_is_known(uint8_t resolution);

// What one tick of the interface's clock is, see struct pcapng_interface.
uint32_t pcapng_tick(const struct pcapng_interface *interface);

// Nanoseconds since the epoch.
int64_t pcapng_time(const struct pcapng_interface *interface, uint64_t ticks);
