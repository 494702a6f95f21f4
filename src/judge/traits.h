// SPDX-License-Identifier: BSD-2-Clause
// What any connection of a group has: tells whether a statement can matter to the group at all,
// without a look at each of its connections.
#pragma once

#include "judge/verdict.h"

// What statements ask of a record again and again, in two bytes instead of lines of memory.
struct outline {
    uint8_t close_by : 2; // enum close_by
    uint8_t phase : 4;    // enum phase
    bool has_gap : 1;
    bool is_late : 1; // its gap is longer than AT_ONCE
    bool is_established : 1;
    bool is_whole : 1; // nothing that the capture lacks of it lowers a confidence
};

_Static_assert(sizeof(struct outline) == 2 && PHASE_LOST < 16, "two bytes for each record");

// Of a connection that was closed: when it began, and when it was closed. Both 0 while it is open.
struct life {
    int64_t start, close;
};

struct traits {
    uint64_t facts;                // bits: enum fact
    uint64_t absent;               // those that one lacks
    uint64_t closes;               // bits: trait_close()
    uint64_t causes;               // bits: enum cause, said so far; none is ever taken back
    int64_t client_leg;            // traits_client_leg(); INT64_MAX: nothing shows it
    int64_t last_established;      // when the last began of those that were established
    int64_t last_open, last_close; // times; INT64_MAX: one stays open
    uint32_t most_requests;
    bool has_gaps;             // one closed later than AT_ONCE
    bool has_client_fins;      // one was closed by the client's FIN
    bool has_reuse_after_body; // one was used again after a body
    bool owes_closes;          // one side ended one, the other not within OWED_LONG
};

_Static_assert(CAUSES <= 64, "causes are the bits of one word");

// A close by `by` in `phase`; by nobody: still open.
static inline uint64_t trait_close(enum close_by by, enum phase phase)
{
    _Static_assert(PHASE_LOST < 16, "a close is one of 48 bits");
    return UINT64_C(1) << ((unsigned)by * 16 + (unsigned)phase);
}

static inline uint64_t trait_cause(enum cause cause)
{
    return UINT64_C(1) << cause;
}

struct outline outline_of(const struct record *record);
struct life life_of(const struct record *record);

// Of no connection. Free with g_free().
struct traits *traits_new(size_t count);

void traits_add(struct traits *traits, const struct record *record, const struct verdict *verdict);
void traits_join(struct traits *traits, const struct traits *other);

// How long a segment and its answer take between the capture and these clients, ns: by their
// closes, whose gap is told by their own segments. 0 where nothing shows it.
static inline int64_t traits_client_leg(const struct traits *traits)
{
    return traits->client_leg == INT64_MAX ? 0 : traits->client_leg;
}

// From when on all that the group has open is closed together, and none is opened later: what is
// closed then has no peers that are kept, whatever the reason was. INT64_MAX: one stays open.
int64_t traits_end_wave(const struct traits *traits);

// A close of an idle connection by this side.
bool traits_have_idle_close(const struct traits *traits, enum side side);

// Packets of a connection are missing within the capture.
bool traits_lack_packets(const struct traits *traits);

// Packets of a connection are missing, before or within the capture.
bool traits_are_damaged(const struct traits *traits);
