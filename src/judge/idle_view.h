// SPDX-License-Identifier: BSD-2-Clause
// The closes of idle connections by one host in one role, or those of one of its pairs: what the
// statements about their gaps and about their ages share.
#pragma once

#include "judge/cluster.h"
#include "judge/groups.h"

// By the side that closes.
extern const enum cause idle_timeouts[2], idle_ages[2], idle_shutdowns[2];

struct idle_view {
    struct groups *groups;
    enum side side;
    struct sample *samples; // room for all of the host's connections
    size_t count;
    uint8_t *is_aged; // [groups->count] its age, not its gap, is what it has in common
    int64_t survived; // longest idle stay after which a connection of the host was used again
    bool is_damaged;  // packets are missing
};

// When it was closed; a shutdown is one moment, however long it takes.
int64_t idle_moment_of(const struct groups *groups, uint32_t i);

// A close that nothing explains.
bool idle_is_guess(const struct groups *groups, uint32_t i, enum side side);

// Whether a value may be that timer's, made early or late by a busy host.
bool idle_is_beside(const struct cluster *timer, int64_t value);

// What stays a guess beside the strongest timer is most likely that timer's too. Returns the timer,
// or NULL.
const struct cluster *idle_settle_beside(struct idle_view *view, const GArray *clusters,
                                         const enum cause *causes);
