// SPDX-License-Identifier: BSD-2-Clause
// The flow table: open addressing, a seeded hash, four bytes a slot; flows live in chunks and
// never move.
#pragma once

#include "engine/flow.h"

struct table;

#define TABLE_NONE UINT32_MAX

// `most` flows at once, at most 2^22.
struct table *table_new(uint32_t most);
void table_free(struct table *table);

// The flow of a segment's addresses and ports, either way round, or TABLE_NONE.
uint32_t table_find(const struct table *table, const struct segment *segment);

// A zeroed flow for this segment's tuple, which must not be there; its record's ends must be set
// before the next call. TABLE_NONE when the table is full.
uint32_t table_add(struct table *table, const struct segment *segment);
void table_remove(struct table *table, uint32_t index);
struct flow *table_flow(const struct table *table, uint32_t index);

bool table_is_live(const struct table *table, uint32_t index);

// Walks all flows: pass TABLE_NONE first; TABLE_NONE at the end.
uint32_t table_after(const struct table *table, uint32_t index);
uint32_t table_count(const struct table *table);
