// SPDX-License-Identifier: BSD-2-Clause
// Findings in the making: what the searches for findings share.
#pragma once

#include "judge/analysis.h"
#include "judge/finding.h"
#include "judge/setting_lookup.h"

struct inquiry {
    const struct analysis *analysis;
    const struct exchange *exchanges;
    size_t exchange_count;
    struct setting_lookup *settings;
    struct finding drafts[FINDINGS]; // by id; values NAN until known
    bool is_made[FINDINGS];
};

// The searches, in the order in which they run.
void inquiry_causes(struct inquiry *inquiry); // findings that a cause is behind
void inquiry_states(struct inquiry *inquiry); // TCP states and ports
void inquiry_chains(struct inquiry *inquiry); // retries, drifting addresses, families of addresses
void inquiry_pools(struct inquiry *inquiry);  // limits, sharing, conflicts of timeouts
void inquiry_whole(struct inquiry *inquiry);  // probes, the capture's quality, what is good

// The draft of this id, made now if it wasn't.
struct finding *inquiry_draft(struct inquiry *inquiry, enum finding_id id, enum severity severity);

// Adds to a list of FINDING_LIST unless it is full or has it.
void inquiry_add_pair(struct finding *finding, uint32_t pair);
void inquiry_add_evidence(struct finding *finding, size_t record);

// Handshakes of this pair that were avoidable.
void inquiry_add_handshakes(struct finding *finding, const struct pair *pair, uint64_t count);

// A handshake is avoidable where the pair opened more connections than it had at once.
void inquiry_add_cost(struct finding *finding, const struct pair *pair, uint64_t closes);

const struct pair *inquiry_pair(const struct inquiry *inquiry, uint32_t index);
double inquiry_seconds(int64_t nanos); // NAN when unknown
