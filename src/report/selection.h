// SPDX-License-Identifier: BSD-2-Clause
// Which connections a document holds when there are more than --max-connections.
#pragma once

#include "report/rows.h"

struct chosen_rows {
    uint32_t *indexes; // of records, in report order
    size_t count;
    uint64_t listed; // connections that --cause lists, chosen or not
    char *words;     // how they were chosen, for connections.selection
};

// Every evidence row of the findings first, then the same number for each cause (a cause with fewer
// gives all), spread evenly over the cause's connections.
void selection_choose(const struct rows *rows, struct chosen_rows *chosen);
void selection_clear(struct chosen_rows *chosen);
