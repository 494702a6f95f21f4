// SPDX-License-Identifier: BSD-2-Clause
// Large memory that is filled soon.
#include "base/pages.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define LEAST ((size_t)64 * 1024)

void pages_ask(void *at, size_t bytes)
{
    if (bytes < LEAST)
        return;
    size_t in_page = (uintptr_t)at % (uintptr_t)sysconf(_SC_PAGESIZE);
    madvise((char *)at - in_page, in_page + bytes, MADV_POPULATE_WRITE);
}
