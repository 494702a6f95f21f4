// SPDX-License-Identifier: BSD-2-Clause
// The flow table. A slot holds a flow's index and ten bits of its hash, so that a miss seldom
// touches a flow; removal shifts followers back, so there are no tombstones.
#include "engine/table.h"

#include <sys/mman.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define CHUNK_BITS  10
#define CHUNK_FLOWS (1u << CHUNK_BITS)
#define INDEX_BITS  22
#define INDEX_MASK  ((1u << INDEX_BITS) - 1)
#define SLOT_EMPTY  UINT32_MAX

struct table {
    uint32_t *slots;
    uint32_t mask; // slots - 1
    uint32_t count, most;
    uint32_t used;       // flows ever handed out
    uint32_t first_free; // list through flow->client_rtt_us
    uint64_t seed;
    struct flow **chunks;
    uint8_t *is_live; // per flow
};

// Memory from the system itself, all zero, so that it goes back when it is freed: allocators keep
// what lies below other memory, and the records need the room at the end.
static struct flow *chunk_new(void)
{
    void *chunk = mmap(NULL, CHUNK_FLOWS * sizeof(struct flow), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED)
        g_error("no memory for more connections");
    return chunk;
}

static void chunk_free(struct flow *chunk)
{
    if (chunk)
        munmap(chunk, CHUNK_FLOWS * sizeof(struct flow));
}

struct tuple {
    struct address low, high;
    uint16_t low_port, high_port;
};

struct table *table_new(uint32_t most)
{
    struct table *table = g_new0(struct table, 1);
    table->most = MIN(most, INDEX_MASK);
    table->mask = 1023;
    table->slots = g_malloc(sizeof *table->slots * (table->mask + 1));
    memset(table->slots, 0xff, sizeof *table->slots * (table->mask + 1));
    table->chunks = g_new0(struct flow *, (table->most >> CHUNK_BITS) + 1);
    table->is_live = g_new0(uint8_t, table->most);
    table->first_free = TABLE_NONE;
    table->seed = (uint64_t)g_random_int() << 32 | g_random_int();
    return table;
}

void table_free(struct table *table)
{
    for (uint32_t i = 0; i <= table->most >> CHUNK_BITS; i++)
        chunk_free(table->chunks[i]);
    g_free(table->chunks);
    g_free(table->is_live);
    g_free(table->slots);
    g_free(table);
}

struct flow *table_flow(const struct table *table, uint32_t index)
{
    return &table->chunks[index >> CHUNK_BITS][index & (CHUNK_FLOWS - 1)];
}

static uint64_t hash_ends(uint64_t seed, const struct endpoint *a, const struct endpoint *b)
{
    int order = memcmp(&a->address, &b->address, sizeof a->address);
    bool is_swapped = order > 0 || (order == 0 && a->port > b->port);
    const struct endpoint *low = is_swapped ? b : a, *high = is_swapped ? a : b;
    struct tuple tuple = {low->address, high->address, low->port, high->port};
    return XXH3_64bits_withSeed(&tuple, sizeof tuple, seed);
}

uint64_t table_hash(const struct table *table, const struct segment *segment)
{
    return hash_ends(table->seed, &segment->from, &segment->to);
}

static uint32_t hash_flow(const struct table *table, const struct flow *flow)
{
    const struct record *record = &flow->record;
    struct endpoint client = {record->end[CLIENT].address, record->end[CLIENT].port};
    struct endpoint server = {record->end[SERVER].address, record->end[SERVER].port};
    return (uint32_t)hash_ends(table->seed, &client, &server);
}

static uint32_t slot_of(uint32_t hash, uint32_t index)
{
    return (hash & ~INDEX_MASK) | index;
}

static bool is_end(const struct record *record, enum side side, const struct endpoint *end)
{
    return record->end[side].port == end->port &&
           memcmp(&record->end[side].address, &end->address, sizeof end->address) == 0;
}

static bool is_tuple(const struct record *record, const struct segment *segment)
{
    return (is_end(record, CLIENT, &segment->from) && is_end(record, SERVER, &segment->to)) ||
           (is_end(record, SERVER, &segment->from) && is_end(record, CLIENT, &segment->to));
}

uint32_t table_find(const struct table *table, const struct segment *segment, uint64_t hash)
{
    for (uint32_t at = (uint32_t)hash & table->mask;; at = (at + 1) & table->mask) {
        uint32_t slot = table->slots[at];
        if (slot == SLOT_EMPTY)
            return TABLE_NONE;
        uint32_t index = slot & INDEX_MASK;
        if (((slot ^ (uint32_t)hash) & ~INDEX_MASK) == 0 &&
            is_tuple(&table_flow(table, index)->record, segment))
            return index;
    }
}

void table_prefetch_slot(const struct table *table, uint64_t hash)
{
    __builtin_prefetch(&table->slots[(uint32_t)hash & table->mask]);
}

void table_prefetch_flow(const struct table *table, uint64_t hash)
{
    uint32_t slot = table->slots[(uint32_t)hash & table->mask];
    if (slot == SLOT_EMPTY || ((slot ^ (uint32_t)hash) & ~INDEX_MASK) != 0)
        return;
    const char *flow = (const char *)table_flow(table, slot & INDEX_MASK);
    for (size_t line = 0; line < sizeof(struct flow); line += 64)
        __builtin_prefetch(flow + line);
}

static void insert(struct table *table, uint32_t hash, uint32_t index)
{
    uint32_t at = hash & table->mask;
    while (table->slots[at] != SLOT_EMPTY)
        at = (at + 1) & table->mask;
    table->slots[at] = slot_of(hash, index);
}

static void grow(struct table *table)
{
    uint32_t old_mask = table->mask, *old = table->slots;
    table->mask = old_mask * 2 + 1;
    table->slots = g_malloc(sizeof *table->slots * ((size_t)table->mask + 1));
    memset(table->slots, 0xff, sizeof *table->slots * ((size_t)table->mask + 1));
    for (uint32_t i = 0; i <= old_mask; i++) {
        uint32_t index = old[i] & INDEX_MASK;
        if (old[i] != SLOT_EMPTY)
            insert(table, hash_flow(table, table_flow(table, index)), index);
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
        table->chunks[index >> CHUNK_BITS] = chunk_new();
    return index;
}

uint32_t table_add(struct table *table, uint64_t hash)
{
    if (table->count >= table->most)
        return TABLE_NONE;
    if (table->count + table->count / 3 >= table->mask)
        grow(table);
    uint32_t index = take_index(table);
    insert(table, (uint32_t)hash, index);
    table->is_live[index] = true;
    table->count++;
    return index;
}

// Closes the hole at `at`: every follower that may not stay behind a free slot moves up.
static void shift_back(struct table *table, uint32_t at)
{
    uint32_t hole = at;
    for (uint32_t next = (at + 1) & table->mask; table->slots[next] != SLOT_EMPTY;
         next = (next + 1) & table->mask) {
        uint32_t index = table->slots[next] & INDEX_MASK;
        uint32_t home = hash_flow(table, table_flow(table, index)) & table->mask;
        if (((next - home) & table->mask) >= ((next - hole) & table->mask)) {
            table->slots[hole] = table->slots[next];
            hole = next;
        }
    }
    table->slots[hole] = SLOT_EMPTY;
}

void table_remove(struct table *table, uint32_t index)
{
    struct flow *flow = table_flow(table, index);
    uint32_t at = hash_flow(table, flow) & table->mask;
    while (table->slots[at] == SLOT_EMPTY || (table->slots[at] & INDEX_MASK) != index)
        at = (at + 1) & table->mask;
    shift_back(table, at);
    flow->client_rtt_us = table->first_free;
    table->first_free = index;
    table->is_live[index] = false;
    table->count--;
}

bool table_is_live(const struct table *table, uint32_t index)
{
    return table->is_live[index];
}

uint32_t table_after(const struct table *table, uint32_t index)
{
    for (index = index == TABLE_NONE ? 0 : index + 1; index < table->used; index++) {
        if (table->is_live[index])
            return index;
    }
    return TABLE_NONE;
}

void table_release(struct table *table, uint32_t from, uint32_t to)
{
    uint32_t first = from == TABLE_NONE ? 0 : from >> CHUNK_BITS;
    uint32_t end =
        to == TABLE_NONE ? (table->used + CHUNK_FLOWS - 1) >> CHUNK_BITS : to >> CHUNK_BITS;
    for (uint32_t chunk = first; chunk < end; chunk++) {
        chunk_free(table->chunks[chunk]);
        table->chunks[chunk] = NULL;
        memset(table->is_live + (size_t)chunk * CHUNK_FLOWS, 0,
               MIN(CHUNK_FLOWS, table->most - chunk * CHUNK_FLOWS));
    }
}

uint32_t table_count(const struct table *table)
{
    return table->count;
}
