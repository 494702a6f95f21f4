// SPDX-License-Identifier: BSD-2-Clause
// Counts the holders of a buffer.
#include "capture/buffer.h"

#include <glib.h>

struct buffer *buffer_new(size_t size)
{
    struct buffer *buffer = g_malloc(sizeof *buffer + size);
    buffer->holders = 1;
    return buffer;
}

struct buffer *buffer_hold(struct buffer *buffer)
{
    buffer->holders++;
    return buffer;
}

void buffer_release(struct buffer *buffer)
{
    if (buffer && --buffer->holders == 0)
        g_free(buffer);
}
