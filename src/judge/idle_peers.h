// SPDX-License-Identifier: BSD-2-Clause
// Kept peers: the other connections that are idle at the instant of a close and stay in the pool.
#pragma once

#include "judge/pool_use.h"

// At a client's close of an idle connection; all 0 where there is none.
struct peers {
    uint32_t older, younger; // kept peers by when they became idle, compared with the closed one
    uint32_t clearly_older, clearly_younger; // of all, beyond doubt
    uint32_t unending; // of the older, those that are neither used nor closed later
    uint32_t most;     // the most kept peers at once, from when it became idle until the close
    int64_t since;     // since another connection became idle; INT64_MAX never
    int64_t stay;      // how long it was idle itself
    bool is_known;     // there is such a close
    bool is_at_once;   // closed as soon as it was idle
};

// Counts for one pool, in n log n. peers[i] is filled for its records that the client closed while
// idle: `most` where a gap is less than IDLE_FROM, `since` not at all. A peer whose own stay a
// close ends at once, or within that time after this close, is not kept: it is about to be closed
// too.
void idle_peers_count(const struct pool *pool, struct peers *peers, struct pool_use *use);

// The same with every idle connection counted until its own close: who is closed first? `since` is
// filled, `most` is left 0.
void idle_rivals_count(const struct pool *pool, struct peers *rivals);
