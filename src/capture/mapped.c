// SPDX-License-Identifier: BSD-2-Clause
// Asks for pages and leaves them in large steps: each is a call of the system, and leaving
// interrupts other processors. Asking takes as long as all else that one thread has to do for the
// others: so these do it, ahead.
#include "capture/mapped.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASK_BYTES   ((size_t)512 << 10)
#define AHEAD_BYTES ((size_t)2 << 20)
#define LEAVE_BYTES ((size_t)4 << 20) // as much stays: packets may wait to be worked on

// Asks for the next pages of a file; whoever does has the lock.
static bool ask(struct buffer *file)
{
    size_t bytes = MIN(ASK_BYTES, file->mapped - file->asked);
    if (madvise(file->bytes + file->asked, bytes, MADV_POPULATE_READ) != 0)
        return false;
    file->asked += bytes;
    return true;
}

// Sees to it that the bytes before `to` can be looked at.
static bool reach(struct buffer *file, size_t to)
{
    bool are_there = true;
    if (file->asked >= to)
        return true;
    pthread_mutex_lock(&file->asking);
    while (are_there && file->asked < to)
        are_there = ask(file);
    pthread_mutex_unlock(&file->asking);
    return are_there;
}

void mapped_ask_ahead(struct buffer *buffer, const uint8_t *at)
{
    if (!buffer || !buffer->mapped)
        return;
    size_t to = MIN((size_t)(at - buffer->bytes) + AHEAD_BYTES, buffer->mapped);
    if (buffer->asked >= to || pthread_mutex_trylock(&buffer->asking) != 0)
        return;
    if (buffer->asked < to)
        ask(buffer);
    pthread_mutex_unlock(&buffer->asking);
}

bool mapped_begin(struct mapped *mapped, int fd, uint64_t size, uint64_t from)
{
    size_t shown = (size_t)from, first = shown - shown % ASK_BYTES;
    if (from >= size || size > SIZE_MAX)
        return false;
    *mapped = (struct mapped){.shown = shown, .left = first};
    mapped->buffer = buffer_map(fd, (size_t)size);
    if (!mapped->buffer)
        return false;
    mapped->buffer->asked = first;
    if (!reach(mapped->buffer, shown + 1))
        mapped_end(mapped);
    return mapped->buffer != NULL;
}

void mapped_end(struct mapped *mapped)
{
    buffer_release(mapped->buffer);
    mapped->buffer = NULL;
}

size_t mapped_show(struct mapped *mapped, int fd, size_t most)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return 0;
    size_t size = (size_t)MIN((uint64_t)status.st_size, mapped->buffer->mapped);
    size_t more = size > mapped->shown ? MIN(size - mapped->shown, most) : 0;
    if (!reach(mapped->buffer, mapped->shown + more))
        return 0;
    mapped->shown += more;
    return more;
}

void mapped_leave(struct mapped *mapped, size_t at)
{
    for (; at >= mapped->left + 2 * LEAVE_BYTES; mapped->left += LEAVE_BYTES)
        madvise(mapped->buffer->bytes + mapped->left, LEAVE_BYTES, MADV_DONTNEED);
}

// Puts ones in the place of a page that the file doesn't have any more: at once, as other threads
// may be looking at it. What is no such page ends the program, as it is tried again.
static void patch(int number, siginfo_t *info, void *context)
{
    int before = errno;
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *page = (uint8_t *)info->si_addr - (uintptr_t)info->si_addr % size;
    void *ones = MAP_FAILED;
    (void)context;
    if (info->si_code == BUS_ADRERR)
        ones = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ones != MAP_FAILED)
        memset(ones, 0xff, size);
    if (ones == MAP_FAILED ||
        mremap(ones, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, page) == MAP_FAILED)
        signal(number, SIG_DFL);
    errno = before;
}

void mapped_survive_cuts(void)
{
    struct sigaction action = {.sa_sigaction = patch, .sa_flags = SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, NULL);
}
