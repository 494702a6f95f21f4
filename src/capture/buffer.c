// SPDX-License-Identifier: BSD-2-Clause
// Counts the holders of a buffer.
#include "capture/buffer.h"

#include <glib.h>
#include <sys/mman.h>

struct buffer *buffer_new(size_t size)
{
    struct buffer *buffer = g_malloc(sizeof *buffer + size);
    *buffer = (struct buffer){.holders = 1, .bytes = (uint8_t *)(buffer + 1)};
    return buffer;
}

struct buffer *buffer_map(int fd, size_t size)
{
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return NULL;
    struct buffer *buffer = g_new(struct buffer, 1);
    *buffer = (struct buffer){.holders = 1, .mapped = size, .bytes = bytes};
    pthread_mutex_init(&buffer->asking, NULL);
    return buffer;
}

struct buffer *buffer_hold(struct buffer *buffer)
{
    buffer->holders++;
    return buffer;
}

void buffer_release(struct buffer *buffer)
{
    if (!buffer || --buffer->holders > 0)
        return;
    if (buffer->mapped) {
        pthread_mutex_destroy(&buffer->asking);
        munmap(buffer->bytes, buffer->mapped);
    }
    g_free(buffer);
}
