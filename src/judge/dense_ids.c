// SPDX-License-Identifier: BSD-2-Clause
// An open-addressing table of numbers beside an array of keys. The hash is seeded: keys come from
// the wire.
#include "judge/dense_ids.h"

#include <glib.h>
#include <string.h>

#include "base/fold.h"

struct dense_ids {
    size_t key_size;
    uint64_t seeds[2];
    uint32_t *slots; // id + 1; 0 free
    uint32_t mask, count, room;
    uint8_t *keys;
};

struct dense_ids *dense_ids_new(size_t key_size)
{
    struct dense_ids *ids = g_new0(struct dense_ids, 1);
    ids->key_size = key_size;
    for (int i = 0; i < 2; i++)
        ids->seeds[i] = (uint64_t)g_random_int() << 32 | g_random_int();
    ids->mask = 255;
    ids->room = 128;
    ids->slots = g_new0(uint32_t, ids->mask + 1);
    ids->keys = g_malloc(ids->room * key_size);
    return ids;
}

void dense_ids_free(struct dense_ids *ids)
{
    if (!ids)
        return;
    g_free(ids->slots);
    g_free(ids->keys);
    g_free(ids);
}

static inline uint64_t word_at(const uint8_t *bytes, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, bytes, MIN(size, sizeof word));
    return word;
}

static inline uint32_t hash_of(const struct dense_ids *ids, const uint8_t *key, size_t rest)
{
    uint64_t hash = ids->seeds[0];
    for (; rest >= 16; rest -= 16, key += 16)
        hash = fold(word_at(key, 8) ^ hash, word_at(key + 8, 8) ^ ids->seeds[1]);
    if (rest > 8)
        hash = fold(word_at(key, 8) ^ hash, word_at(key + 8, rest - 8) ^ ids->seeds[1]);
    else if (rest > 0)
        hash = fold(word_at(key, rest) ^ hash, ids->seeds[1]);
    return (uint32_t)hash;
}

static inline uint32_t search(const struct dense_ids *ids, const void *key, size_t size)
{
    uint32_t slot = hash_of(ids, key, size) & ids->mask;
    while (ids->slots[slot]) {
        const uint8_t *other = ids->keys + (size_t)(ids->slots[slot] - 1) * size;
        if (memcmp(other, key, size) == 0)
            break;
        slot = (slot + 1) & ids->mask;
    }
    return slot;
}

// The slot that holds the key, or the free one where it belongs.
static uint32_t slot_of(const struct dense_ids *ids, const void *key)
{
    return ids->key_size == DENSE_USUAL ? search(ids, key, DENSE_USUAL)
                                        : search(ids, key, ids->key_size);
}

static void dense_ids_grow(struct dense_ids *ids)
{
    g_assert(ids->room < UINT32_C(1) << 30);
    ids->room *= 2;
    ids->keys = g_realloc(ids->keys, ids->room * ids->key_size);
    g_free(ids->slots);
    ids->mask = ids->mask * 2 + 1;
    ids->slots = g_new0(uint32_t, (size_t)ids->mask + 1);
    for (uint32_t id = 0; id < ids->count; id++) {
        uint32_t slot = hash_of(ids, ids->keys + id * ids->key_size, ids->key_size) & ids->mask;
        while (ids->slots[slot])
            slot = (slot + 1) & ids->mask;
        ids->slots[slot] = id + 1;
    }
}

uint32_t dense_ids_add(struct dense_ids *ids, const void *key)
{
    uint32_t slot = slot_of(ids, key);
    if (ids->slots[slot])
        return ids->slots[slot] - 1;
    if (ids->count == ids->room) {
        dense_ids_grow(ids);
        slot = slot_of(ids, key);
    }
    memcpy(ids->keys + ids->count * ids->key_size, key, ids->key_size);
    ids->slots[slot] = ++ids->count;
    return ids->count - 1;
}

uint32_t dense_ids_find(const struct dense_ids *ids, const void *key)
{
    uint32_t slot = slot_of(ids, key);
    return ids->slots[slot] ? ids->slots[slot] - 1 : DENSE_NONE;
}

uint32_t dense_ids_count(const struct dense_ids *ids)
{
    return ids->count;
}

const void *dense_ids_key(const struct dense_ids *ids, uint32_t id)
{
    return id < ids->count ? ids->keys + id * ids->key_size : NULL;
}
