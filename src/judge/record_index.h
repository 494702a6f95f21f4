// SPDX-License-Identifier: BSD-2-Clause
// Finds the record of an exchange by the frame that opened the connection.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define RECORD_NONE SIZE_MAX

struct record_index;

// `frames` are those of the records' first packets, ascending; borrowed until it is freed.
struct record_index *record_index_new(const uint32_t *frames, size_t count);
void record_index_free(struct record_index *index);

// RECORD_NONE when no record began with that frame.
size_t record_index_find(const struct record_index *index, uint32_t frame);
