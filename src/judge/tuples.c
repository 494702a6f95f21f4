// SPDX-License-Identifier: BSD-2-Clause
// Hashes addresses once for each pair, so that no record has to be read for them.
#include "judge/tuples.h"

#include <string.h>

#include "base/pages.h"
#include "judge/repeats.h"

// What a pair's connections have alike: hashes of the client's address, and of the server's end.
struct pair_hash {
    uint64_t client, server;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t address_hash(const struct address *address)
{
    uint64_t halves[2];
    memcpy(halves, address->bytes, sizeof halves);
    return mix(mix(UINT64_C(0x2545f4914f6cdd1d), halves[0]), halves[1]);
}

static struct pair_hash *hash_pairs(const GArray *pairs)
{
    struct pair_hash *hashes = g_new(struct pair_hash, (size_t)pairs->len + 1);
    for (guint p = 0; p < pairs->len; p++) {
        const struct pair *pair = &g_array_index(pairs, struct pair, p);
        hashes[p].client = address_hash(&pair->client);
        hashes[p].server = mix(address_hash(&pair->server.address), pair->server.port);
    }
    return hashes;
}

// The same for both directions. Two tuples of one key only make a list longer.
static uint64_t *keys_new(const struct analysis *analysis, const struct host_marks *marks)
{
    struct pair_hash *hashes = hash_pairs(analysis->pairs);
    uint64_t *keys = pages_array(uint64_t, analysis->record_count + 1);
    for (size_t i = 0; i < analysis->record_count; i++) {
        const struct pair_hash *hash = &hashes[analysis->pair_of[i]];
        uint16_t port = marks ? marks[i].of[MARK_PORT] : analysis->records[i].end[CLIENT].port;
        keys[i] = mix(hash->client, port) + hash->server;
    }
    g_free(hashes);
    return keys;
}

GArray *tuples_alike(const struct analysis *analysis, const struct host_marks *marks)
{
    if (analysis->alike)
        return g_array_ref(analysis->alike);
    uint64_t *keys = keys_new(analysis, marks);
    GArray *alike = repeats_find(keys, analysis->record_count);
    g_free(keys);
    return alike;
}
