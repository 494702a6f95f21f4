// SPDX-License-Identifier: BSD-2-Clause
// Dense numbers for keys of one fixed size: 0, 1, 2 ... in the order in which keys are first met.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DENSE_NONE  UINT32_MAX
#define DENSE_USUAL 40 // bytes of keys that are found soonest

struct dense_ids;
struct dense_ids *dense_ids_new(size_t key_size);
void dense_ids_free(struct dense_ids *ids);

// The number of this key; a new one when it was not met yet.
uint32_t dense_ids_add(struct dense_ids *ids, const void *key);

// The number of this key, or DENSE_NONE.
uint32_t dense_ids_find(const struct dense_ids *ids, const void *key);
uint32_t dense_ids_count(const struct dense_ids *ids);
const void *dense_ids_key(const struct dense_ids *ids, uint32_t id);
