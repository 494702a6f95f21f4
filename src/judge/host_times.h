// SPDX-License-Identifier: BSD-2-Clause
// When the connections of a host or pair were opened and closed.
#pragma once

#include "judge/groups.h"

struct host_times {
    int64_t *starts, *ends; // of all established connections, each sorted; INT64_MAX: not closed
    int64_t *own;           // of the ends, those that are the host's own closes, sorted
    size_t count, own_count;
};

// Caller frees with host_times_free().
struct host_times host_times_new(const struct groups *groups, struct member_list list,
                                 enum side side);
void host_times_free(struct host_times *times);

// How many are open at `time`.
size_t host_times_open_at(const struct host_times *times, int64_t time);

// Whether the host's closes within [begin, end] stand out neither from those in the second before
// nor from those in the second after, in which it goes on opening.
bool host_times_are_usual(const struct host_times *times, int64_t begin, int64_t end);
