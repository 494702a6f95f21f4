// SPDX-License-Identifier: BSD-2-Clause
// What an engine that has finished knows, judged.
#pragma once

#include "engine/engine.h"
#include "engine/exchanges.h"
#include "judge/analysis.h"

// All records that it hands out: struct record, caller frees.
static inline GArray *engine_records(struct engine *engine)
{
    GArray *records = g_array_new(FALSE, FALSE, sizeof(struct record));
    struct record record;
    while (engine_next(engine, &record))
        g_array_append_val(records, record);
    return records;
}

// Takes the records; `input` lacks them and the exchanges.
static inline struct analysis *engine_judged(struct engine *engine, GArray *records,
                                             struct analysis_input input)
{
    const struct exchanges *log = engine_exchanges(engine);
    struct exchange *exchanges = g_new(struct exchange, log->count);
    exchanges_copy(log, exchanges, log->count);
    input.record_count = records->len;
    input.records = (struct record *)(void *)g_array_free(records, FALSE);
    input.exchanges = exchanges;
    input.exchange_count = log->count;
    struct analysis *analysis = analysis_new(&input);
    g_free(exchanges);
    return analysis;
}
