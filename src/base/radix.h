// SPDX-License-Identifier: BSD-2-Clause
// Sorting millions of words: a counting pass for each digit in which they differ.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Orders words by their bits from `low` to below `high`; those with equal ones keep their order.
// The bits above are alike in all; those right below `high` had better differ.
void radix_sort(uint64_t *words, size_t count, unsigned low, unsigned high);
