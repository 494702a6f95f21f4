// SPDX-License-Identifier: BSD-2-Clause
// The connection id and the Community ID, from the record alone.
#include "engine/identity.h"

#include <glib.h>

#include "capture/address.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define END_BYTES    18 // address, port
#define DIGEST_BYTES 20 // SHA-1
#define PROTOCOL_TCP 6

// The side whose address, then port, is lower.
static enum side lower_side(const struct record *r)
{
    int order = memcmp(r->end[CLIENT].address.bytes, r->end[SERVER].address.bytes,
                       sizeof(r->end[CLIENT].address.bytes));
    if (order == 0)
        return r->end[SERVER].port < r->end[CLIENT].port ? SERVER : CLIENT;
    return order < 0 ? CLIENT : SERVER;
}

static uint8_t *put_be16(uint8_t *p, uint16_t value)
{
    *p++ = (uint8_t)(value >> 8);
    *p++ = (uint8_t)value;
    return p;
}

uint64_t identity_hash(const struct record *record)
{
    uint8_t bytes[2 * END_BYTES + 4], *p = bytes;
    enum side lower = lower_side(record);
    for (int i = 0; i < 2; i++) {
        enum side side = i == 0 ? lower : !lower;
        memcpy(p, record->end[side].address.bytes, 16);
        p = put_be16(p + 16, record->end[side].port);
    }
    p = put_be16(p, (uint16_t)(record->initial_seq >> 16));
    put_be16(p, (uint16_t)record->initial_seq);
    return XXH3_64bits(bytes, sizeof(bytes));
}

void identity_id(const struct record *record, char id[IDENTITY_ID_BYTES])
{
    uint64_t hash = identity_hash(record);
    id[0] = 'c';
    for (int i = 0; i < 16; i++)
        id[1 + i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
    id[17] = '\0';
}

void identity_community(const struct record *record, char id[IDENTITY_COMMUNITY_BYTES])
{
    bool is_ipv4 = address_is_ipv4(&record->end[CLIENT].address) &&
                   address_is_ipv4(&record->end[SERVER].address);
    size_t skip = is_ipv4 ? 12 : 0, length = 16 - skip;
    enum side lower = lower_side(record);
    uint8_t bytes[2 + 2 * 16 + 2 + 4] = {0, 0}, *p = bytes + 2; // seed 0
    memcpy(p, record->end[lower].address.bytes + skip, length);
    memcpy(p + length, record->end[!lower].address.bytes + skip, length);
    p += 2 * length;
    *p++ = PROTOCOL_TCP;
    *p++ = 0;
    p = put_be16(p, record->end[lower].port);
    p = put_be16(p, record->end[!lower].port);

    uint8_t digest[DIGEST_BYTES];
    gsize digest_length = sizeof(digest);
    g_autoptr(GChecksum) sha1 = g_checksum_new(G_CHECKSUM_SHA1);
    g_checksum_update(sha1, bytes, p - bytes);
    g_checksum_get_digest(sha1, digest, &digest_length);
    gint state = 0, save = 0;
    memcpy(id, "1:", 2);
    size_t written = 2 + g_base64_encode_step(digest, sizeof(digest), FALSE, id + 2, &state, &save);
    written += g_base64_encode_close(FALSE, id + written, &state, &save);
    id[written] = '\0';
}
