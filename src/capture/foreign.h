// SPDX-License-Identifier: BSD-2-Clause
// What something is that is no capture.
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/slice.h"

// Whether text has such bytes.
bool foreign_is_text(uint8_t byte);

#define FOREIGN_MANGLED                                                                            \
    "mangled by a terminal (LF became CR LF); use ssh -T, kubectl exec without -t"

// Whether a terminal did so to a capture with these first bytes: no LF stands alone, where a
// capture has many such bytes, and a line that had ended in CR LF ends in CR CR LF. Where a record
// is corrupt behind them, any two LFs do.
bool foreign_is_mangled(struct slice head, bool is_corrupt);

// Says what its first bytes are, and the next step; `compression` NULL: they weren't unpacked.
void foreign_tell(struct slice window, const char *compression, GError **error);
