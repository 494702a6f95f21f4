// SPDX-License-Identifier: BSD-2-Clause
// The loop over packets that analyze and live share.
#include "command/pipeline.h"

#include "capture/mapped.h"
#include "capture/source.h"
#include "capture/usual.h"

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

// How many packets come before the first that is too late.
static size_t pipeline_in_time(const struct packet *packets, size_t count, int64_t ends)
{
    size_t in_time = 0;
    while (in_time < count && packets[in_time].time < ends)
        in_time++;
    return in_time;
}

// Marks what the filter leaves out; returns how many packets it takes to find as many as wanted.
static size_t pipeline_filter(struct pipeline *pipeline, struct packet *packets, size_t count)
{
    const uint64_t most = (uint64_t)pipeline->options->packets;
    size_t done = 0;
    while (done < count && !(most && pipeline->packets >= most)) {
        struct packet *packet = &packets[done++];
        packet->is_left_out = !packet_filter_takes(pipeline->filter, packet);
        pipeline->filtered += packet->is_left_out;
        pipeline->packets += !packet->is_left_out;
    }
    return done;
}

// Notes the times of the packets; when these are in order, the first and the last one say all.
static void pipeline_see(struct pipeline *pipeline, const struct packet *packets, size_t count,
                         bool is_in_order)
{
    size_t step = is_in_order && count > 1 ? count - 1 : 1;
    for (size_t i = 0; i < count; i += step) {
        if (pipeline->first == NANOS_UNKNOWN || packets[i].time < pipeline->first)
            pipeline->first = packets[i].time;
        pipeline->last = MAX(pipeline->last, packets[i].time);
    }
}

// As if no more had been captured (-s).
static void pipeline_cut(const struct pipeline *pipeline, struct packet *packets, size_t count)
{
    const size_t most = (size_t)pipeline->options->snaplen;
    for (size_t i = 0; i < count; i++)
        packets[i].bytes = slice_first(packets[i].bytes, most);
}

// All packets that the feed holds come at once, mostly: then the arrays are exchanged.
static void pipeline_move(struct chunk *chunk, const struct turn *turn)
{
    struct feed *feed = turn->feed;
    if (turn->first == 0 && turn->end == feed->waiting) {
        struct packet *packets = feed->packets;
        feed->packets = chunk->packets;
        chunk->packets = packets;
    } else {
        memcpy(chunk->packets, &feed->packets[turn->first],
               (turn->end - turn->first) * sizeof *chunk->packets);
    }
}

void pipeline_read(struct pipeline *pipeline, struct chunk *chunk, const struct turn *turn,
                   int64_t ends)
{
    const struct feed *feed = turn->feed;
    const uint64_t most = (uint64_t)pipeline->options->packets;
    size_t count = turn->end - turn->first;
    chunk_hold(chunk, source_buffer(feed->source));
    chunk->first_frame = feed->first_frame;
    chunk->part = pipeline->part;
    chunk->clock = pipeline->last;
    pipeline_move(chunk, turn);
    if (ends != INT64_MAX)
        count = pipeline_in_time(chunk->packets, count, ends);
    pipeline->is_over = count < turn->end - turn->first;
    if (pipeline->filter)
        count = pipeline_filter(pipeline, chunk->packets, count);
    else
        pipeline->packets += count = pipeline_room(pipeline, count);
    pipeline->is_over |= most && pipeline->packets >= most;
    bool is_in_order = source_use(feed->source, chunk->packets, count);
    pipeline_see(pipeline, chunk->packets, count, is_in_order);
    if (pipeline->options->snaplen > 0)
        pipeline_cut(pipeline, chunk->packets, count);
    if (count > 0)
        pipeline->frames = chunk->packets[count - 1].frame + feed->first_frame;
    chunk->count = count;
}

// A reassembled datagram lies in the decoder, until the next one only.
static bool lasts(const struct packet *packet, struct slice payload)
{
    return payload.length == 0 ||
           (payload.at >= packet->bytes.at && payload.at < packet->bytes.at + packet->bytes.length);
}

// What isn't usual is decoded in order, as fragments are put together.
static void pipeline_decode_rest(struct pipeline *pipeline, struct chunk *chunk,
                                 const struct packet *packet, int64_t clock)
{
    struct segment segment = {.part = chunk->part, .clock = clock};
    shards_await(pipeline->shards, chunk);
    enum decode_result result = decode_packet(pipeline->decoder, packet, &segment);
    do {
        chunk->results[result]++;
        if (result == DECODE_TCP && lasts(packet, segment.payload))
            chunk_add(chunk, &segment);
        else if (result == DECODE_TCP)
            chunk_add_copy(chunk, &segment);
    } while (decode_more(pipeline->decoder, packet, &segment, &result));
}

static void pipeline_decode(struct pipeline *pipeline, struct chunk *chunk)
{
    const uint32_t first_frame = chunk->first_frame;
    const uint16_t part = chunk->part;
    struct packet *end = chunk->packets + chunk->count;
    int64_t clock = chunk->clock;
    uint64_t usual = chunk->count;
    for (struct packet *packet = chunk->packets; packet < end; packet++) {
        struct segment *segment = NULL;
        clock = MAX(clock, packet->time);
        if (!packet->is_left_out)
            segment = usual_decode(packet, chunk->lanes);
        if (segment) {
            segment->frame = packet->frame + first_frame;
            segment->part = part;
            segment->clock = clock;
            continue;
        }
        usual--;
        packet->frame += first_frame;
        if (!packet->is_left_out)
            pipeline_decode_rest(pipeline, chunk, packet, clock);
    }
    chunk->results[DECODE_TCP] += usual;
}

void pipeline_hand_on(struct pipeline *pipeline, struct chunk *chunk, bool is_last)
{
    shards_read(pipeline->shards, is_last);
    if (chunk->count > 0)
        mapped_ask_ahead(chunk->buffer, chunk->packets[chunk->count - 1].bytes.at);
    pipeline_decode(pipeline, chunk);
    shards_hand_out(pipeline->shards, chunk);
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

// Packets since it was due. Frames would do in most captures: but some frames are no packets.
static uint32_t pipeline_since_due(const struct pipeline *pipeline)
{
    return (uint32_t)((pipeline->packets + pipeline->filtered) % pipeline_step(pipeline));
}

size_t pipeline_until_due(const struct pipeline *pipeline)
{
    return pipeline_step(pipeline) - pipeline_since_due(pipeline);
}

bool pipeline_is_due(const struct pipeline *pipeline)
{
    if (pipeline_since_due(pipeline) > 0)
        return false;
    shards_flush(pipeline->shards);
    size_t records = pipeline->records->len + shards_records(pipeline->shards);
    return records > pipeline_most(pipeline) || shards_are_full(pipeline->shards) ||
           shards_lack_exchanges(pipeline->shards);
}

void pipeline_finish(struct pipeline *pipeline)
{
    bool is_one_window = shards_connections(pipeline->shards) <= pipeline->options->limits.records;
    shards_finish(pipeline->shards, is_one_window);
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
        const struct skipped_row row = {decode_name(i), shards_results(pipeline->shards, i)};
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
