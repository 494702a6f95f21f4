// SPDX-License-Identifier: BSD-2-Clause
// The loop over packets that analyze and live share.
#include "command/pipeline.h"

#include "capture/source.h"

// Parts of the cap on records, one in so many.
#define FEW_RECORDS 16
#define FLOOD_PART  4
#define WINDOW_STEP 65536 // packets

struct pipeline *pipeline_new(const struct options *options, const struct limits *limits,
                              unsigned threads)
{
    struct pipeline *pipeline = g_new0(struct pipeline, 1);
    const struct engine_options engine = {.http_ports = options->http_ports};
    pipeline->options = options;
    pipeline->names = names_new(limits);
    pipeline->notes = notes_new(limits, options->has_arguments);
    pipeline->decoder = decoder_new(limits);
    pipeline->shards = shards_new(limits, &engine, threads);
    pipeline->records = g_array_new(FALSE, FALSE, sizeof(struct record));
    pipeline->first = pipeline->last = NANOS_UNKNOWN;
    if (options->filter)
        pipeline->filter = packet_filter_new(options->filter, NULL);
    return pipeline;
}

size_t pipeline_room(const struct pipeline *pipeline, size_t most)
{
    // With a filter nobody knows how many packets it takes to find the rest.
    if (!pipeline->options->packets || pipeline->filter)
        return most;
    return (size_t)MIN((uint64_t)most, (uint64_t)pipeline->options->packets - pipeline->packets);
}

static void pipeline_see(struct pipeline *pipeline, int64_t time)
{
    if (pipeline->first == NANOS_UNKNOWN || time < pipeline->first)
        pipeline->first = time;
    if (pipeline->last == NANOS_UNKNOWN || time > pipeline->last)
        pipeline->last = time;
}

// A reassembled datagram lies in the decoder, until the next one only.
static void pipeline_queue(struct pipeline *pipeline, const struct packet *packet,
                           struct segment *segment)
{
    const uint8_t *payload = segment->payload.at;
    bool lasts = segment->payload.length == 0 ||
                 (payload >= packet->bytes.at && payload < packet->bytes.at + packet->bytes.length);
    segment->clock = pipeline->last;
    segment->part = pipeline->part;
    shards_take(pipeline->shards, segment, lasts);
}

static void pipeline_take_one(struct pipeline *pipeline, struct packet *packet)
{
    pipeline_see(pipeline, packet->time);
    if (pipeline->filter && !packet_filter_takes(pipeline->filter, packet)) {
        pipeline->filtered++;
        return;
    }
    pipeline->packets++;
    if (pipeline->options->snaplen > 0)
        packet->bytes = slice_first(packet->bytes, (size_t)pipeline->options->snaplen);
    struct segment segment;
    enum decode_result result = decode_packet(pipeline->decoder, packet, &segment);
    do {
        pipeline->results[result]++;
        if (result == DECODE_TCP)
            pipeline_queue(pipeline, packet, &segment);
    } while (decode_more(pipeline->decoder, packet, &segment, &result));
}

void pipeline_take(struct pipeline *pipeline, struct feed *feed, size_t first, size_t end,
                   int64_t ends)
{
    const uint64_t most = (uint64_t)pipeline->options->packets;
    struct buffer *buffer = source_buffer(feed->source);
    shards_hold(pipeline->shards, buffer);
    for (size_t i = first; i < end && !pipeline->is_over; i++) {
        struct packet *packet = &feed->packets[i];
        packet->frame += feed->first_frame;
        pipeline->frames = packet->frame;
        if (packet->time < ends)
            pipeline_take_one(pipeline, packet);
        pipeline->is_over = packet->time >= ends || (most && pipeline->packets >= most);
    }
    if (!buffer)
        shards_flush(pipeline->shards);
}

// How many records may be kept. Under a flood of connections, fewer: it is memory that lacks then.
static size_t pipeline_most(const struct pipeline *pipeline)
{
    size_t most = pipeline->options->limits.records;
    return shards_counts(pipeline->shards).evicted ? MAX(most / FLOOD_PART, 1) : most;
}

bool pipeline_is_full(const struct pipeline *pipeline)
{
    size_t records = pipeline->records->len, most = pipeline_most(pipeline);
    // Settling few records would let go of few exchanges.
    return records > most ||
           (records > most / FEW_RECORDS && shards_lack_exchanges(pipeline->shards));
}

void pipeline_drain(struct pipeline *pipeline)
{
    // One more than may be kept: then they are settled.
    shards_hand_over(pipeline->shards, pipeline->names, pipeline->records,
                     (size_t)pipeline->options->limits.records + 1);
}

GArray *pipeline_records(struct pipeline *pipeline)
{
    GArray *records = pipeline->records;
    pipeline->records = g_array_new(FALSE, FALSE, sizeof(struct record));
    return records;
}

static uint32_t pipeline_step(const struct pipeline *pipeline)
{
    return MIN(pipeline->options->limits.records, WINDOW_STEP);
}

size_t pipeline_until_due(const struct pipeline *pipeline)
{
    return pipeline_step(pipeline) - pipeline->frames % pipeline_step(pipeline);
}

bool pipeline_is_due(const struct pipeline *pipeline)
{
    if (pipeline->frames % pipeline_step(pipeline))
        return false;
    shards_flush(pipeline->shards);
    size_t records = pipeline->records->len + shards_records(pipeline->shards);
    return records > pipeline_most(pipeline) || shards_are_full(pipeline->shards) ||
           shards_lack_exchanges(pipeline->shards);
}

void pipeline_finish(struct pipeline *pipeline)
{
    shards_finish(pipeline->shards);
    pipeline_drain(pipeline);
}

struct engine_counts pipeline_counts(const struct pipeline *pipeline)
{
    struct engine_counts counts = shards_counts(pipeline->shards);
    counts.names_refused += names_refused(pipeline->names);
    return counts;
}

GArray *pipeline_skipped(const struct pipeline *pipeline)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct skipped_row));
    for (unsigned i = 0; i < DECODE_RESULTS; i++) {
        const struct skipped_row row = {decode_name(i), pipeline->results[i]};
        if (i != DECODE_TCP && row.packets)
            g_array_append_val(rows, row);
    }
    const struct skipped_row filtered = {"filtered-out", pipeline->filtered};
    if (filtered.packets)
        g_array_append_val(rows, filtered);
    return rows;
}

void pipeline_free(struct pipeline *pipeline)
{
    g_array_free(pipeline->records, TRUE);
    shards_free(pipeline->shards);
    decoder_free(pipeline->decoder);
    names_free(pipeline->names);
    notes_free(pipeline->notes);
    packet_filter_free(pipeline->filter);
    g_free(pipeline);
}
