// SPDX-License-Identifier: BSD-2-Clause
// Large memory that is filled soon.
#pragma once

#include <stddef.h>

// Asks the system for all pages of [at, at + bytes) together, which is cheaper than one by one as
// they are touched. What they hold stays; a system that doesn't know this (Linux before 5.14) goes
// on page by page. Nothing is done for less than a few pages.
void pages_ask(void *at, size_t bytes);

// Memory from the allocator, all of which is filled soon. Free with g_free().
void *pages_filled(size_t bytes);
#define pages_array(type, count) ((type *)pages_filled(sizeof(type) * (size_t)(count)))

// Of memory from the allocator, what is freed is used again when it is below `bytes` (at most 32
// MiB); larger arrays go back to the system at once, and grow without being copied.
void pages_keep_below(size_t bytes);
#define PAGES_KEPT     ((size_t)4 << 20)  // where arrays grow: they would leave holes
#define PAGES_KEPT_ALL ((size_t)32 << 20) // where they are made as large as they have to be

// Memory straight from the system, all zero, that goes back to it when it is freed; never NULL.
void *pages_new(size_t bytes);
void pages_free(void *at, size_t bytes);

// The same with more bytes, which are zero, maybe somewhere else; nothing is copied.
void *pages_grow(void *at, size_t bytes, size_t more);

// Private memory that is filled from its beginning to its end: what lies below `at` has its pages.
struct pages {
    char *at, *end;
};

// Memory of which nothing has its pages yet.
void pages_begin(struct pages *pages, void *memory, size_t bytes);

// Sees to it that what lies below `to` has pages.
void pages_reach(struct pages *pages, const void *to);

// Pages of pages_new() move there with what they hold, a tenth of the cost of new ones, as far as
// they are wanted (NULL: none are); others go back to the system. Only whole pages move: how large
// they are is the system's choice, 4 KiB to 64 KiB.
void pages_give(struct pages *pages, void *from, size_t bytes);
