// SPDX-License-Identifier: BSD-2-Clause
// Findings, settings, conflicts and what-if results: numbers only; report/ gives them words.
#pragma once

#include <glib.h>

#include "judge/verdict.h"

enum finding_id {
#define FINDING(id, key) FINDING_##id,
#include "judge/findings.def"
#undef FINDING
    FINDINGS
};

enum severity { SEVERITY_CRITICAL, SEVERITY_WARNING, SEVERITY_NOTE, SEVERITY_GOOD };

#define FINDING_LIST 8

struct finding {
    enum finding_id id;
    enum severity severity;
    uint64_t connections;         // how many it speaks about
    uint32_t pairs[FINDING_LIST]; // indexes of pairs, worst first
    uint32_t pair_count;
    uint32_t evidence[FINDING_LIST]; // indexes of records
    uint32_t evidence_count;
    uint64_t handshakes, round_trips; // cost
    int64_t cost_time;                // ns spent on avoidable handshakes; NANOS_UNKNOWN
    double values[4];                 // meaning per id, see findings.def
};

enum setting_kind {
#define SETTING(id, key, is_time) SETTING_##id,
#include "judge/settings.def"
#undef SETTING
    SETTINGS
};

// An inferred setting of one host in one role. Times in ns, limits as counts. Not observed itself:
// value and high are NANOS_UNKNOWN; low is what reuses proved it to exceed, or NANOS_UNKNOWN too.
struct setting {
    struct endpoint host; // port 0 for a client
    enum side role;
    enum setting_kind kind;
    int64_t value, low, high; // centre and range of what was seen
    uint64_t n;
    int64_t advertised;       // Keep-Alive: timeout= or max=; NANOS_UNKNOWN
    int64_t hint;             // the Keep-Alive: timeout= that its connections carried, or unknown
    uint32_t agent, software; // interned fingerprints for ranking candidates
    uint32_t probe_period_ms; // of its TCP keep-alive; 0 none
    GPtrArray *candidates;    // const struct known_default *, best first
};

// Client idle timeout above the server's: requests can fall into the gap.
struct conflict {
    uint32_t pair;
    int64_t client_value, server_value; // ns; NANOS_UNKNOWN when not inferred
    uint64_t raced, acknowledged, retried, not_idempotent;
    uint64_t would_race; // requests sent on connections idle for nearly the server's timeout
    int64_t advice;      // client idle timeout that closes the window, ns
};

struct what_if_point {
    uint32_t limit;       // idle connections kept per host; UINT32_MAX none
    int64_t idle_timeout; // ns; INT64_MAX none
    uint64_t opens, closes, time_wait_peak;
};

struct what_if {
    uint32_t pair;
    struct what_if_point captured, recommended; // captured.opens: as captured
    uint64_t replayed_opens;                    // the model's opens at the captured setting
    uint64_t shared_opens;                      // the same if all connections were one pool's
    uint32_t pools;                             // that the captured opens show
    bool is_fitted; // the captured limit is the one at which the model opens as many
    bool is_off;    // the model opens over a tenth more or fewer: no curve, nothing is advised
    GArray *curve;  // struct what_if_point
};

const char *finding_key(enum finding_id id);
const char *severity_key(enum severity severity);
const char *setting_key(enum setting_kind kind);
bool setting_is_time(enum setting_kind kind);
