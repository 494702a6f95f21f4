// SPDX-License-Identifier: BSD-2-Clause
// Kept peers: the other connections that are idle at the instant of a close and stay in the pool.
#pragma once

#include "judge/pool_use.h"

// At a client's close of an idle connection; all 0 where there is none.
struct peers {
    uint32_t older, younger; // kept peers by when they became idle, compared with the closed one
    uint32_t unending;       // of the older, those that are neither used nor closed later
    uint8_t most; // the most kept peers at once, from when it became idle until the close, or 63
    bool is_known : 1;            // there is such a close
    bool is_at_once : 1;          // closed as soon as it was idle
    bool is_slow : 1;             // idle for longer than ORDER_UNSURE
    bool is_caused : 1;           // the close follows another connection's end of work, not its own
    bool has_clearly_older : 1;   // a peer is older beyond doubt
    bool has_clearly_younger : 1; // or younger
};

_Static_assert(sizeof(struct peers) == 16, "there is one for each connection");

// Counts for one pool, in n log n. peers[i] is filled for its records that the client closed while
// idle: `most` where a gap is less than IDLE_FROM, is_caused not at all. A peer whose own stay a
// close ends at once, or within that time after this close, is not kept: it is about to be closed
// too.
void idle_peers_count(const struct pool *pool, struct peers *peers, struct pool_use *use);

// The same with every idle connection counted until its own close: who is closed first? is_caused
// is filled, `most` is left 0.
void idle_rivals_count(const struct pool *pool, struct peers *rivals);
