// SPDX-License-Identifier: BSD-2-Clause
// The lanes' memory.
#include "capture/lane.h"

#include <glib.h>

void lanes_begin(struct lane lanes[LANES], size_t room)
{
    for (size_t i = 0; i < LANES; i++) {
        struct segment *first = g_new(struct segment, room);
        lanes[i] = (struct lane){first, first, first + room};
    }
}

void lanes_end(struct lane lanes[LANES])
{
    for (size_t i = 0; i < LANES; i++)
        g_free(lanes[i].first);
}

void lane_grow(struct lane *lane)
{
    size_t count = (size_t)(lane->next - lane->first);
    size_t room = 2 * (size_t)(lane->end - lane->first);
    lane->first = g_renew(struct segment, lane->first, room);
    lane->next = lane->first + count;
    lane->end = lane->first + room;
}
