// SPDX-License-Identifier: BSD-2-Clause
// The flow table: open addressing, a seeded hash, eight bytes a slot; flows live in chunks and
// never move.
#pragma once

#include "base/pages.h"
#include "engine/flow.h"

struct table;

#define TABLE_NONE UINT32_MAX

// `most` flows at once, at most 2^22.
struct table *table_new(uint32_t most);
void table_free(struct table *table);

// For each segment of a batch: a hash of its ends, the same for both directions, unpredictable to
// senders of packets; and the flow that is most likely its own, or NULL. That isn't looked at yet,
// but on its way into the cache.
struct place {
    uint64_t hash;
    struct flow *likely;
};
void table_seek(const struct table *table, const struct segment *segments, size_t count,
                struct place *places);

// The flow of a segment's tuple, either way round, or NULL. Since table_seek() flows may have come
// and gone.
struct flow *table_find(const struct table *table, const struct segment *segment,
                        const struct place *place);

// A zeroed flow for the tuple of this hash, which must not be there; its record's ends must be set
// before the next call. NULL when the table is full.
struct flow *table_add(struct table *table, uint64_t hash);
void table_remove(struct table *table, struct flow *flow);

// At the end: gives the memory of flows from `from` up to `to` (TABLE_NONE: before the first,
// behind the last), whole chunks of them, to `pages`. The table can only be walked on and freed
// afterwards.
void table_release(struct table *table, uint32_t from, uint32_t to, struct pages *pages);

// Walks all flows: pass TABLE_NONE first; TABLE_NONE at the end. Indexes are below table_end().
uint32_t table_after(const struct table *table, uint32_t index);
uint32_t table_end(const struct table *table);
struct flow *table_flow(const struct table *table, uint32_t index);

// Has the flow of any index on its way into the cache, if there is one.
void table_fetch(const struct table *table, uint32_t index);
uint32_t table_count(const struct table *table);
