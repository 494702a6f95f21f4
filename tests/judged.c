// SPDX-License-Identifier: BSD-2-Clause
// Runs the floors over a capture file, without packets that a distortion takes away.
#include "judged.h"

#include "capture/decode.h"

struct reading {
    const struct distortion *distortion;
    struct engine *engine;
    struct decoder *decoder;
    GHashTable *servers; // endpoints that a SYN went to, as bytes
    uint32_t packets, taken;
    uint64_t random;
    int64_t first, last;
};

static GBytes *endpoint_bytes(const struct endpoint *endpoint)
{
    uint8_t bytes[18];
    memcpy(bytes, endpoint->address.bytes, 16);
    memcpy(bytes + 16, &endpoint->port, 2);
    return g_bytes_new(bytes, sizeof(bytes));
}

static bool is_server(const struct reading *reading, const struct endpoint *endpoint)
{
    GBytes *key = endpoint_bytes(endpoint);
    bool known = g_hash_table_contains(reading->servers, key);
    g_bytes_unref(key);
    return known;
}

static bool each_packet(const char *path, void (*take)(struct reading *, struct packet *),
                        struct reading *reading)
{
    struct source *source = source_open(path, &limits_default, NULL);
    if (!source)
        return false;
    struct packet packets[16];
    size_t count;
    while ((count = source_next(source, packets, G_N_ELEMENTS(packets))) > 0) {
        for (size_t i = 0; i < count; i++)
            take(reading, &packets[i]);
    }
    source_free(source);
    return true;
}

static void learn(struct reading *reading, struct packet *packet)
{
    struct segment segment;
    reading->packets++;
    if (decode_packet(reading->decoder, packet, &segment) == DECODE_TCP &&
        (segment.flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        g_hash_table_add(reading->servers, endpoint_bytes(&segment.to));
}

// xorshift64*, the same on every run.
static uint32_t next_random(struct reading *reading)
{
    reading->random ^= reading->random >> 12;
    reading->random ^= reading->random << 25;
    reading->random ^= reading->random >> 27;
    return (uint32_t)((reading->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % 1000;
}

static bool is_kept(struct reading *reading, const struct segment *segment, uint32_t place)
{
    const struct distortion *d = reading->distortion;
    uint64_t percent = (uint64_t)place * 100 / (reading->packets ? reading->packets : 1);
    if (percent < d->cut_first || percent >= 100 - d->cut_last)
        return false;
    if (d->dropped && next_random(reading) < d->dropped)
        return false;
    bool from_server = is_server(reading, &segment->from);
    return !(d->client_only && from_server) && !(d->server_only && !from_server);
}

static void follow(struct reading *reading, struct packet *packet)
{
    struct segment segment;
    if (reading->distortion->snaplen)
        packet->bytes = slice_first(packet->bytes, reading->distortion->snaplen);
    uint32_t place = reading->taken++;
    if (decode_packet(reading->decoder, packet, &segment) != DECODE_TCP ||
        !is_kept(reading, &segment, place))
        return;
    reading->first = reading->first == NANOS_UNKNOWN ? packet->time : reading->first;
    reading->last = MAX(reading->last, packet->time);
    engine_take(reading->engine, &segment, 1);
}

static struct analysis *judge(struct judged *judged, const struct reading *reading)
{
    struct analysis_input input = {
        .names = judged->names, .first = reading->first, .last = reading->last};
    GArray *records = g_array_new(FALSE, FALSE, sizeof(struct record));
    struct record record;
    while (engine_next(judged->engine, &record))
        g_array_append_val(records, record);
    input.record_count = records->len;
    input.records = (struct record *)(void *)g_array_free(records, FALSE);
    input.exchanges = engine_exchanges(judged->engine, &input.exchange_count);
    return analysis_new(&input);
}

struct judged *judged_new(const char *path, const struct distortion *distortion)
{
    struct judged *judged = g_new0(struct judged, 1);
    struct reading reading = {.distortion = distortion, .random = 88172645463325252u};
    reading.random += distortion->seed * UINT64_C(0x9e3779b97f4a7c15);
    reading.first = reading.last = NANOS_UNKNOWN;
    judged->names = names_new(&limits_default);
    judged->engine = engine_new(&limits_default, judged->names, &(struct engine_options){NULL});
    reading.engine = judged->engine;
    reading.decoder = decoder_new(&limits_default);
    reading.servers =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    bool is_read = each_packet(path, learn, &reading) && each_packet(path, follow, &reading);
    engine_finish(judged->engine);
    judged->analysis = judge(judged, &reading);
    g_hash_table_destroy(reading.servers);
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
