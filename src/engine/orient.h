// SPDX-License-Identifier: BSD-2-Clause
// Who is the client: sender of the SYN; else receiver of the SYN-ACK; else sender of a request
// head or receiver of a response head; else the higher port.
#pragma once

#include "engine/flow.h"

// The side that the first segment of a connection comes from.
enum side orient_first(struct flow *flow, const struct segment *segment);

// The side that a later segment of it comes from.
static inline enum side orient_side(const struct flow *flow, const struct segment *segment)
{
    const struct record *record = &flow->record;
    uint16_t client = record->end[CLIENT].port, from = segment->from.port;
    if (client != record->end[SERVER].port)
        return from == client ? CLIENT : SERVER;
    return memcmp(&record->end[CLIENT].address, &segment->from.address, sizeof(struct address)) == 0
               ? CLIENT
               : SERVER;
}

// What two addresses differ in; 0 when they are one.
static inline uint64_t orient_difference(const struct address *one, const struct address *other)
{
    uint64_t a[2], b[2];
    memcpy(a, one, sizeof a);
    memcpy(b, other, sizeof b);
    return (a[0] ^ b[0]) | (a[1] ^ b[1]);
}

// Whether a segment goes between the ends of a flow and comes from `side`. They nearly always are
// its ends: so all is compared at once.
static inline bool orient_is_from(const struct flow *flow, const struct segment *segment,
                                  enum side side)
{
    const struct record *r = &flow->record;
    int ports = (r->end[side].port ^ segment->from.port) | (r->end[!side].port ^ segment->to.port);
    return (orient_difference(&r->end[side].address, &segment->from.address) |
            orient_difference(&r->end[!side].address, &segment->to.address) | (uint64_t)ports) == 0;
}

// Turns a connection around whose client was only guessed, once a head shows the contrary.
void orient_check(struct flow *flow, const struct segment *segment);

// What the capture says of a process goes to the end that sent the packet on its host, or received
// it there; to both where that isn't told. What was said before stays.
void orient_note(struct flow *flow, const struct segment *segment);
static inline void orient_annotate(struct flow *flow, const struct segment *segment)
{
    if (segment->note != 0)
        orient_note(flow, segment);
}
