// SPDX-License-Identifier: BSD-2-Clause
// Other ways in which the same bytes may come: cut, shuffled, repeated, swapped.
#include "tests/variation.h"

#define PIECES_MAX  5
#define SWAP_WITHIN (20 * NANOS_PER_MS) // well below the delay after which bytes count as missed

static void append(GArray *segments, struct segment segment)
{
    segment.frame = segments->len + 1;
    g_array_append_val(segments, segment);
}

static const struct segment *at(const GArray *segments, guint i)
{
    return &g_array_index(segments, struct segment, i);
}

// The bytes from `begin` to `end`; FIN and PSH stay with the last piece.
static struct segment piece_of(const struct segment *whole, uint32_t begin, uint32_t end)
{
    struct segment piece = *whole;
    piece.seq += begin;
    piece.payload = slice_first(slice_from(whole->payload, begin), end - begin);
    piece.payload_length = end - begin;
    piece.ip_id = (uint16_t)(whole->ip_id * 8 + begin);
    if (end < whole->payload_length)
        piece.flags &= (uint8_t) ~(TCP_FIN | TCP_PSH);
    return piece;
}

// Fills `pieces` and returns how many; one, when there is nothing to cut.
static unsigned cut(const struct segment *whole, GRand *random, struct segment *pieces)
{
    unsigned count = 0;
    uint32_t begin = 0, length = whole->payload_length;
    bool is_whole = length < 2 || whole->payload.length < length || whole->flags & TCP_SYN;
    while (!is_whole && count < PIECES_MAX - 1 && begin + 1 < length) {
        uint32_t most = MIN(length - 1, begin + 1 + length / 2);
        uint32_t end = (uint32_t)g_rand_int_range(random, (gint32)begin + 1, (gint32)most + 1);
        pieces[count++] = piece_of(whole, begin, end);
        begin = end;
    }
    pieces[count++] = is_whole ? *whole : piece_of(whole, begin, length);
    return count;
}

GArray *variation_cut(const GArray *segments, GRand *random)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct segment));
    for (guint i = 0; i < segments->len; i++) {
        struct segment pieces[PIECES_MAX];
        unsigned count = cut(at(segments, i), random, pieces);
        for (unsigned k = 0; k < count; k++)
            append(out, pieces[k]);
    }
    return out;
}

GArray *variation_shuffle(const GArray *segments, GRand *random)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct segment));
    for (guint i = 0; i < segments->len; i++) {
        struct segment pieces[PIECES_MAX];
        unsigned count = cut(at(segments, i), random, pieces);
        while (count > 0) {
            unsigned k = (unsigned)g_rand_int_range(random, 0, (gint32)count);
            append(out, pieces[k]);
            pieces[k] = pieces[--count];
        }
    }
    return out;
}

GArray *variation_repeat(const GArray *segments, GRand *random)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct segment));
    for (guint i = 0; i < segments->len; i++) {
        struct segment segment = *at(segments, i);
        append(out, segment);
        bool is_data = segment.payload_length > 1 && !(segment.flags & TCP_SYN);
        if (!is_data || g_rand_boolean(random))
            continue;
        segment.ip_id += 20000; // sent again, not captured again
        append(out, segment);
    }
    return out;
}

GArray *variation_twice(const GArray *segments, GRand *random)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct segment));
    for (guint i = 0; i < segments->len; i++) {
        struct segment segment = *at(segments, i);
        append(out, segment);
        segment.ttl--;
        if (g_rand_boolean(random))
            append(out, segment);
    }
    return out;
}

static bool is_same_direction(const struct segment *a, const struct segment *b)
{
    return a->from.port == b->from.port &&
           memcmp(&a->from.address, &b->from.address, sizeof(a->from.address)) == 0;
}

static bool is_swappable(const struct segment *a, const struct segment *b)
{
    uint8_t both = a->flags | b->flags;
    return !is_same_direction(a, b) && !(both & (TCP_SYN | TCP_RST | TCP_FIN)) &&
           b->time - a->time <= SWAP_WITHIN;
}

GArray *variation_swap(const GArray *segments, GRand *random)
{
    GArray *out = g_array_new(FALSE, TRUE, sizeof(struct segment));
    for (guint i = 0; i < segments->len; i++) {
        struct segment first = *at(segments, i);
        if (i + 1 < segments->len && is_swappable(&first, at(segments, i + 1)) &&
            g_rand_boolean(random)) {
            struct segment second = *at(segments, ++i);
            int64_t time = first.time;
            first.time = second.time;
            second.time = time;
            append(out, second);
        }
        append(out, first);
    }
    return out;
}
