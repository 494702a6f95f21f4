// SPDX-License-Identifier: BSD-2-Clause
// Interned strings from the wire: records hold ids, never pointers.
#pragma once

#include "base/limits.h"
#include "base/slice.h"

struct names;

// Id 0 is "no name". The text is kept as seen on the wire (report/ makes it safe to print).
struct names *names_new(const struct limits *limits);
void names_free(struct names *names);

// The id of these bytes, the same for the same bytes. At most `most` bytes are kept: a longer text
// is cut there and marked as cut. When a cap is reached: 0, and names_refused() counts it.
uint32_t names_intern(struct names *names, struct slice text, size_t most);

// The id of these bytes, 0 when they were never interned (whole).
uint32_t names_find(const struct names *names, struct slice text);

// The id here of a name of `from`, whose bytes are borrowed: `from` must live as long.
uint32_t names_adopt(struct names *names, const struct names *from, uint32_t id);

// The bytes of an id, owned by `names`; empty for 0 or an unknown id.
struct slice names_text(const struct names *names, uint32_t id);
bool names_is_cut(const struct names *names, uint32_t id);

// Whether an id is that of these bytes, not of longer ones that were cut.
bool names_is(const struct names *names, uint32_t id, struct slice text);

uint32_t names_count(const struct names *names);
uint64_t names_refused(const struct names *names);
