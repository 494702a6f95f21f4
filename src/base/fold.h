// SPDX-License-Identifier: BSD-2-Clause
// The step that hashes are made of.
#pragma once

#include <stdint.h>

// Both halves of the product hang on all bits of both words.
static inline uint64_t fold(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}
