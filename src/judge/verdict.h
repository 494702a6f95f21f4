// SPDX-License-Identifier: BSD-2-Clause
// The judge's answer for one connection.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/record.h"
#include "judge/cause.h"

enum confidence {
    CONFIDENCE_PROVEN,
    CONFIDENCE_STRONG,
    CONFIDENCE_CONSISTENT,
    CONFIDENCE_AMBIGUOUS,
    CONFIDENCES
};

enum reason {
    REASON_NONE,
    REASON_LOSS,
    REASON_MIDSTREAM,
    REASON_ONE_DIRECTION,
    REASON_SNAPLEN,
    REASON_LIMITS,
    REASON_NO_RULE,
    REASONS
};

// What a group of connections says about this one; `value` is in the unit named here.
enum group {
    GROUP_NONE,
    GROUP_GAP_CLUSTER,   // value: centre of the equal gaps, ns; size: how many
    GROUP_KNOWN_DEFAULT, // value: the known default, ns
    GROUP_ADVERTISED,    // value: Keep-Alive: timeout=, ns
    GROUP_AGE_CLUSTER,   // value: centre of the ages, ns
    GROUP_WAIT_CLUSTER,  // value: centre of the waits for a response (or of total times), ns
    GROUP_REQUEST_COUNT, // value: N
    GROUP_KEPT_PEERS,    // value: L; size: closes that agree
    GROUP_BURST,         // value: spread of the closes, ns; size: connections closed
    GROUP_UNPOOLED,      // size: idle connections that later opens did not use
    GROUPS
};

struct verdict {
    int64_t value;       // see enum group
    uint32_t size;       // connections in the group
    uint32_t kept_peers; // idle peers kept at this close; UINT32_MAX when not counted
    uint32_t evidence;   // bits: enum moment_id
    uint8_t cause;       // enum cause
    uint8_t runner_up;   // enum cause; CAUSE_NONE
    uint8_t confidence;  // enum confidence
    uint8_t reason;      // enum reason; only for unattributed
    uint8_t group;       // enum group
    bool is_probe;       // a health probe: set apart before any ratio
    bool by_network;     // close.by is network, how timeout: neither FIN nor RST was seen
};

const char *confidence_key(enum confidence confidence);
const char *reason_key(enum reason reason);

// Whom this verdict blames, ties broken by who closed: a side, the network or nobody; and as
// "client", "server", "network" or "none".
enum blame verdict_blames(const struct verdict *verdict, const struct record *record);
const char *blame_key(enum blame blame);

// TLS, HTTP/2 or another protocol: its requests can't be counted.
static inline bool record_is_opaque(const struct record *record)
{
    return record->phase == PHASE_OPAQUE;
}

// Who began to close: the sender of the first TLS alert, where that is sure, or of the first close.
static inline enum close_by record_initiator(const struct record *record)
{
    bool by_client = record_has(record, FACT_CLIENT_ALERTED);
    bool by_server = record_has(record, FACT_SERVER_ALERTED);
    if (by_client != by_server && record->close_how == CLOSE_FIN)
        return by_client ? CLOSE_BY_CLIENT : CLOSE_BY_SERVER;
    return (enum close_by)record->close_by;
}

// Whether ratios, percentiles and histograms count this connection: established, HTTP, no probe.
bool verdict_counts(const struct verdict *verdict, const struct record *record);
