// SPDX-License-Identifier: BSD-2-Clause
// Idle stays: the times at which a connection had nothing to do, from the exchange log.
#pragma once

#include <glib.h>

#include "engine/record.h"
#include "judge/members.h"

// The exchanges of each record in order of their begin.
struct exchange_log {
    const struct exchange *exchanges; // borrowed
    size_t count;
    uint32_t *owner; // [count] the record of each; the number of records: none of them
    struct members of_record;
};

// `records` are ordered by the frame of their first packet. Exchanges of other connections are
// left out.
struct exchange_log exchange_log_new(const struct record *records, size_t count,
                                     const struct exchange *exchanges, size_t exchange_count);
void exchange_log_free(struct exchange_log *log);

enum stay_end { STAY_REUSED, STAY_OPEN, STAY_CLOSED };

struct stay {
    int64_t start, end; // end INT64_MAX: idle when the capture ends
    uint32_t record;
    uint8_t how;     // enum stay_end
    bool has_body;   // the response before it had one
    bool is_first;   // before any request
    bool is_at_once; // closed as soon as it began
};

// Free with g_free(items).
struct stays {
    struct stay *items;
    size_t count, room;
};

// Appends the stays of one record in order of time. They are the client's: seen nearer to the
// server, a response ends `leg` before the client has it and can use its connection again.
void stays_append(struct stays *stays, const struct exchange_log *log, const struct record *records,
                  uint32_t index, int64_t leg);

// The same without the last one, which stay_final() gives; whether there may be any.
void stays_append_earlier(struct stays *stays, const struct exchange_log *log,
                          const struct record *records, uint32_t index, int64_t leg);

bool stays_have_earlier(const struct exchange_log *log, const struct record *records,
                        uint32_t index);

// The stay at whose end a connection was closed, or the capture ended; false when it wasn't idle.
bool stay_final(const struct exchange_log *log, const struct record *records, uint32_t index,
                int64_t leg, struct stay *stay);

// The idle stay before the last request, ns; NANOS_UNKNOWN when it was the first.
int64_t stay_before_last(const struct exchange_log *log, uint32_t index);
