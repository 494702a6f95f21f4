// SPDX-License-Identifier: BSD-2-Clause
// Kept peers: the other connections that are idle at the instant of a close and stay in the pool.
#pragma once

#include "judge/stays.h"

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

// What the stays of one pool say about how it is used.
struct pool_use {
    bool is_lossy; // given: a stay that nothing ends may be one whose end is missing
    uint32_t kept_after_empty, kept_after_body; // stays that no close ended at once
    uint32_t kept_for_sure;                     // of them, used again or closed later
    uint32_t *kept_at; // [KEPT_AT]: of them, by the peers idle when they began; NULL: not counted
    uint64_t opens, opens_with_idle; // opens while a peer was idle
};

#define KEPT_AT 64

// Counts for one pool, whose records are `list`, in n log n. peers[i] is filled for its records
// that the client closed while idle. A peer whose own stay a close ends at once, or within that
// time after this close, is not kept: it is about to be closed too.
void idle_peers_count(const struct exchange_log *log, const struct record *records,
                      struct member_list list, struct peers *peers, struct pool_use *use);

// The same with every idle connection counted until its own close: who is closed first? `most` is
// left 0.
void idle_rivals_count(const struct exchange_log *log, const struct record *records,
                       struct member_list list, struct peers *rivals);
