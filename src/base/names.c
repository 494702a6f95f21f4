// SPDX-License-Identifier: BSD-2-Clause
// Interned strings: an open-addressing table of ids over an arena of bytes that never move.
#include "base/names.h"

#include <glib.h>
#include <sys/random.h>

#include "base/pages.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define BLOCK_BYTES (64 * 1024)
#define SLOTS_FIRST 1024

struct name {
    const uint8_t *at;
    uint32_t length;
    bool is_cut;
};

// A hash beside the id, so that another name's slot costs no look at that name.
struct slot {
    uint32_t id; // 0: free
    uint32_t hash;
};

// Ids are given in order of first appearance, so that output doesn't depend on the seed. The seed
// is random: a sender can't choose texts that fall into one slot.
struct names {
    struct name *names; // [id - 1]
    uint32_t count, names_room;
    struct slot *slots;
    uint32_t slot_mask;
    GPtrArray *blocks;
    uint8_t *free_at;
    size_t free_bytes;
    uint64_t bytes, refused;
    uint64_t seed;
    uint32_t most_names;
    uint64_t most_bytes;
};

struct names *names_new(const struct limits *limits)
{
    struct names *names = g_new0(struct names, 1);
    names->blocks = g_ptr_array_new_with_free_func(g_free);
    names->slots = g_new0(struct slot, SLOTS_FIRST);
    names->slot_mask = SLOTS_FIRST - 1;
    names->most_names = limits->names;
    names->most_bytes = limits->names_bytes;
    if (getrandom(&names->seed, sizeof(names->seed), GRND_NONBLOCK) != sizeof(names->seed))
        names->seed = (uint64_t)g_get_monotonic_time() ^ (uintptr_t)names;
    return names;
}

void names_free(struct names *names)
{
    if (!names)
        return;
    g_ptr_array_free(names->blocks, TRUE);
    g_free(names->names);
    g_free(names->slots);
    g_free(names);
}

// Slots stay at most half full: a probe is short, and there is always a free one.
static void grow_slots(struct names *names)
{
    if ((names->count + 1) * UINT64_C(2) <= names->slot_mask + UINT64_C(1))
        return;
    uint32_t mask = names->slot_mask * 2 + 1;
    struct slot *slots = g_new0(struct slot, (size_t)mask + 1);
    pages_ask(slots, ((size_t)mask + 1) * sizeof *slots);
    for (uint32_t i = 0; i <= names->slot_mask; i++) {
        struct slot old = names->slots[i];
        if (old.id == 0)
            continue;
        uint32_t slot = old.hash & mask;
        while (slots[slot].id)
            slot = (slot + 1) & mask;
        slots[slot] = old;
    }
    g_free(names->slots);
    names->slots = slots;
    names->slot_mask = mask;
}

static const uint8_t *keep_bytes(struct names *names, struct slice text)
{
    if (text.length > names->free_bytes) {
        names->free_bytes = MAX(text.length, BLOCK_BYTES);
        names->free_at = g_malloc(names->free_bytes);
        g_ptr_array_add(names->blocks, names->free_at);
    }
    uint8_t *at = memcpy(names->free_at, text.at, text.length);
    names->free_at += text.length;
    names->free_bytes -= text.length;
    return at;
}

static bool is_name(const struct name *name, struct slice text, bool is_cut)
{
    return name->is_cut == is_cut && name->length == text.length &&
           memcmp(name->at, text.at, text.length) == 0;
}

static uint32_t hash_of(const struct names *names, struct slice text)
{
    return (uint32_t)XXH3_64bits_withSeed(text.at, text.length, names->seed);
}

uint32_t names_find(const struct names *names, struct slice text)
{
    if (text.length == 0)
        return 0;
    uint32_t hash = hash_of(names, text);
    uint32_t slot = hash & names->slot_mask;
    while (names->slots[slot].id &&
           (names->slots[slot].hash != hash ||
            !is_name(&names->names[names->slots[slot].id - 1], text, false)))
        slot = (slot + 1) & names->slot_mask;
    return names->slots[slot].id;
}

// A text that is to get an id; when it is new, it is kept here, unless it `lasts` where it is.
struct candidate {
    struct slice text;
    bool is_cut, lasts;
};

static uint32_t intern(struct names *names, const struct candidate *candidate)
{
    const struct slice text = candidate->text;
    if (text.length == 0)
        return 0;
    const uint32_t hash = hash_of(names, text);
    uint32_t slot = hash & names->slot_mask;
    for (; names->slots[slot].id; slot = (slot + 1) & names->slot_mask) {
        uint32_t id = names->slots[slot].id;
        if (names->slots[slot].hash == hash &&
            is_name(&names->names[id - 1], text, candidate->is_cut))
            return id;
    }
    if (names->count >= names->most_names || text.length > UINT32_MAX ||
        names->bytes + text.length > names->most_bytes) {
        names->refused++;
        return 0;
    }
    if (names->count == names->names_room) {
        names->names_room = names->names_room ? names->names_room * 2 : SLOTS_FIRST / 2;
        names->names = g_renew(struct name, names->names, names->names_room);
    }
    const uint8_t *at = candidate->lasts ? text.at : keep_bytes(names, text);
    names->names[names->count++] = (struct name){at, (uint32_t)text.length, candidate->is_cut};
    names->bytes += text.length;
    names->slots[slot] = (struct slot){names->count, hash};
    grow_slots(names);
    return names->count;
}

uint32_t names_intern(struct names *names, struct slice text, size_t most)
{
    struct slice first = slice_first(text, most);
    struct candidate one = {first, text.length > most, false};
    return intern(names, &one);
}

uint32_t names_adopt(struct names *names, const struct names *from, uint32_t id)
{
    struct slice text = names_text(from, id);
    struct candidate one = {text, names_is_cut(from, id), true};
    return intern(names, &one);
}

struct slice names_text(const struct names *names, uint32_t id)
{
    if (id == 0 || id > names->count)
        return slice_of(NULL, 0);
    return slice_of(names->names[id - 1].at, names->names[id - 1].length);
}

bool names_is_cut(const struct names *names, uint32_t id)
{
    return id != 0 && id <= names->count && names->names[id - 1].is_cut;
}

bool names_is(const struct names *names, uint32_t id, struct slice text)
{
    return id != 0 && id <= names->count && is_name(&names->names[id - 1], text, false);
}

uint32_t names_count(const struct names *names)
{
    return names->count;
}

uint64_t names_refused(const struct names *names)
{
    return names->refused;
}
