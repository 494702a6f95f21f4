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
