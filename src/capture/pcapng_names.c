// SPDX-License-Identifier: BSD-2-Clause
// Name Resolution Blocks (draft-ietf-opsawg-pcapng section 4.5): addresses with their names.
#include "capture/pcapng.h"

enum record_type { RECORD_END = 0, RECORD_IPV4 = 1, RECORD_IPV6 = 2 };

static const uint8_t mapped[12] = {[10] = 0xff, 0xff};

// An address, then names that each end with a zero byte; the first is kept.
static void record_take(struct notes *notes, struct slice value, size_t address_bytes)
{
    struct address address;
    if (value.length <= address_bytes)
        return;
    memcpy(address.bytes, mapped, sizeof mapped);
    memcpy(address.bytes + sizeof address - address_bytes, value.at, address_bytes);
    struct slice name = slice_from(value, address_bytes);
    const uint8_t *end = memchr(name.at, 0, name.length);
    name.length = end ? (size_t)(end - name.at) : name.length;
    if (name.length > 0)
        notes_name(notes, &address, name);
}

void pcapng_names_take(const struct pcapng_section *section, struct slice body, struct notes *notes)
{
    while (body.length >= 4) {
        uint16_t type = pcapng_read16(section, body.at);
        size_t length = pcapng_read16(section, body.at + 2);
        if (type == RECORD_END || length > body.length - 4)
            return;
        struct slice value = slice_of(body.at + 4, length);
        if (type == RECORD_IPV4)
            record_take(notes, value, 4);
        else if (type == RECORD_IPV6)
            record_take(notes, value, sizeof(struct address));
        body = slice_from(body, 4 + ((length + 3) & ~(size_t)3));
    }
}
