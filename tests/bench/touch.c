// SPDX-License-Identifier: BSD-2-Clause
// What memory alone costs `make bench`: touch FILE LINES walks over a generated capture as
// connreuse does (mapped, scouts ahead), finds each packet's flow as connreuse does (in
// batches, slots and flows fetched ahead), writes to LINES cache lines of it, and keeps a record's
// bytes of each connection. Nothing is analysed.
#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "capture/scouts.h"

#define WINDOW      (256u << 10) // that scouts go through at once
#define BATCH       64
#define FILE_HEADER 24
#define FLOWS_MOST  (1u << 22)
#define CHUNK       1024 // flows whose memory is asked for at once
#define LINE        64
#define LINES_MOST  16
#define RECORD      384
#define TUPLE_AT    (16 + 14 + 12) // behind the record's, Ethernet's and half of IPv4's header
#define FLAGS_AT    (TUPLE_AT + 8 + 13)
#define GOLDEN      UINT64_C(0x9e3779b97f4a7c15) // spreads words

static const struct trail trail = {
    .sign = {0, 0, 0xff, 0xff}, .sought = 3, .length_at = 8, .beside = 16, .most = 65535};

enum { FIN = 1, SYN = 2, RST = 4 };

struct flow {
    uint64_t ends[2]; // each an address and a port, the lower one first
    uint64_t touched;
    uint32_t hash, fins;
    uint32_t next; // in its slot, or free
};

struct place {
    const uint8_t *packet;
    uint64_t ends[2];
    uint32_t hash;
};

struct table {
    uint8_t *flows;  // from index 1 on
    uint32_t *slots; // the first flow of each; 0 none
    uint32_t mask, used, free, open;
    size_t flow_bytes;
    uint8_t *records;
    size_t kept;
};

static struct flow *flow_at(const struct table *table, uint32_t index)
{
    return (struct flow *)(void *)(table->flows + index * table->flow_bytes);
}

static uint8_t *map(void *at, size_t bytes, int flags)
{
    void *memory =
        mmap(at, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
    if (memory == MAP_FAILED)
        exit(1);
    return memory;
}

static void grow(struct table *table)
{
    uint32_t *old = table->slots, slots = table->mask + 1;
    table->mask = slots * 2 - 1;
    table->slots = calloc((size_t)slots * 2, sizeof *table->slots);
    for (uint32_t i = 0; i < slots; i++)
        for (uint32_t at = old[i], next; at; at = next) {
            struct flow *flow = flow_at(table, at);
            uint32_t *slot = &table->slots[flow->hash & table->mask];
            next = flow->next;
            flow->next = *slot;
            *slot = at;
        }
    free(old);
}

static void begin(struct table *table, const struct place *place)
{
    if (table->open++ > table->mask / 2)
        grow(table);
    uint32_t index = table->free, *slot = &table->slots[place->hash & table->mask];
    if (index)
        table->free = flow_at(table, index)->next;
    else if ((index = ++table->used) % CHUNK == 0)
        map(flow_at(table, index), CHUNK * table->flow_bytes, MAP_FIXED | MAP_POPULATE);
    *flow_at(table, index) =
        (struct flow){.ends = {place->ends[0], place->ends[1]}, .hash = place->hash, .next = *slot};
    *slot = index;
}

static void keep(struct table *table, const struct flow *flow)
{
    memcpy(table->records + table->kept++ * RECORD, flow, RECORD);
}

static void take(struct table *table, const struct place *place)
{
    uint8_t flags = place->packet[FLAGS_AT];
    uint32_t *link = &table->slots[place->hash & table->mask];
    struct flow *flow = NULL;
    while (*link && ((flow = flow_at(table, *link))->ends[0] != place->ends[0] ||
                     flow->ends[1] != place->ends[1]))
        link = &flow->next;
    if (!*link) {
        if (flags & SYN)
            begin(table, place);
        return;
    }
    for (size_t at = offsetof(struct flow, touched); at < table->flow_bytes; at += LINE)
        ++*(uint64_t *)(void *)((uint8_t *)flow + at);
    flow->fins += flags & FIN;
    if (flow->fins < 2 && !(flags & RST))
        return;
    uint32_t index = *link;
    keep(table, flow);
    *link = flow->next;
    flow->next = table->free;
    table->free = index;
    table->open--;
}

static void locate(const struct table *table, struct place *place)
{
    uint32_t addresses[2];
    uint16_t ports[2];
    memcpy(addresses, place->packet + TUPLE_AT, sizeof addresses);
    memcpy(ports, place->packet + TUPLE_AT + sizeof addresses, sizeof ports);
    uint64_t from = (uint64_t)addresses[0] << 16 | ports[0];
    uint64_t to = (uint64_t)addresses[1] << 16 | ports[1];
    place->ends[0] = from < to ? from : to;
    place->ends[1] = from < to ? to : from;
    uint64_t hash = place->ends[0] * GOLDEN ^ place->ends[1];
    place->hash = (uint32_t)((hash ^ hash >> 29) * GOLDEN >> 32);
    __builtin_prefetch(&table->slots[place->hash & table->mask]);
}

static void take_batch(struct table *table, struct place *places, size_t count)
{
    for (size_t i = 0; i < count; i++)
        locate(table, &places[i]);
    for (size_t i = 0; i < count; i++) {
        uint32_t index = table->slots[places[i].hash & table->mask];
        for (size_t at = 0; at < table->flow_bytes; at += LINE)
            __builtin_prefetch((uint8_t *)flow_at(table, index) + at);
    }
    for (size_t i = 0; i < count; i++)
        take(table, &places[i]);
}

static void take_all(struct table *table, const uint8_t *at, const uint8_t *end)
{
    struct place places[BATCH];
    size_t count = 0;
    const uint8_t *scouted = at;
    for (uint32_t captured; end - at >= 16; at += 16 + captured) {
        if (at >= scouted) {
            size_t left = (size_t)(end - at), window = left < WINDOW ? left : WINDOW;
            scouts_send(&trail, (struct slice){at, window});
            scouted = at + window;
        }
        memcpy(&captured, at + 8, sizeof captured);
        if (captured > (size_t)(end - at) - 16)
            break;
        places[count++].packet = at;
        if (count == BATCH) {
            take_batch(table, places, count);
            count = 0;
        }
    }
    take_batch(table, places, count);
}

int main(int argc, char **argv)
{
    struct stat status;
    int lines = argc == 3 ? atoi(argv[2]) : 0, file = argc == 3 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0 || lines < 1 || lines > LINES_MOST || fstat(file, &status) != 0)
        return 1;
    size_t size = (size_t)status.st_size;
    const uint8_t *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED || size < FILE_HEADER)
        return 1;
    struct table table = {.flow_bytes = (size_t)lines * LINE};
    table.flows = map(NULL, FLOWS_MOST * table.flow_bytes + RECORD, MAP_NORESERVE);
    table.records = map(NULL, (size_t)FLOWS_MOST * RECORD, MAP_NORESERVE);
    table.slots = calloc(1, sizeof *table.slots);
    take_all(&table, bytes + FILE_HEADER, bytes + size);
    for (uint32_t i = 0; i <= table.mask; i++)
        for (uint32_t at = table.slots[i]; at; at = flow_at(&table, at)->next)
            keep(&table, flow_at(&table, at));
    return printf("%zu\n", table.kept) < 0;
}
