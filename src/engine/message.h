// SPDX-License-Identifier: BSD-2-Clause
// What the beginning, head and end of a message mean for the flow and its record.
#pragma once

#include "engine/head.h"
#include "engine/reader.h"

// The first byte of a message of this side.
void message_begin(struct reading *reading);

// What seemed to begin the first request begins none.
void message_forget_request(struct flow *flow);

// Its head; sets the reader's state and remaining length. `is_cut`: only its first part was
// captured.
void message_head(struct reading *reading, const struct head *head, bool is_cut);

// Its last byte, at reading->at.
void message_end(struct reading *reading);

// Bytes of the message came with reading->moment; of one that nothing closed.
void message_touch(struct reading *reading);
static inline void message_goes_on(struct flow *flow, enum side side, struct moment moment)
{
    struct moment *last = &flow->record.at[side == CLIENT ? AT_REQUEST_END : AT_RESPONSE_END];
    if (side == SERVER && flow->work && flow->work->is_unasked)
        return;
    if (moment_is_set(moment) && (!moment_is_set(*last) || moment.time >= last->time))
        *last = moment;
}

// The byte at this position can't be read: notes the fact, unless it lies beyond the closer's view.
bool message_is_bad(struct reading *reading, enum fact fact, uint64_t at);
bool message_is_beyond(const struct reading *reading, uint64_t at);

// No request waits for the response that begins or ends, and none is missing from the capture.
bool message_is_unasked(const struct flow *flow);

// The response half of the above (response.c).
void response_head(struct reading *reading, const struct head *head, bool is_cut);
void response_ends(struct reading *reading);

// Keeps one request interval for the group causes; `end` NANOS_UNKNOWN: never answered.
void response_log(struct context *context, const struct flow *flow, const struct pending *pending,
                  int64_t end);

// Takes the next bytes of a body whose length is known, without a look at them. False when there is
// more to it than counting.
static inline bool message_counts(struct flow *flow, enum side side, uint32_t length,
                                  struct moment moment)
{
    struct work *work = flow->work;
    if (flow->reader[side] != READ_LENGTH || !work || flow->closing ||
        length >= work->reader[side].remaining)
        return false;
    work->reader[side].remaining -= length;
    flow->record.received += side == SERVER ? length : 0;
    message_goes_on(flow, side, moment);
    return true;
}
