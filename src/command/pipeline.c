// SPDX-License-Identifier: BSD-2-Clause
// The loop over packets that analyze and live share.
#include "command/pipeline.h"

#include "capture/source.h"

struct pipeline *pipeline_new(const struct options *options, const struct limits *limits)
{
    struct pipeline *pipeline = g_new0(struct pipeline, 1);
    const struct engine_options engine = {.http_ports = options->http_ports};
    pipeline->options = options;
    pipeline->limits = limits;
    pipeline->names = names_new(limits);
    pipeline->notes = notes_new(limits, options->has_arguments);
    pipeline->decoder = decoder_new(limits);
    pipeline->engine = engine_new(limits, pipeline->names, &engine);
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

static void pipeline_flush(struct pipeline *pipeline)
{
    engine_take(pipeline->engine, pipeline->batch, pipeline->batched);
    pipeline->batched = 0;
}

// Segments wait for the engine in batches, as long as the bytes that they borrow last: those of a
// packet until the next packets are read, those of a reassembled datagram until the next call.
static void pipeline_queue(struct pipeline *pipeline, const struct packet *packet)
{
    const uint8_t *payload = pipeline->batch[pipeline->batched++].payload.at;
    bool is_borrowed_shortly = payload && (payload < packet->bytes.at ||
                                           payload > packet->bytes.at + packet->bytes.length);
    if (is_borrowed_shortly || pipeline->batched == PIPELINE_BATCH)
        pipeline_flush(pipeline);
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
    enum decode_result result =
        decode_packet(pipeline->decoder, packet, &pipeline->batch[pipeline->batched]);
    pipeline->results[result]++;
    if (result == DECODE_TCP)
        pipeline_queue(pipeline, packet);
}

void pipeline_take(struct pipeline *pipeline, struct packet *packets, size_t count, uint32_t base,
                   int64_t ends)
{
    const uint64_t most = (uint64_t)pipeline->options->packets;
    for (size_t i = 0; i < count && !pipeline->is_over; i++) {
        packets[i].frame += base;
        pipeline->frames = packets[i].frame;
        if (packets[i].time < ends)
            pipeline_take_one(pipeline, &packets[i]);
        pipeline->is_over = packets[i].time >= ends || (most && pipeline->packets >= most);
    }
    pipeline_flush(pipeline);
    pipeline_drain(pipeline);
}

void pipeline_drain(struct pipeline *pipeline)
{
    struct record record;
    while (engine_next(pipeline->engine, &record)) {
        if (pipeline->records->len < pipeline->limits->records)
            g_array_append_val(pipeline->records, record);
        else
            pipeline->refused++;
    }
}

void pipeline_finish(struct pipeline *pipeline)
{
    engine_finish(pipeline->engine);
    pipeline_drain(pipeline);
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
    engine_free(pipeline->engine);
    decoder_free(pipeline->decoder);
    names_free(pipeline->names);
    notes_free(pipeline->notes);
    packet_filter_free(pipeline->filter);
    g_free(pipeline);
}
