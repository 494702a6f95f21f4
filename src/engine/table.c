// SPDX-License-Identifier: BSD-2-Clause
// The flow table. A slot holds a flow's index and 42 bits of its hash, so that neither a miss nor a
// slot that moves touches a flow; removal shifts followers back, so there are no tombstones.
#include "engine/table.h"

#include "base/fold.h"
#include "engine/orient.h"

#define CHUNK_BITS  10
#define CHUNK_FLOWS (1u << CHUNK_BITS)
#define CHUNK_BYTES (CHUNK_FLOWS * sizeof(struct flow))
#define INDEX_BITS  22
#define INDEX_MASK  ((1u << INDEX_BITS) - 1)
#define SLOT_EMPTY  UINT64_MAX
#define KEYS        4
#define LINE        64 // of a processor's cache
#define FLOW_LINES  ((sizeof(struct flow) + LINE - 1) / LINE)
#define HEAD_LINES  4 // of a payload: what heads mostly take

struct table {
    uint64_t *slots;
    uint32_t mask; // slots - 1
    uint32_t count, most;
    uint32_t used;       // flows ever handed out
    uint32_t first_free; // list through flow->client_rtt_us
    uint64_t keys[KEYS]; // random: a sender can't choose tuples that fall into one slot
    struct flow **chunks;
};

// Memory from the system itself, so that it goes back when it is freed: allocators keep what lies
// below other memory, and the records need the room at the end. Behind the first chunk all of it is
// asked for at once: cheaper than page by page.
static struct flow *chunk_new(bool is_first)
{
    struct flow *chunk = pages_new(CHUNK_BYTES);
    if (!is_first)
        pages_ask(chunk, CHUNK_BYTES);
    return chunk;
}

static uint64_t *slots_new(uint32_t mask)
{
    size_t bytes = sizeof(uint64_t) * ((size_t)mask + 1);
    return memset(g_malloc(bytes), 0xff, bytes);
}

struct table *table_new(uint32_t most)
{
    struct table *table = g_new0(struct table, 1);
    table->most = MIN(most, INDEX_MASK);
    table->mask = 1023;
    table->slots = slots_new(table->mask);
    table->chunks = g_new0(struct flow *, (table->most >> CHUNK_BITS) + 1);
    table->first_free = TABLE_NONE;
    for (int i = 0; i < KEYS; i++)
        table->keys[i] = (uint64_t)g_random_int() << 32 | g_random_int();
    return table;
}

void table_free(struct table *table)
{
    for (uint32_t i = 0; i <= table->most >> CHUNK_BITS; i++)
        pages_free(table->chunks[i], CHUNK_BYTES);
    g_free(table->chunks);
    g_free(table->slots);
    g_free(table);
}

struct flow *table_flow(const struct table *table, uint32_t index)
{
    return &table->chunks[index >> CHUNK_BITS][index & (CHUNK_FLOWS - 1)];
}

// NH of UMAC (RFC 4418 section 5.2) over words of 64 bits, folded.
static inline uint64_t hash_end(const uint64_t *keys, const struct endpoint *end)
{
    uint64_t words[2];
    memcpy(words, end->address.bytes, sizeof words);
    return fold(words[0] + keys[0] + end->port * keys[1], words[1] + keys[2]);
}

// Multiplied, not added: else the hashes of two ends that change in opposite ways would add up to
// one sum.
static inline uint64_t hash_ends(const uint64_t *keys, const struct endpoint *one,
                                 const struct endpoint *other)
{
    return (hash_end(keys, one) + keys[3]) * (hash_end(keys, other) + keys[3]);
}

static uint64_t hash_flow(const struct table *table, const struct flow *flow)
{
    const struct record *record = &flow->record;
    struct endpoint client = {record->end[CLIENT].address, record->end[CLIENT].port};
    struct endpoint server = {record->end[SERVER].address, record->end[SERVER].port};
    return hash_ends(table->keys, &client, &server);
}

static uint64_t slot_of(uint64_t hash, uint32_t index)
{
    return (hash & ~(uint64_t)INDEX_MASK) | index;
}

// Where a slot, or a hash, belongs.
static uint32_t home(uint64_t hash, uint32_t mask)
{
    return (uint32_t)(hash >> INDEX_BITS) & mask;
}

static bool is_alike(uint64_t slot, uint64_t hash)
{
    return (slot ^ hash) >> INDEX_BITS == 0;
}

// Whether a flow, or memory that was one, is in the table for the segment's tuple.
static inline bool is_flow_of(const struct flow *flow, const struct segment *segment)
{
    bool is_forth = segment->from.port == flow->record.end[CLIENT].port;
    return flow_is(flow, FLOW_LIVE) && ((is_forth && orient_is_from(flow, segment, CLIENT)) ||
                                        orient_is_from(flow, segment, SERVER));
}

// Apart, so that table_find() saves no registers for it.
static __attribute__((noinline)) struct flow *
search(const struct table *table, const struct segment *segment, const struct place *place)
{
    for (uint32_t at = home(place->hash, table->mask);; at = (at + 1) & table->mask) {
        uint64_t slot = table->slots[at];
        if (slot == SLOT_EMPTY)
            return NULL;
        struct flow *flow = table_flow(table, slot & INDEX_MASK);
        if (is_alike(slot, place->hash) && is_flow_of(flow, segment))
            return flow;
    }
}

struct flow *table_find(const struct table *table, const struct segment *segment,
                        const struct place *place)
{
    if (place->likely && is_flow_of(place->likely, segment))
        return place->likely;
    return search(table, segment, place);
}

static inline void fetch(const void *at, size_t lines)
{
#pragma GCC unroll 8
    for (size_t line = 0; line < lines; line++)
        __builtin_prefetch((const char *)at + line * LINE);
}

// Apart, as its loops need all registers.
__attribute__((noinline)) void table_seek(const struct table *table, const struct segment *segments,
                                          size_t count, struct place *places)
{
    const uint64_t *slots = table->slots;
    const uint32_t mask = table->mask;
    for (size_t i = 0; i < count; i++) {
        places[i].hash = hash_ends(table->keys, &segments[i].from, &segments[i].to);
        __builtin_prefetch(&slots[home(places[i].hash, mask)]);
        if (segments[i].payload.length > 0)
            fetch(segments[i].payload.at, HEAD_LINES);
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t at = home(places[i].hash, mask);
        while (slots[at] != SLOT_EMPTY && !is_alike(slots[at], places[i].hash))
            at = (at + 1) & mask;
        bool is_there = slots[at] != SLOT_EMPTY;
        places[i].likely = is_there ? table_flow(table, slots[at] & INDEX_MASK) : NULL;
        if (is_there)
            fetch(places[i].likely, FLOW_LINES);
    }
}

static void insert(struct table *table, uint64_t slot)
{
    uint32_t at = home(slot, table->mask);
    while (table->slots[at] != SLOT_EMPTY)
        at = (at + 1) & table->mask;
    table->slots[at] = slot;
}

static void grow(struct table *table)
{
    uint32_t old_mask = table->mask;
    uint64_t *old = table->slots;
    table->mask = old_mask * 2 + 1;
    table->slots = slots_new(table->mask);
    for (uint32_t i = 0; i <= old_mask; i++) {
        if (old[i] != SLOT_EMPTY)
            insert(table, old[i]);
    }
    g_free(old);
}

static uint32_t take_index(struct table *table)
{
    uint32_t index = table->first_free;
    if (index != TABLE_NONE) {
        struct flow *flow = table_flow(table, index);
        table->first_free = flow->client_rtt_us;
        *flow = (struct flow){0};
        return index;
    }
    index = table->used++;
    if (!table->chunks[index >> CHUNK_BITS])
        table->chunks[index >> CHUNK_BITS] = chunk_new(index < CHUNK_FLOWS);
    return index;
}

struct flow *table_add(struct table *table, uint64_t hash)
{
    if (table->count >= table->most)
        return NULL;
    if (table->count + table->count / 2 >= table->mask)
        grow(table);
    uint32_t index = take_index(table);
    insert(table, slot_of(hash, index));
    struct flow *flow = table_flow(table, index);
    flow->flags = FLOW_LIVE;
    table->count++;
    return flow;
}

// Closes the hole at `at`: every follower that may not stay behind a free slot moves up.
static void shift_back(struct table *table, uint32_t at)
{
    uint32_t hole = at;
    for (uint32_t next = (at + 1) & table->mask; table->slots[next] != SLOT_EMPTY;
         next = (next + 1) & table->mask) {
        uint32_t distance = (next - home(table->slots[next], table->mask)) & table->mask;
        if (distance >= ((next - hole) & table->mask)) {
            table->slots[hole] = table->slots[next];
            hole = next;
        }
    }
    table->slots[hole] = SLOT_EMPTY;
}

void table_remove(struct table *table, struct flow *flow)
{
    uint64_t hash = hash_flow(table, flow);
    uint32_t at = home(hash, table->mask);
    while (!is_alike(table->slots[at], hash) ||
           table_flow(table, table->slots[at] & INDEX_MASK) != flow)
        at = (at + 1) & table->mask;
    uint32_t index = table->slots[at] & INDEX_MASK;
    shift_back(table, at);
    flow->client_rtt_us = table->first_free;
    table->first_free = index;
    flow->flags = 0;
    table->count--;
}

uint32_t table_after(const struct table *table, uint32_t index)
{
    for (index = index == TABLE_NONE ? 0 : index + 1; index < table->used; index++) {
        if (table->chunks[index >> CHUNK_BITS] && flow_is(table_flow(table, index), FLOW_LIVE))
            return index;
    }
    return TABLE_NONE;
}

uint32_t table_end(const struct table *table)
{
    return table->used;
}

void table_fetch(const struct table *table, uint32_t index)
{
    if (index < table->used && table->chunks[index >> CHUNK_BITS])
        fetch(table_flow(table, index), FLOW_LINES);
}

void table_release(struct table *table, uint32_t from, uint32_t to, struct pages *pages)
{
    g_clear_pointer(&table->slots, g_free); // only flows are walked on
    uint32_t first = from == TABLE_NONE ? 0 : from >> CHUNK_BITS;
    uint32_t end =
        to == TABLE_NONE ? (table->used + CHUNK_FLOWS - 1) >> CHUNK_BITS : to >> CHUNK_BITS;
    for (uint32_t chunk = first; chunk < end; chunk++) {
        if (table->chunks[chunk])
            pages_give(pages, table->chunks[chunk], CHUNK_BYTES);
        table->chunks[chunk] = NULL;
    }
}

uint32_t table_count(const struct table *table)
{
    return table->count;
}
