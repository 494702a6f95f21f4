// SPDX-License-Identifier: BSD-2-Clause
// A thread that unpacks ahead of the reader, as far as a few buffers go.
#pragma once

#include "capture/input.h"

struct pump;

// Begins to read the unpacked stream of `input`, which nobody else may read until the pump is
// freed. NULL when there is no thread to be had.
struct pump *pump_new(struct input *input);
void pump_free(struct pump *pump);

#define PUMP_INTERRUPTED (-2)

// The next bytes, at least what was unpacked in one go; 0 at the end, -1 when the stream is cut
// short or corrupt or couldn't be read, PUMP_INTERRUPTED when a signal came first.
ssize_t pump_read(struct pump *pump, uint8_t *to, size_t room);
