// SPDX-License-Identifier: BSD-2-Clause
// A file as memory, for a walk from its begin to its end by one thread at a time: pages to come are
// asked for in time, those behind are left.
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "capture/buffer.h"
#include "capture/scouts.h"

struct mapped {
    struct buffer *buffer; // of the whole file; NULL: it isn't mapped
    size_t shown;          // where the windows shown so far end
    size_t left;           // up to there pages were left
    size_t scouted;        // up to there scouts went
};

// The first `size` bytes, to be walked over from `from` on. False when they can't be mapped.
bool mapped_begin(struct mapped *mapped, int fd, uint64_t size, uint64_t from);
void mapped_end(struct mapped *mapped);

// Shows up to `most` bytes more, as many as the file has now. 0: none, or reading tells the error.
size_t mapped_show(struct mapped *mapped, int fd, size_t most);

// The bytes before `at` were used. Some of them stay; who looks at others waits for them again.
void mapped_leave(struct mapped *mapped, size_t at);

// Asks for pages behind `at`, that the walk finds them there, unless another thread just does. Any
// that knows the buffer held may, of whatever kind it is; NULL is none.
void mapped_ask_ahead(struct buffer *buffer, const uint8_t *at);

// The walk is at a record, and goes on to the end of what is shown: scouts go ahead, once.
static inline void mapped_scout(struct mapped *mapped, const struct trail *trail, struct slice rest)
{
    if (!mapped->buffer || mapped->scouted == mapped->shown)
        return;
    scouts_send(trail, rest);
    mapped->scouted = mapped->shown;
}

// From here on a file that is cut while it is looked at (SIGBUS) ends no program: what is missing
// reads as ones, which no record of a capture begins with. For the process.
void mapped_survive_cuts(void);
