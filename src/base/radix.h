// SPDX-License-Identifier: BSD-2-Clause
// Sorting millions of words by their upper halves: three counting passes.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Orders words by their upper 32 bits; those with equal ones keep their order.
void radix_sort(uint64_t *words, size_t count);
