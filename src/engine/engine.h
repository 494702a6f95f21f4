// SPDX-License-Identifier: BSD-2-Clause
// Segments in, connection records out. It cannot fail: no I/O, no clock, no log; hostile input
// becomes a fact or a count.
#pragma once

#include "base/limits.h"
#include "base/names.h"
#include "engine/record.h"

struct engine;

// Counts over all segments; the capture's half of coverage.
struct engine_counts {
    uint64_t segments;
    uint64_t duplicates;        // captured twice, counted once
    uint64_t strays;            // lone RST or ACK, tail of a close: no connection
    uint64_t evicted;           // connections dropped from the flow table by a cap
    uint64_t exchanges_dropped; // beyond the cap
    uint64_t names_refused;     // as often as one was beyond the cap
};

// TCP ports whose connections are HTTP although their first bytes don't look like it; ends with 0.
struct engine_options {
    const uint16_t *http_ports;
};

// `names` and `limits` are borrowed for the engine's life.
struct engine *engine_new(const struct limits *limits, struct names *names,
                          const struct engine_options *options);
void engine_free(struct engine *engine);

// Takes segments of one part in capture order; their clock is the capture's time. Their payloads
// are borrowed until the call returns. Many at a time are faster: their flows are fetched together.
void engine_take(struct engine *engine, const struct segment *segments, size_t count);

// Nothing came until `now` (a live capture): closed connections don't linger beyond it, and their
// records aren't held back.
void engine_wait(struct engine *engine, int64_t now);

// The capture is over: engine_next() makes a record of every connection still open. No segment may
// follow.
void engine_finish(struct engine *engine);

// After that: completes the records of all connections that are still open at once; else
// engine_next() completes each.
void engine_settle(struct engine *engine);

// Hands out finished records, oldest first; false when there is none now.
bool engine_next(struct engine *engine, struct record *record);

// At most so many will be handed out now.
size_t engine_waiting(const struct engine *engine);

// From here on, the memory of connections whose records were handed out after the end goes to
// `pages`, which is borrowed; NULL: to the system.
struct pages;
void engine_give(struct engine *engine, struct pages *pages);

// The next record, as far as it is known already: the first frame of its connection is. NULL: none.
const struct record *engine_head(const struct engine *engine);

// Copies the record of a connection that is followed still, as if the capture ended now; those that
// never were established are left out. `place` is ENGINE_BEGIN first; false when there is no more.
#define ENGINE_BEGIN UINT32_MAX
bool engine_peek(const struct engine *engine, uint32_t *place, struct record *record);

// The log of all exchanges so far, in no particular order; whoever asks may take some out.
struct exchanges;
struct exchanges *engine_exchanges(struct engine *engine);

// Where captures follow each other, as far as segments came from behind.
struct seam;
const struct seam *engine_seams(const struct engine *engine, size_t *count);
struct engine_counts engine_counts(const struct engine *engine);

// Connections that are followed now.
uint32_t engine_open(const struct engine *engine);
