// SPDX-License-Identifier: BSD-2-Clause
// Frames of connections are looked up by bisection: the log is in no order of theirs.
#include "engine/exchanges.h"

#include <stdlib.h>

static int compare_frames(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

void exchanges_forget(GArray *exchanges, const uint32_t *frames, size_t count)
{
    guint kept = 0;
    for (guint i = 0; i < exchanges->len; i++) {
        const struct exchange *exchange = &g_array_index(exchanges, struct exchange, i);
        if (!bsearch(&exchange->connection, frames, count, sizeof *frames, compare_frames))
            g_array_index(exchanges, struct exchange, kept++) = *exchange;
    }
    g_array_set_size(exchanges, kept);
}
