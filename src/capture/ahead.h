// SPDX-License-Identifier: BSD-2-Clause
// A plain file's windows, read side by side by threads that each look at their own next: so it lies
// in that processor's cache. A window that isn't full is the last: the file ends, or changes.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "capture/buffer.h"

struct ahead;

#define AHEAD_MOST 4 // windows that are filled at once

// Windows of `size` bytes from where the file is read next; each goes into a buffer behind the
// input's `headroom`. At most `windows` of them are filled and not taken. NULL when the place in
// the file can't be told.
struct ahead *ahead_new(int fd, size_t headroom, size_t size, unsigned windows);
void ahead_free(struct ahead *ahead);

// Reads the next window that nobody has begun, unless more than `before` are to be taken before it:
// so many threads have their turn before this one. Any thread, at any time between these two.
void ahead_fill(struct ahead *ahead, unsigned before);

// What follows is for one thread at a time.

// Gives a buffer to be filled, as long as there is room for more; it is held meanwhile.
bool ahead_has_room(const struct ahead *ahead);
void ahead_give(struct ahead *ahead, struct buffer *buffer);

// Takes the next window, and its buffer back: how many bytes. 0: there is none, what follows is to
// be read from the file descriptor.
size_t ahead_take(struct ahead *ahead, struct buffer **buffer);

// Nothing more is filled, all buffers are given back; the file descriptor goes on behind what was
// taken.
void ahead_stop(struct ahead *ahead);
