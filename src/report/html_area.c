// SPDX-License-Identifier: BSD-2-Clause
// Coordinates are whole numbers, so that no locale can write them in its own way.
#include "report/html_area.h"

#include <inttypes.h>

// Height from the top; what is there at all is never as low as nothing.
static uint64_t height_of(uint64_t value, uint64_t most)
{
    if (value == 0 || most == 0)
        return 100;
    uint64_t height = (uint64_t)((double)MIN(value, most) / (double)most * 98);
    return 100 - MAX(height, 2);
}

char *html_area(const uint64_t *values, size_t count, uint64_t most)
{
    GString *points = g_string_new("0,100");
    uint64_t last = 100;
    for (size_t i = 0; i < count; i++) {
        uint64_t y = height_of(values[i], most);
        size_t x = i * 1000 / count;
        if (y != last)
            g_string_append_printf(points, " %zu,%" PRIu64 " %zu,%" PRIu64, x, last, x, y);
        last = y;
    }
    g_string_append_printf(points, " 1000,%" PRIu64 " 1000,100", last);
    return g_string_free(points, FALSE);
}
