// SPDX-License-Identifier: BSD-2-Clause
// A thread that unpacks ahead of the reader, as far as a few buffers go.
#pragma once

#include "capture/input.h"

#define PUMP_BYTES ((size_t)256 * 1024) // read into one buffer, behind the input's headroom

struct pump;

// Begins to read the unpacked stream of `input`, which nobody else may read until the pump is
// freed. NULL when there is no thread to be had.
struct pump *pump_new(struct input *input);
void pump_free(struct pump *pump);

// Gives the pump a buffer to fill, as long as it has room for more; it is held meanwhile.
bool pump_has_room(const struct pump *pump);
void pump_give(struct pump *pump, struct buffer *buffer);

#define PUMP_INTERRUPTED (-2)

// Takes back the buffer filled next: how many bytes, 0 at the end, -1 when the stream is cut short
// or corrupt or couldn't be read, PUMP_INTERRUPTED when a signal came first.
ssize_t pump_take(struct pump *pump, struct buffer **buffer);
