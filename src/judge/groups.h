// SPDX-License-Identifier: BSD-2-Clause
// What the other connections say: statements about groups, which may replace the verdict that one
// connection alone gets. All are made in n log n when the capture ends.
#pragma once

#include "base/names.h"
#include "judge/cluster.h"
#include "judge/idle_peers.h"
#include "judge/known.h"
#include "judge/pair.h"
#include "judge/traits.h"

struct groups {
    const struct record *records; // ordered by their first packet
    struct verdict *verdicts;     // rewritten
    size_t count;
    const struct names *names;
    const struct known_defaults *known; // may be NULL
    const GArray *pairs;                // struct pair
    const uint32_t *pair_of;
    struct members by_pair;    // of records; borrowed
    int64_t last;              // time of the last packet
    unsigned threads;          // that may work on it; 0 and 1: the calling one alone
    struct members by_host[2]; // records by client address and agent, and by server endpoint
    uint32_t *host_of[2];      // of each pair
    struct outline *outlines;  // per record
    struct life *lives;        // per record; 0 while it is open
    struct traits all;
    struct traits *of_pair, *of_host[2]; // per pair, and per host of by_host
    struct exchange_log log;             // borrowed
    struct peers *peers;                 // per record
    struct pool_use *uses;               // per pair
    uint32_t *burst_of;                  // per record: its place among bursts; 0 none
    GArray *bursts;                      // struct burst_found; the first is of those in none
    bool *evictable; // per record: a limit over all idle connections may have closed it
};

// Fills what isn't given, from the records up to `threads` and the log, and the verdicts with those
// of the single connections.
struct groups *groups_new(const struct groups *given);
void groups_free(struct groups *groups);
// Makes all statements, in the order below.
void groups_settle(struct groups *groups);

void probes_mark(struct groups *groups);         // is_probe
void bursts_find(struct groups *groups);         // bursts
void lone_settle(struct groups *groups);         // connects, idle drops
void announced_settle(struct groups *groups);    // request limit, error close
void waits_settle(struct groups *groups);        // outstanding requests
void idle_closes_settle(struct groups *groups);  // idle timeout, maximum age
void reuse_limits_settle(struct groups *groups); // maximum age, checked at reuse
void races_settle(struct groups *groups);        // requests that met an idle timer
void pool_total_settle(struct groups *groups);   // least-recently-used eviction
void pool_limit_settle(struct groups *groups);   // pool limit, unread body, one-shot use
void reuse_counts_settle(struct groups *groups); // a client's own request limit
void shutdown_settle(struct groups *groups);     // bursts of idle closes, reload
void legs_settle(struct groups *groups);         // both sides of a proxy
void simultaneous_settle(struct groups *groups); // crossing closes
void idle_hidden_settle(struct groups *groups);  // what the capture lacks
void unseen_settle(struct groups *groups);       // what missing sides and heads leave open
void leaks_settle(struct groups *groups);        // leaked connections, CLOSE_WAIT

// Replaces a verdict; what the capture lacks lowers the confidence.
void groups_say(struct groups *groups, uint32_t record, enum cause cause,
                enum confidence confidence, enum cause runner_up);
// The same where nobody asks later what causes groups have: by any thread.
void groups_say_last(struct groups *groups, uint32_t record, enum cause cause,
                     enum confidence confidence, enum cause runner_up);
void groups_because(struct groups *groups, uint32_t record, enum group group, int64_t value,
                    uint32_t size);
// The host of a record in this role.
static inline uint32_t groups_host(const struct groups *groups, enum side side, uint32_t record)
{
    return groups->host_of[side][groups->pair_of[record]];
}

// Whether a side closed this connection while it was idle, and nothing had announced it.
bool groups_is_idle_close(const struct groups *groups, uint32_t record, enum side side);
// The connections of a pair or a client as those of one pool.
struct pool groups_pool(const struct groups *groups, struct member_list list,
                        const struct traits *traits);
// The User-Agent of the client, or the Server of the server; empty when unknown.
struct slice groups_fingerprint(const struct groups *groups, uint32_t record, enum side side);

// Whether a known default of this kind equals `value` for that fingerprint.
bool groups_is_known(const struct groups *groups, uint32_t record, enum side side,
                     enum setting_kind kind, int64_t value);

// Whether an agent's name begins with one of these, in any case.
bool agent_is_one_of(struct slice agent, const char *const *list, size_t count);
