// SPDX-License-Identifier: BSD-2-Clause
// Large memory that is filled soon.
#include "base/pages.h"

#include <glib.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LEAST   ((size_t)64 * 1024)
#define AT_ONCE ((size_t)384 * 1024)

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

void pages_ask(void *at, size_t bytes)
{
    if (bytes < LEAST)
        return;
    size_t in_page = (uintptr_t)at % page_size();
    madvise((char *)at - in_page, in_page + bytes, MADV_POPULATE_WRITE);
}

void *pages_filled(size_t bytes)
{
    void *at = g_malloc(bytes);
    pages_ask(at, bytes);
    return at;
}

void pages_keep_below(size_t bytes)
{
    mallopt(M_MMAP_THRESHOLD, (int)bytes);
}

void *pages_new(size_t bytes)
{
    void *at =
        mmap(NULL, MAX(bytes, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        g_error("no memory from the system");
    return at;
}

void pages_free(void *at, size_t bytes)
{
    if (at)
        munmap(at, MAX(bytes, 1));
}

void *pages_grow(void *at, size_t bytes, size_t more)
{
    void *grown = mremap(at, bytes, bytes + more, MREMAP_MAYMOVE);
    if (grown == MAP_FAILED)
        g_error("no memory from the system");
    return grown;
}

// What is shared with other memory, at both ends, gets its pages as it is touched.
void pages_begin(struct pages *pages, void *memory, size_t bytes)
{
    char *at = memory, *end = at + bytes;
    at += -(uintptr_t)at % page_size();
    end -= (uintptr_t)end % page_size();
    *pages = (struct pages){MIN(at, end), end};
}

void pages_reach(struct pages *pages, const void *to)
{
    while (pages->at < pages->end && pages->at < (const char *)to) {
        size_t bytes = MIN(AT_ONCE, (size_t)(pages->end - pages->at));
        pages_ask(pages->at, bytes);
        pages->at += bytes;
    }
}

// Where that fails, what was there may be gone: then there are new pages.
static void move(void *from, size_t bytes, void *to)
{
    const int usage = PROT_READ | PROT_WRITE, kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    if (mremap(from, bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) != MAP_FAILED)
        return;
    if (mmap(to, bytes, usage, kind, -1, 0) == MAP_FAILED)
        g_error("no memory to move pages to");
    memcpy(to, from, bytes);
    munmap(from, bytes);
}

void pages_give(struct pages *pages, void *from, size_t bytes)
{
    size_t all = (bytes + page_size() - 1) / page_size() * page_size();
    size_t wanted = pages ? MIN(all, (size_t)(pages->end - pages->at)) : 0;
    if (wanted) {
        move(from, wanted, pages->at);
        pages->at += wanted;
    }
    if (wanted < all)
        munmap((char *)from + wanted, all - wanted);
}
