// SPDX-License-Identifier: BSD-2-Clause
// What the beginning, head and end of a message mean for the flow and its record.
#pragma once

#include "engine/head.h"
#include "engine/reader.h"

// The first byte of a message of this side.
void message_begin(struct reading *reading);

// Its head; sets the reader's state and remaining length. `is_cut`: only its first part was
// captured.
void message_head(struct reading *reading, const struct head *head, bool is_cut);

// Its last byte, at reading->at.
void message_end(struct reading *reading);

// Bytes of the message came with reading->moment.
void message_touch(struct reading *reading);

// The response half of the above (response.c).
void response_head(struct reading *reading, const struct head *head, bool is_cut);
void response_ends(struct reading *reading);

// Keeps one request interval for the group causes; `end` NANOS_UNKNOWN: never answered.
void response_log(struct context *context, const struct flow *flow, const struct pending *pending,
                  int64_t end);
