// SPDX-License-Identifier: BSD-2-Clause
// A file as memory, for a walk from its begin to its end: pages to come are asked for in time,
// those behind are left. For one thread at a time.
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "capture/buffer.h"

#define MAPPED_FETCH 4096 // bytes ahead

struct mapped {
    struct buffer *buffer; // of the whole file; NULL: it isn't mapped
    size_t size;
    size_t shown;           // where the windows shown so far end
    size_t asked, left;     // up to there pages were asked for, and left
    const uint8_t *fetched; // and up to there bytes, by the processor
};

// The first `size` bytes, to be walked over from `from` on. False when they can't be mapped.
bool mapped_begin(struct mapped *mapped, int fd, uint64_t size, uint64_t from);
void mapped_end(struct mapped *mapped);

// Shows up to `most` bytes more, as many as the file has now. 0: none, or reading tells the error.
size_t mapped_show(struct mapped *mapped, int fd, size_t most);

// The bytes before `at` were used. Some of them stay; who looks at others waits for them again.
void mapped_leave(struct mapped *mapped, size_t at);

// Asks the processor for bytes that follow `at`.
void mapped_fetch(struct mapped *mapped, const uint8_t *at);

// The bytes at `at` are looked at, and those that follow will be.
static inline void mapped_look(struct mapped *mapped, const uint8_t *at)
{
    if (mapped->buffer && mapped->fetched < at + MAPPED_FETCH)
        mapped_fetch(mapped, at);
}

// From here on a file that is cut while it is looked at (SIGBUS) ends no program: what is missing
// reads as ones, which no record of a capture begins with. For the process.
void mapped_survive_cuts(void);
