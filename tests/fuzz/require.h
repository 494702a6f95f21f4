// SPDX-License-Identifier: BSD-2-Clause
// What a fuzz target holds to be true: a fuzzer sees the abort.
#pragma once

#include <stdbool.h>
#include <stdlib.h>

static inline void require(bool holds)
{
    if (!holds)
        abort();
}
