// SPDX-License-Identifier: BSD-2-Clause
// Blocks from the system that are cut into cells.
#include "base/cells.h"

#include "base/pages.h"

#define BLOCK_BYTES ((size_t)256 * 1024)

static void block_free(gpointer block)
{
    pages_free(block, BLOCK_BYTES);
}

// Behind the first block, which short captures never fill, all of it is asked for at once.
static __attribute__((noinline)) void add_block(struct cells *cells)
{
    cells->next = pages_new(BLOCK_BYTES);
    cells->end = cells->next + BLOCK_BYTES;
    if (cells->blocks)
        pages_ask(cells->next, BLOCK_BYTES);
    else
        cells->blocks = g_ptr_array_new_with_free_func(block_free);
    g_ptr_array_add(cells->blocks, cells->next);
}

void *cells_take(struct cells *cells, size_t size)
{
    void *cell = cells->spare;
    if (cell) {
        cells->spare = *(void **)cell;
        return cell;
    }
    if ((size_t)(cells->end - cells->next) < size)
        add_block(cells);
    cell = cells->next;
    cells->next += size;
    return cell;
}

void cells_give(struct cells *cells, void *cell)
{
    *(void **)cell = cells->spare;
    cells->spare = cell;
}

void cells_end(struct cells *cells)
{
    if (cells->blocks)
        g_ptr_array_free(cells->blocks, TRUE);
    *cells = (struct cells){0};
}
