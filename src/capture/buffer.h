// SPDX-License-Identifier: BSD-2-Clause
// Memory that packets borrow from after their source went on: it lasts while somebody holds it.
// For one thread at a time: whoever reads the source holds and releases.
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
    unsigned holders;
    size_t mapped; // of these bytes, when they are a file's; 0: they follow
    uint8_t *bytes;
    _Atomic size_t asked;   // up to there a file's pages were asked for
    pthread_mutex_t asking; // for more of them
};

// A buffer of `size` bytes with one holder.
struct buffer *buffer_new(size_t size);

// The first bytes of a file, to be read only, with one holder; NULL when they can't be mapped.
struct buffer *buffer_map(int fd, size_t size);
struct buffer *buffer_hold(struct buffer *buffer);
void buffer_release(struct buffer *buffer); // NULL is none
