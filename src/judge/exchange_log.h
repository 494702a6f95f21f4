// SPDX-License-Identifier: BSD-2-Clause
// The exchanges of all connections, and of each: the engine's log knows connections by the frame of
// their first packet.
#pragma once

#include <glib.h>

#include "engine/record.h"

struct exchange_log {
    const struct exchange *exchanges; // borrowed
    size_t count;
    uint32_t *owner; // [count] the record of each; the number of records: none of them
    // The same by their records: those of record i, in order of their begin, are
    // by_record[first[i]] up to by_record[first[i + 1]].
    struct exchange *by_record;
    uint32_t *first;
};

struct exchange_list {
    const struct exchange *items;
    size_t count;
};

static inline struct exchange_list exchanges_of(const struct exchange_log *log, uint32_t index)
{
    uint32_t first = log->first[index];
    return (struct exchange_list){log->by_record + first, log->first[index + 1] - first};
}

// `frames` are those of the records' first packets, ascending. Exchanges of other connections are
// left out. So many threads may work on it.
struct exchange_log exchange_log_new(const uint32_t *frames, size_t records,
                                     const struct exchange *exchanges, size_t count,
                                     unsigned threads);
void exchange_log_free(struct exchange_log *log);
