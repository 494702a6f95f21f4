// SPDX-License-Identifier: BSD-2-Clause
// Counts connections by their requests. Few numbers differ: a sorted array is searched and grown.
#include "judge/spread.h"

#include <math.h>

GArray *spread_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct spread_row));
}

static const struct spread_row *row_at(const GArray *spread, guint i)
{
    return &g_array_index(spread, struct spread_row, i);
}

void spread_add(GArray *spread, uint32_t requests, uint64_t connections)
{
    guint low = 0, high = spread->len;
    if (high == 1 && row_at(spread, 0)->requests == requests)
        high = 0;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (row_at(spread, middle)->requests < requests)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == spread->len || row_at(spread, low)->requests != requests) {
        const struct spread_row fresh = {requests, 0};
        g_array_insert_val(spread, low, fresh);
    }
    g_array_index(spread, struct spread_row, low).connections += connections;
}

void spread_add_all(GArray *spread, const GArray *other)
{
    for (guint i = 0; i < other->len; i++)
        spread_add(spread, row_at(other, i)->requests, row_at(other, i)->connections);
}

// Nearest rank: the smallest number with at least `percent` of all at or below it.
static uint32_t percentile(const GArray *spread, uint64_t all, uint64_t percent)
{
    uint64_t rank = (percent * all + 99) / 100, below = 0;
    for (guint i = 0; i < spread->len; i++) {
        below += row_at(spread, i)->connections;
        if (below >= rank)
            return row_at(spread, i)->requests;
    }
    return 0;
}

struct distribution spread_distribution(const GArray *spread)
{
    uint64_t connections = 0, requests = 0;
    for (guint i = 0; i < spread->len; i++) {
        connections += row_at(spread, i)->connections;
        requests += row_at(spread, i)->connections * row_at(spread, i)->requests;
    }
    return (struct distribution){
        .mean = connections ? (double)requests / (double)connections : NAN,
        .p50 = percentile(spread, connections, 50),
        .p90 = percentile(spread, connections, 90),
        .p99 = percentile(spread, connections, 99),
        .max = percentile(spread, connections, 100),
        .connections = connections,
    };
}

// The first and last count of the range that holds `count`: exact to 100, then 1-2-5 decades.
static void range_of(uint64_t count, uint64_t *from, uint64_t *to)
{
    static const uint64_t steps[] = {2, 5, 10};
    *from = *to = count;
    if (count <= 100)
        return;
    uint64_t low = 100;
    for (uint64_t decade = 100;; decade *= 10) {
        for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
            if (count <= steps[i] * decade) {
                *from = low + 1;
                *to = steps[i] * decade;
                return;
            }
            low = steps[i] * decade;
        }
    }
}

GArray *spread_histogram(const GArray *spread)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct histogram_row));
    for (guint i = 0; i < spread->len; i++) {
        struct histogram_row row = {0, 0, row_at(spread, i)->connections};
        range_of(row_at(spread, i)->requests, &row.from, &row.to);
        struct histogram_row *last =
            rows->len ? &g_array_index(rows, struct histogram_row, rows->len - 1) : NULL;
        if (last && last->from == row.from)
            last->connections += row.connections;
        else
            g_array_append_val(rows, row);
    }
    return rows;
}
