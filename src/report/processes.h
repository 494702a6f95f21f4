// SPDX-License-Identifier: BSD-2-Clause
// The processes that the capture itself tells of (capture/notes.h), as its statement: of one
// connection, and of the connections of a pair. Which end one belongs to is null when the capture
// doesn't tell, or tells both.
#pragma once

#include "report/rows.h"

// Appends the array of a connection's processes.
void row_processes_write(GString *text, const struct report *report, const struct record *record);

// The processes of all pairs, without their numbers and arguments; NULL when there are none.
struct pair_processes;
struct pair_processes *pair_processes_new(const struct report *report);
void pair_processes_free(struct pair_processes *processes);

// The array of a pair's processes, at most 8, those of most connections first. To be asked for in
// the order of the pairs.
json_object *pair_processes_list(struct pair_processes *processes, uint32_t pair);
