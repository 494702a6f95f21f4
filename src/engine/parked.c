// SPDX-License-Identifier: BSD-2-Clause
// Memory for parked segments.
#include "engine/parked.h"

// What malloc() keeps for each thread ends at 1032 bytes. Those of an Ethernet frame's size are
// beyond, and come and go so often that threads would wait for each other there.
#define SMALL_MOST ((uint32_t)960)
#define USUAL_MOST ((uint32_t)1480)

static bool is_usual(uint32_t captured)
{
    return captured > SMALL_MOST && captured <= USUAL_MOST;
}

struct parked *parked_new(struct cells *cells, uint32_t captured)
{
    struct parked *parked = is_usual(captured) ? cells_take(cells, sizeof *parked + USUAL_MOST)
                                               : g_malloc(sizeof *parked + captured);
    parked->captured = captured;
    return parked;
}

void parked_free(struct cells *cells, struct parked *parked)
{
    if (is_usual(parked->captured))
        cells_give(cells, parked);
    else
        g_free(parked);
}
