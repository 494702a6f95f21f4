// SPDX-License-Identifier: BSD-2-Clause
// The names that heads give their connection. The target of a later request is interned only when
// it turns out to be the last, or when too many connections wait for that: most are never needed.
// First targets are interned together, some at a time.
#pragma once

#include "engine/head.h"
#include "engine/reader.h"

struct targets; // made when the first target waits
void targets_free(struct targets *targets);

void naming_request(struct reading *reading, const struct head *head);
void naming_response(struct reading *reading, const struct head *head);

// Makes the names of the record complete.
void naming_settle(const struct context *context, struct flow *flow);
