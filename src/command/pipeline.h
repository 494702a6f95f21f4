// SPDX-License-Identifier: BSD-2-Clause
// Packets in, connection records out: decode -> engine -> records, with what was counted on the
// way.
#pragma once

#include "capture/decode.h"
#include "capture/notes.h"
#include "capture/segment.h"
#include "command/feeds.h"
#include "command/options.h"
#include "command/shards.h"
#include "command/turns.h"

struct pipeline {
    const struct options *options; // borrowed
    struct names *names;
    struct notes *notes; // what the captures say beside their packets
    struct decoder *decoder;
    struct shards *shards;
    struct packet_filter *filter; // NULL: every packet
    GArray *records;              // struct record, handed over by the shards
    uint64_t settled;             // records that were judged and let go
    uint16_t part;                // of segments, see struct segment
    uint64_t filtered;            // packets that the filter left out
    uint64_t packets;             // taken by the filter
    uint32_t frames;              // packets of all inputs so far
    int64_t first, last;          // earliest and latest packet; NANOS_UNKNOWN without packets
    bool is_over;                 // -c or -a ended the reading
};

// `options` are checked already; both are borrowed for the pipeline's life.
struct pipeline *pipeline_new(const struct options *options, const struct limits *limits,
                              unsigned threads);

// How many packets may still be asked for at once, at least 1 until is_over.
size_t pipeline_room(const struct pipeline *pipeline, size_t most);

// Puts a turn's packets into an empty chunk; their frames become ordinals over all inputs. `ends`
// is the first time that isn't read; INT64_MAX none. One chunk at a time.
void pipeline_read(struct pipeline *pipeline, struct chunk *chunk, const struct turn *turn,
                   int64_t ends);

// What was read is in the chunk: lets the next one be read, unless this is the last, makes segments
// of its packets and hands them to the shards. Several threads may do so at the same time.
void pipeline_hand_on(struct pipeline *pipeline, struct chunk *chunk, bool is_last);

// Moves what the shards have finished to `records`, as far as there is room.
void pipeline_drain(struct pipeline *pipeline);

// Hands out the records kept so far: caller frees.
GArray *pipeline_records(struct pipeline *pipeline);

// Whether a window of `records` has to be settled before more are taken.
bool pipeline_is_full(const struct pipeline *pipeline);

// Whether so much was finished that pipeline_drain() may fill the records. Only after every so many
// packets, however they come in batches, that windows depend on the packets alone: so many may be
// taken until it has to be asked again.
bool pipeline_is_due(const struct pipeline *pipeline);
size_t pipeline_until_due(const struct pipeline *pipeline);

// The capture is over: everything becomes a record, as far as there is room.
void pipeline_finish(struct pipeline *pipeline);

// What the engines and the names counted so far.
struct engine_counts pipeline_counts(const struct pipeline *pipeline);

// The rows of coverage.skipped: struct skipped_row; caller frees.
GArray *pipeline_skipped(const struct pipeline *pipeline);
void pipeline_free(struct pipeline *pipeline);
