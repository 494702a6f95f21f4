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

// The hash of a segment's addresses and ports, the same for both directions, unpredictable to
// senders of packets.
uint64_t table_hash(const struct table *table, const struct segment *segment);

// The flow of a segment's tuple, either way round, or NULL. `hash`: table_hash() of it.
struct flow *table_find(const struct table *table, const struct segment *segment, uint64_t hash);

// The same for a segment of a batch: asks the cache for a hash's slot; then, that slot being there,
// for the flow that is most likely (it isn't looked at); then looks there first.
void table_prefetch_slot(const struct table *table, uint64_t hash);
struct flow *table_prefetch_flow(const struct table *table, uint64_t hash);
struct flow *table_find_near(const struct table *table, const struct segment *segment,
                             uint64_t hash, struct flow *likely);

// A zeroed flow for the tuple of this hash, which must not be there; its record's ends must be set
// before the next call. NULL when the table is full.
struct flow *table_add(struct table *table, uint64_t hash);
void table_remove(struct table *table, struct flow *flow);

// At the end: gives the memory of flows from `from` up to `to` (TABLE_NONE: before the first,
// behind the last), whole chunks of them, to `pages`. The table can only be walked on and freed
// afterwards.
void table_release(struct table *table, uint32_t from, uint32_t to, struct pages *pages);

// Walks all flows: pass TABLE_NONE first; TABLE_NONE at the end.
uint32_t table_after(const struct table *table, uint32_t index);
struct flow *table_flow(const struct table *table, uint32_t index);
uint32_t table_count(const struct table *table);
