// SPDX-License-Identifier: BSD-2-Clause
// A ring of windows: given to be filled, begun by a thread, filled, taken.
#include "capture/ahead.h"

#include <glib.h>
#include <pthread.h>
#include <semaphore.h>
#include <unistd.h>

struct slot {
    struct buffer *buffer;
    ssize_t length; // 0 or -1: none
    sem_t filled;
};

struct ahead {
    int fd;
    off_t start; // of the first window
    off_t end;   // of the last one taken
    size_t headroom, size;
    unsigned windows;
    pthread_mutex_t lock; // of the four that follow
    uint64_t given, begun, taken;
    bool is_over;
    struct slot slots[AHEAD_MOST];
};

struct ahead *ahead_new(int fd, size_t headroom, size_t size, unsigned windows)
{
    off_t start = lseek(fd, 0, SEEK_CUR);
    if (start < 0)
        return NULL;
    struct ahead *ahead = g_new0(struct ahead, 1);
    ahead->fd = fd;
    ahead->start = ahead->end = start;
    ahead->headroom = headroom;
    ahead->size = size;
    ahead->windows = MIN(windows, AHEAD_MOST);
    pthread_mutex_init(&ahead->lock, NULL);
    for (unsigned i = 0; i < AHEAD_MOST; i++)
        sem_init(&ahead->slots[i].filled, 0, 0);
    return ahead;
}

void ahead_free(struct ahead *ahead)
{
    if (!ahead)
        return;
    ahead_stop(ahead);
    for (unsigned i = 0; i < AHEAD_MOST; i++)
        sem_destroy(&ahead->slots[i].filled);
    pthread_mutex_destroy(&ahead->lock);
    g_free(ahead);
}

// Whether this thread is to fill the next window.
static bool begin(struct ahead *ahead, unsigned before, uint64_t *number)
{
    pthread_mutex_lock(&ahead->lock);
    bool may =
        !ahead->is_over && ahead->begun < ahead->given && ahead->begun - ahead->taken <= before;
    if (may)
        *number = ahead->begun++;
    pthread_mutex_unlock(&ahead->lock);
    return may;
}

void ahead_fill(struct ahead *ahead, unsigned before)
{
    uint64_t number;
    if (!begin(ahead, before, &number))
        return;
    struct slot *slot = &ahead->slots[number % AHEAD_MOST];
    off_t from = ahead->start + (off_t)(number * ahead->size);
    slot->length = pread(ahead->fd, slot->buffer->bytes + ahead->headroom, ahead->size, from);
    sem_post(&slot->filled);
}

bool ahead_has_room(const struct ahead *ahead)
{
    return !ahead->is_over && ahead->given - ahead->taken < ahead->windows;
}

void ahead_give(struct ahead *ahead, struct buffer *buffer)
{
    ahead->slots[ahead->given % AHEAD_MOST].buffer = buffer_hold(buffer);
    pthread_mutex_lock(&ahead->lock);
    ahead->given++;
    pthread_mutex_unlock(&ahead->lock);
}

// Waits for the next window that was begun.
static struct slot *next_filled(struct ahead *ahead)
{
    struct slot *slot = &ahead->slots[ahead->taken % AHEAD_MOST];
    while (sem_wait(&slot->filled) != 0)
        continue;
    pthread_mutex_lock(&ahead->lock);
    ahead->taken++;
    pthread_mutex_unlock(&ahead->lock);
    buffer_release(slot->buffer);
    return slot;
}

size_t ahead_take(struct ahead *ahead, struct buffer **buffer)
{
    if (ahead->is_over)
        return 0;
    ahead_fill(ahead, 0);
    const struct slot *slot = next_filled(ahead);
    size_t length = (size_t)MAX(slot->length, 0);
    *buffer = slot->buffer;
    ahead->end += (off_t)length;
    if (length < ahead->size)
        ahead_stop(ahead);
    return length;
}

void ahead_stop(struct ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    bool was_over = ahead->is_over;
    ahead->is_over = true;
    pthread_mutex_unlock(&ahead->lock);
    if (was_over)
        return;
    while (ahead->taken < ahead->begun)
        next_filled(ahead);
    for (; ahead->taken < ahead->given; ahead->taken++)
        buffer_release(ahead->slots[ahead->taken % AHEAD_MOST].buffer);
    lseek(ahead->fd, ahead->end, SEEK_SET);
}
