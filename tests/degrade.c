// SPDX-License-Identifier: BSD-2-Clause
// Reads a capture into memory and makes poorer forms of it.
#include "tests/degrade.h"

#include <string.h>

#include "capture/decode.h"
#include "capture/source.h"

#define SWAP_WITHIN (300 * NANOS_PER_MS / 1000)
#define SWAP_SHARE  0.3
#define BURST_MEAN  10
#define NEAREST     5 // microseconds after which a packet comes again at the earliest

static bool is_same_end(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && memcmp(&a->address, &b->address, sizeof(a->address)) == 0;
}

// The latest connection between both ends, or NO_CONNECTION; `from` is set to the packet's side.
static uint32_t find_connection(const struct whole *whole, const struct segment *s, enum side *from)
{
    for (guint i = whole->connections->len; i > 0; i--) {
        const struct whole_connection *c =
            &g_array_index(whole->connections, struct whole_connection, i - 1);
        bool is_client = is_same_end(&c->client, &s->from) && is_same_end(&c->server, &s->to);
        bool is_server = is_same_end(&c->client, &s->to) && is_same_end(&c->server, &s->from);
        *from = is_client ? CLIENT : SERVER;
        if (is_client || is_server)
            return i - 1;
    }
    return NO_CONNECTION;
}

static uint32_t open_connection(struct whole *whole, const struct segment *s)
{
    struct whole_connection new = {
        .client = s->from, .server = s->to, .initial_seq = s->seq, .first_close = NANOS_UNKNOWN};
    g_array_append_val(whole->connections, new);
    return whole->connections->len - 1;
}

static void take_segment(struct whole *whole, struct whole_packet *packet)
{
    const struct segment *s = &packet->segment;
    packet->connection = find_connection(whole, s, &packet->from);
    bool is_syn = (s->flags & (TCP_SYN | TCP_ACK)) == TCP_SYN;
    if (is_syn && (packet->connection == NO_CONNECTION ||
                   g_array_index(whole->connections, struct whole_connection, packet->connection)
                           .initial_seq != s->seq)) {
        packet->connection = open_connection(whole, s);
        packet->from = CLIENT;
    }
    if (packet->connection == NO_CONNECTION)
        return;
    struct whole_connection *c =
        &g_array_index(whole->connections, struct whole_connection, packet->connection);
    if (s->flags & (TCP_FIN | TCP_RST) && c->first_close == NANOS_UNKNOWN)
        c->first_close = s->time;
    if (s->flags & TCP_FIN) {
        c->has_fin[packet->from] = true;
        c->fin_ack[packet->from] = s->seq + s->payload_length + 1;
    }
}

static void take_packet(struct whole *whole, struct decoder *decoder, const struct packet *packet)
{
    struct whole_packet taken = {.packet = *packet, .connection = NO_CONNECTION};
    uint8_t *bytes = g_memdup2(packet->bytes.at, packet->bytes.length);
    g_ptr_array_add(whole->bytes, bytes);
    taken.packet.bytes.at = bytes;
    if (decode_packet(decoder, &taken.packet, &taken.segment) == DECODE_TCP)
        take_segment(whole, &taken);
    taken.segment.payload = slice_of(NULL, 0);
    g_array_append_val(whole->packets, taken);
}

struct whole *whole_load(const char *path)
{
    struct source *source = source_open(path, &limits_default, NULL);
    if (!source)
        return NULL;
    struct whole *whole = g_new(struct whole, 1);
    whole->packets = g_array_new(FALSE, TRUE, sizeof(struct whole_packet));
    whole->connections = g_array_new(FALSE, TRUE, sizeof(struct whole_connection));
    whole->bytes = g_ptr_array_new_with_free_func(g_free);
    struct decoder *decoder = decoder_new(&limits_default);
    struct packet packets[16];
    size_t count;
    while ((count = source_next(source, packets, G_N_ELEMENTS(packets))) > 0) {
        for (size_t i = 0; i < count; i++)
            take_packet(whole, decoder, &packets[i]);
    }
    decoder_free(decoder);
    source_free(source);
    return whole;
}

void whole_free(struct whole *whole)
{
    g_array_free(whole->packets, TRUE);
    g_array_free(whole->connections, TRUE);
    g_ptr_array_free(whole->bytes, TRUE);
    g_free(whole);
}

static const struct whole_packet *whole_at(const struct whole *whole, uint32_t i)
{
    return &g_array_index(whole->packets, struct whole_packet, i);
}

static void append(struct degraded *degraded, struct packet packet, uint32_t origin)
{
    packet.frame = degraded->packets->len + 1;
    g_array_append_val(degraded->packets, packet);
    g_array_append_val(degraded->origins, origin);
}

// `left` packets of a run are yet to be lost.
static bool is_in_burst(const struct degradation *d, GRand *random, uint32_t *left)
{
    bool begins =
        *left == 0 && (uint32_t)g_rand_int_range(random, 0, 1000 * BURST_MEAN) < d->amount;
    if (begins)
        *left = (uint32_t)g_rand_int_range(random, 1, 2 * BURST_MEAN);
    bool is_lost = *left > 0;
    *left -= is_lost;
    return is_lost;
}

static bool is_kept(const struct whole *whole, const struct degradation *d, uint32_t i,
                    GRand *random, uint32_t *left)
{
    const struct whole_packet *packet = whole_at(whole, i);
    uint64_t cut = (uint64_t)whole->packets->len * d->amount / 100;
    bool is_known = packet->connection != NO_CONNECTION;
    switch (d->kind) {
    case DEGRADE_LOSS:
        return (uint32_t)g_rand_int_range(random, 0, 1000) >= d->amount;
    case DEGRADE_BURSTS:
        return !is_in_burst(d, random, left);
    case DEGRADE_CLIENT:
        return !is_known || packet->from == CLIENT;
    case DEGRADE_SERVER:
        return !is_known || packet->from == SERVER;
    case DEGRADE_CUT:
        return i >= cut && i < whole->packets->len - cut;
    default:
        return true;
    }
}

static void take_some(struct degraded *degraded, const struct whole *whole,
                      const struct degradation *d, GRand *random)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < whole->packets->len; i++) {
        struct packet packet = whole_at(whole, i)->packet;
        if (d->kind == DEGRADE_SNAPLEN)
            packet.bytes = slice_first(packet.bytes, d->amount);
        if (is_kept(whole, d, i, random, &left))
            append(degraded, packet, i);
    }
}

static void take_swapped(struct degraded *degraded, const struct whole *whole, GRand *random)
{
    for (uint32_t i = 0; i < whole->packets->len; i++) {
        const struct whole_packet *first = whole_at(whole, i);
        const struct whole_packet *second =
            i + 1 < whole->packets->len ? whole_at(whole, i + 1) : first;
        struct packet packets[2] = {first->packet, second->packet};
        bool is_near = packets[1].time - packets[0].time < SWAP_WITHIN;
        if (first->from == second->from || !is_near || g_rand_double(random) >= SWAP_SHARE) {
            append(degraded, packets[0], i);
            continue;
        }
        packets[0].time = second->packet.time;
        packets[1].time = first->packet.time;
        append(degraded, packets[1], ++i);
        append(degraded, packets[0], i - 1);
    }
}

// One hop further: TTL or hop limit one less. Anything but IP over Ethernet stays as it is.
static struct slice routed(struct degraded *degraded, struct slice bytes)
{
    uint8_t *copy = g_memdup2(bytes.at, bytes.length);
    g_ptr_array_add(degraded->bytes, copy);
    if (bytes.length > 22 && copy[12] == 0x08 && copy[13] == 0x00)
        copy[22]--;
    else if (bytes.length > 22 && copy[12] == 0x86 && copy[13] == 0xdd)
        copy[21]--;
    return slice_of(copy, bytes.length);
}

struct copy {
    struct packet packet;
    uint32_t origin;
};

static gint compare_copies(gconstpointer a, gconstpointer b)
{
    const struct copy *left = a, *right = b;
    if (left->packet.time != right->packet.time)
        return left->packet.time < right->packet.time ? -1 : 1;
    return (left->origin > right->origin) - (left->origin < right->origin);
}

static void take_doubled(struct degraded *degraded, const struct whole *whole, uint32_t within,
                         GRand *random)
{
    GArray *copies = g_array_new(FALSE, FALSE, sizeof(struct copy));
    for (uint32_t i = 0; i < whole->packets->len; i++) {
        struct copy copy = {whole_at(whole, i)->packet, i};
        g_array_append_val(copies, copy);
        copy.packet.bytes = routed(degraded, copy.packet.bytes);
        copy.packet.time += g_rand_int_range(random, NEAREST, (gint32)within) * INT64_C(1000);
        g_array_append_val(copies, copy);
    }
    g_array_sort(copies, compare_copies);
    for (guint i = 0; i < copies->len; i++) {
        const struct copy *copy = &g_array_index(copies, struct copy, i);
        append(degraded, copy->packet, copy->origin);
    }
    g_array_free(copies, TRUE);
}

struct degraded *degraded_new(const struct whole *whole, const struct degradation *degradation,
                              uint32_t seed)
{
    struct degraded *degraded = g_new(struct degraded, 1);
    degraded->packets = g_array_new(FALSE, FALSE, sizeof(struct packet));
    degraded->origins = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    degraded->bytes = g_ptr_array_new_with_free_func(g_free);
    GRand *random = g_rand_new_with_seed(seed);
    if (degradation->kind == DEGRADE_SWAP)
        take_swapped(degraded, whole, random);
    else if (degradation->kind == DEGRADE_DOUBLE)
        take_doubled(degraded, whole, degradation->amount, random);
    else
        take_some(degraded, whole, degradation, random);
    g_rand_free(random);
    return degraded;
}

void degraded_free(struct degraded *degraded)
{
    g_array_free(degraded->packets, TRUE);
    g_array_free(degraded->origins, TRUE);
    g_ptr_array_free(degraded->bytes, TRUE);
    g_free(degraded);
}
