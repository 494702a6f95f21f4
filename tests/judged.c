// SPDX-License-Identifier: BSD-2-Clause
// Runs the floors over a capture file.
#include "judged.h"

#include "capture/decode.h"
#include "engine_judged.h"

struct reading {
    struct engine *engine;
    struct decoder *decoder;
    int64_t first, last;
};

static void follow(struct reading *reading, struct packet *packet)
{
    struct segment segment = {.clock = MAX(reading->last, packet->time)};
    if (decode_packet(reading->decoder, packet, &segment) != DECODE_TCP)
        return;
    reading->first = reading->first == NANOS_UNKNOWN ? packet->time : reading->first;
    reading->last = MAX(reading->last, packet->time);
    engine_take(reading->engine, &segment, 1);
}

static bool follow_all(struct reading *reading, const char *path)
{
    struct source *source = source_open(path, &limits_default, NULL);
    if (!source)
        return false;
    struct packet packets[16];
    size_t count;
    while ((count = source_next(source, packets, G_N_ELEMENTS(packets))) > 0) {
        for (size_t i = 0; i < count; i++)
            follow(reading, &packets[i]);
    }
    source_free(source);
    return true;
}

static struct analysis *judge(struct judged *judged, const struct reading *reading)
{
    struct analysis_input input = {
        .names = judged->names, .first = reading->first, .last = reading->last};
    return engine_judged(judged->engine, engine_records(judged->engine), input);
}

struct judged *judged_new(const char *path)
{
    struct judged *judged = g_new0(struct judged, 1);
    struct reading reading = {.first = NANOS_UNKNOWN, .last = NANOS_UNKNOWN};
    judged->names = names_new(&limits_default);
    judged->engine = engine_new(&limits_default, judged->names, &(struct engine_options){NULL});
    reading.engine = judged->engine;
    reading.decoder = decoder_new(&limits_default);
    bool is_read = follow_all(&reading, path);
    engine_finish(judged->engine);
    judged->analysis = judge(judged, &reading);
    decoder_free(reading.decoder);
    if (is_read)
        return judged;
    judged_free(judged);
    return NULL;
}

void judged_free(struct judged *judged)
{
    if (!judged)
        return;
    analysis_free(judged->analysis);
    engine_free(judged->engine);
    names_free(judged->names);
    g_free(judged);
}
