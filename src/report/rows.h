// SPDX-License-Identifier: BSD-2-Clause
// Connection records as JSON text, one object each: the rows of NDJSON and of the document.
#pragma once

#include "report/places.h"

// What all rows of a report share. `report` is borrowed as long as this lives.
struct rows {
    const struct report *report;
    struct places places;
    uint32_t *order;      // records in report order; NULL: as they are
    GHashTable *repeats;  // record index -> n: the n-th connection of this id, from 2
    uint8_t *is_reused;   // [record_count]: another record has the same addresses and ports
    uint8_t *is_evidence; // [record_count]: a finding names it as evidence
    GString *labels;      // run.labels as a JSON object
};

struct rows *rows_new(const struct report *report);
void rows_free(struct rows *rows);

// The record that is the n-th of the report.
static inline uint32_t rows_nth(const struct rows *rows, size_t n)
{
    return rows->order != NULL ? rows->order[n] : (uint32_t)n;
}

// Appends the object of record `index`, without a newline, zero-terminated.
void rows_write(GString *text, const struct rows *rows, size_t index);

// The id of record `index`, zero-terminated.
#define ROW_ID 32
void rows_id(const struct rows *rows, size_t index, char id[ROW_ID]);

// Whether --cause lists this record.
bool rows_lists(const struct report *report, size_t index);
