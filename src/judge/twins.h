// SPDX-License-Identifier: BSD-2-Clause
// Connections captured under two names: before and behind address translation, as `-i any` on the
// translating host sees them. They are told, not merged: each counts where its addresses do.
#pragma once

#include "judge/pair.h"

#define TWIN_NONE UINT32_MAX

// Whether enough is known of a connection to tell it from others.
static inline bool twins_may_be(const struct record *r)
{
    return record_has(r, FACT_SYN) && record_has(r, FACT_SYN_ACK) && r->end[CLIENT].bytes > 0;
}

// The other name of each connection, as an index, or TWIN_NONE. NULL when there is none; caller
// frees. `twins`: connections that another one names too, less the first of each.
// Addresses and ports are rewritten; sequence numbers, timestamps and lengths are not (RFC 3022
// section 4.1). `marks` are those of the records, from pairs_new(); NULL: not known.
uint32_t *twins_find(const struct record *records, const struct host_marks *marks, size_t count,
                     uint64_t *twins);
