// SPDX-License-Identifier: BSD-2-Clause
// What something is that is no capture.
#pragma once

#include <glib.h>

#include "base/slice.h"

// Whether text has such bytes.
bool foreign_is_text(uint8_t byte);

// Says what its first bytes are, and the next step; `compression` NULL: they weren't unpacked.
void foreign_tell(struct slice window, const char *compression, GError **error);
