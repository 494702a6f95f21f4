// SPDX-License-Identifier: BSD-2-Clause
// Times as people read them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#define DURATION_TEXT 32

// "90.000 s", "12.3 ms", "85 us"; zero-terminated. Returns the length.
size_t duration_text(int64_t nanos, char text[DURATION_TEXT]);
