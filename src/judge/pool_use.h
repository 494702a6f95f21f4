// SPDX-License-Identifier: BSD-2-Clause
// How a pool is used: what it keeps, and whether it opens connections although some are idle.
#pragma once

#include "judge/members.h"
#include "judge/stays.h"
#include "judge/thresholds.h"

// The connections of one pool; a response takes `leg` ns to its client (traits_client_leg()).
struct pool {
    const struct exchange_log *log;
    const struct record *records;
    struct member_list list;
    int64_t leg;
};

struct pool_use {
    bool is_lossy; // given: a stay that nothing ends may be one whose end is missing
    uint32_t kept_after_empty, kept_after_body; // stays that no close ended at once
    uint32_t kept_for_sure;                     // of them, used again or closed later
    uint64_t opens, opens_with_idle;            // opens while a peer was idle
};

// Counts a pool's use from its connections, in order, and then from their stays, in any order.
struct pool_opens;
struct pool_opens *pool_opens_new(size_t most, struct pool_use *use);
void pool_opens_add(struct pool_opens *opens, const struct record *record);
void pool_opens_end(struct pool_opens *opens); // of the connections
void pool_opens_take(struct pool_opens *opens, const struct stay *stay);
void pool_opens_free(struct pool_opens *opens); // the use is complete

// When a stay is no longer that of a kept peer: who is about to be used or closed is none.
static inline int64_t stay_kept_until(const struct stay *stay)
{
    int64_t early = stay->how == STAY_CLOSED ? AT_ONCE : SAME_TIME;
    return stay->how == STAY_OPEN ? INT64_MAX : MAX(stay->end - early, stay->start);
}

// How many stays no close ended at once, and how many of them began beside more than `limit` kept
// peers.
struct pool_kept {
    uint32_t all, over;
};
#define KEPT_AT 64 // as many are not told from more
struct pool_kept pool_kept_over(const struct pool *pool, uint32_t limit);
