// SPDX-License-Identifier: BSD-2-Clause
// Cells of one size, many of which live about as long as each other.
#pragma once

#include <stddef.h>

#include <glib.h>

// All zero: none yet.
struct cells {
    GPtrArray *blocks;
    char *next, *end; // of the last block: what was no cell yet
    void *spare;      // given back: a list through their first words
};

// A cell of at least a word; what it holds is not said. All have the same size.
void *cells_take(struct cells *cells, size_t size);
void cells_give(struct cells *cells, void *cell);

// The memory of all of them goes back to the system.
void cells_end(struct cells *cells);
