// SPDX-License-Identifier: BSD-2-Clause
// Idle stays: the times at which a connection had nothing to do, from the exchange log.
#pragma once

#include "judge/exchange_log.h"

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

// The same one by one. A connection that was opened in advance is idle too, until its first
// request; false when it wasn't, or was asked at once.
bool stay_first(const struct exchange_log *log, const struct record *records, uint32_t index,
                struct stay *stay);

// The stay at whose end a connection was closed, or the capture ended; false when it wasn't idle.
bool stay_final(const struct exchange_log *log, const struct record *records, uint32_t index,
                int64_t leg, struct stay *stay);

// The exchanges that began before the close: between two of them there may be a stay.
struct exchange_list stays_uses(const struct exchange_log *log, const struct record *records,
                                uint32_t index);

// False when the next one began before this one's response had ended.
static inline bool stay_between(const struct exchange *before, const struct exchange *next,
                                int64_t leg, struct stay *stay)
{
    stay->start = before->end + leg;
    stay->end = next->begin;
    stay->has_body = before->has_body;
    return before->end != NANOS_UNKNOWN && stay->start < stay->end;
}

// The idle stay before the last request, ns; NANOS_UNKNOWN when it was the first.
int64_t stay_before_last(const struct exchange_log *log, uint32_t index);
