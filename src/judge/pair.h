// SPDX-License-Identifier: BSD-2-Clause
// A pair: client address -> server address and port, split by User-Agent unless one connection
// carries several (a proxy).
#pragma once

#include <glib.h>

#include "judge/members.h"
#include "judge/summary.h"

#define PAIR_NAMES 8 // distinct hosts, agents, servers listed per pair

struct pair {
    struct address client;
    struct endpoint server;
    uint32_t agent; // interned; 0 when unknown, or mixed by a proxy
    uint32_t hosts[PAIR_NAMES], agents[PAIR_NAMES], servers[PAIR_NAMES]; // interned, 0-terminated
                                                                         // unless full
    bool is_probe;    // all of its connections are health probes
    bool is_loopback; // 127/8 or ::1, or both ends one address
    bool is_proxy;    // one connection carries several User-Agents, or requests tell of one
    bool is_telling;  // one connection tells of settings, other than by its close
    bool is_probed;   // one was probed by TCP keep-alive
    bool has_waits;   // one's wait_may_last()
    struct totals totals;
    GArray *causes; // struct cause_row
    GArray *spread; // struct spread_row: requests per connection
    uint32_t peak_concurrent;
    uint64_t opens, opens_with_idle; // connections opened; of them, while the client had an idle
                                     // one to the same server
    int64_t first_open, last_open;   // of established ones whose SYN was seen, and when the last
    int64_t last_use;                // request began; INT64_MAX and INT64_MIN when there was none
    int64_t handshake;               // median SYN to ACK of the SYN-ACK, ns; NANOS_UNKNOWN
};

// What tells hosts behind one address apart, see hosts.h: values modulo 2^16; 0: unknown. And what
// twins are found by, while the record is at hand.
enum host_mark { MARK_CLOCK, MARK_PORT, HOST_MARKS };
struct host_marks {
    uint16_t of[HOST_MARKS];
    uint32_t initial_seq; // of a connection that may be a twin; 0: that, or it can't be one
};

// Assigns records to pairs; pair_of[i] is the pair of record i, marks[i] those of its client
// unless `marks` is NULL. Caller frees with pairs_free().
GArray *pairs_new(const struct record *records, size_t count, uint32_t *pair_of,
                  struct host_marks *marks);

// Fills what the verdicts add up to: totals, causes, spread, names, peak, handshake, is_probe. As
// many threads may work on it.
void pairs_sum_up(GArray *pairs, const struct members *members, const struct record *records,
                  const struct verdict *verdicts, unsigned threads);
void pairs_free(GArray *pairs);

// How many of its connections have this cause, whomever it blames.
uint64_t pair_closes(const struct pair *pair, enum cause cause);

// Whether a connection of any pair has one of these causes: bits of enum cause.
bool pairs_have(const GArray *pairs, uint64_t causes);

// Orders pairs by their connections, most first; place[p] is where pair p went.
void pairs_rank(GArray *pairs, uint32_t *place);

// Adds the sums of `other` pairs that have connections to those of the same ends and agent; new
// ones are appended. The larger peak stays, and the handshake of the pair with more connections.
void pairs_merge(GArray *pairs, const GArray *other);

void pair_add_name(uint32_t *list, uint32_t name); // one of the lists of PAIR_NAMES
void pair_clear_sums(struct pair *pair); // forgets what pairs_sum_up() fills; frees nothing
void pair_free_sums(struct pair *pair);
