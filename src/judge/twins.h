// SPDX-License-Identifier: BSD-2-Clause
// Connections captured under two names: before and behind address translation, as `-i any` on the
// translating host sees them. They are told, not merged: each counts where its addresses do.
#pragma once

#include "engine/record.h"

#define TWIN_NONE UINT32_MAX

// The other name of each connection, as an index, or TWIN_NONE. NULL when there is none; caller
// frees. `twins`: connections that another one names too, less the first of each.
// Addresses and ports are rewritten; sequence numbers, timestamps and lengths are not (RFC 3022
// section 4.1).
uint32_t *twins_find(const struct record *records, size_t count, uint64_t *twins);
