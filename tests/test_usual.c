// SPDX-License-Identifier: BSD-2-Clause
// The short way to a segment: the same segment as the long one's, wherever it is taken.
#include <CUnit/Basic.h>
#include <glib.h>

#include "capture/usual.h"
#include "frames.h"

#define ETHERNET "020202020202030303030303"
#define ROUNDS   40000

// TCP headers with payload: no options, the usual ones, a SYN's, SACK, none but their end, time
// stamps elsewhere.
#define ACK       "tcp"
#define STAMPED   "9c40005001020304050607088018100000000000 0101080a1122334455667788 474554"
#define SYN       "9c400050010203040000000080c2faf000000000 0204ffd70303070402000000 68656c6c6f"
#define SACK      "00509c4005060708010203048010100000000000 0101050a0000000100000009 6869"
#define ENDED     "00509c4005060708010203046011100000000000 00080a11 68656c6c6f"
#define MISPLACED "00509c4005060708010203048010100000000000 080a1122334455667788 0101 68656c6c6f"

static const struct kind {
    uint16_t link_type;
    const char *layers;
} kinds[] = {
    {1, ETHERNET "0800 ip4/6 " ACK},
    {1, ETHERNET "0800 ip4/6 " STAMPED},
    {1, ETHERNET "0800 ip4/6 " SYN},
    {1, ETHERNET "0800 ip4/6 " SACK},
    {1, ETHERNET "0800 ip4/6 " ENDED},
    {1, ETHERNET "0800 ip4/6 " MISPLACED},
    {1, ETHERNET "86dd ip6/6 " ACK},
    {1, ETHERNET "86dd ip6/6 " STAMPED},
    {113, "00000001000602020202020200000800 ip4/6 " STAMPED},
    {113, "000403040006000000000000000086dd ip6/6 " ACK},
    {276, "0800000000000002000100060202020202020000 ip4/6 " STAMPED},
    {276, "86dd000000000001030400060000000000000000 ip6/6 " ACK},
};

// Packets in a block of exactly their size, so that a sanitizer sees one byte too many.
static struct packet packet_of(const struct kind *kind, const struct frame *frame, size_t captured)
{
    return (struct packet){
        .bytes = {g_memdup2(frame->bytes, captured), captured},
        .wire_length = (uint32_t)MAX(frame->length, captured),
        .frame = 7,
        .time = 9,
        .link_type = kind->link_type,
        .direction = DIRECTION_INBOUND,
        .note = 5,
    };
}

static size_t held(const struct lane *lane)
{
    return (size_t)(lane->next - lane->first);
}

// Whether the packet goes the short way; then it comes to the same end.
static bool goes_there(const struct packet *packet)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct lane lanes[LANES];
    struct segment expected = {.clock = 3, .part = 2};
    enum decode_result result = decode_packet(decoder, packet, &expected);
    lanes_begin(lanes, 1);
    struct segment *segment = usual_decode(packet, lanes);
    if (segment) {
        segment->clock = expected.clock;
        segment->part = expected.part;
        segment->frame = packet->frame;
        CU_ASSERT_EQUAL(result, DECODE_TCP);
        CU_ASSERT_EQUAL(memcmp(segment, &expected, sizeof expected), 0);
        CU_ASSERT_PTR_EQUAL(segment + 1, lanes[segment_spread(segment) >> 62].next);
    }
    for (size_t i = 0; i < LANES; i++)
        CU_ASSERT_TRUE(held(&lanes[i]) == 0 || (segment && segment == lanes[i].first));
    lanes_end(lanes);
    decoder_free(decoder);
    return segment != NULL;
}

static bool frame_goes_there(const struct kind *kind, const struct frame *frame, size_t captured)
{
    struct packet packet = packet_of(kind, frame, captured);
    bool goes = goes_there(&packet);
    g_free((uint8_t *)packet.bytes.at);
    return goes;
}

static void usual_packets_go_the_short_way(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct frame frame = frame_of(kinds[i].layers);
        CU_ASSERT_TRUE(frame_goes_there(&kinds[i], &frame, frame.length));
        frame_append(&frame, "000000000000"); // padding
        CU_ASSERT_TRUE(frame_goes_there(&kinds[i], &frame, frame.length));
        CU_ASSERT_TRUE(frame_goes_there(&kinds[i], &frame, frame.length - 8));
    }
}

static void a_packet_without_all_of_its_headers_does_not(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct frame frame = frame_of(kinds[i].layers);
        size_t captured = frame.length;
        while (frame_goes_there(&kinds[i], &frame, captured))
            captured--;
        struct packet packet = packet_of(&kinds[i], &frame, captured);
        CU_ASSERT_TRUE(captured >= 14 + 20 + 20 - 1);
        for (; packet.bytes.length > 0; packet.bytes.length--)
            CU_ASSERT_FALSE(goes_there(&packet));
        g_free((uint8_t *)packet.bytes.at);
    }
}

static void the_short_way_ends_where_the_long_one_does(void)
{
    GRand *random = g_rand_new_with_seed(1);
    for (int round = 0; round < ROUNDS; round++) {
        const struct kind *kind = &kinds[round % (int)G_N_ELEMENTS(kinds)];
        struct frame frame = frame_of(kind->layers);
        frame.length += (size_t)g_rand_int_range(random, 0, 8) - 1; // padded, or one byte too few
        for (int changes = g_rand_int_range(random, 0, 4); changes > 0; changes--)
            frame.bytes[g_rand_int_range(random, 0, 80)] ^=
                (uint8_t)(1 << (g_rand_int(random) & 7));
        gint32 captured = (gint32)frame.length;
        if (g_rand_int_range(random, 0, 4) == 0)
            captured = g_rand_int_range(random, 0, captured + 1);
        frame_goes_there(kind, &frame, (size_t)captured);
    }
    g_rand_free(random);
}

static void lanes_grow(void)
{
    struct lane lanes[LANES];
    lanes_begin(lanes, 1);
    for (uint32_t i = 0; i < 1000; i++)
        *lanes_next(lanes, (uint64_t)(i % LANES) << 62) = (struct segment){.seq = i};
    for (uint32_t lane = 0; lane < LANES; lane++) {
        CU_ASSERT_EQUAL_FATAL(held(&lanes[lane]), 1000 / LANES);
        for (uint32_t i = 0; i < 1000 / LANES; i++)
            CU_ASSERT_EQUAL(lanes[lane].first[i].seq, i * LANES + lane);
    }
    lanes_end(lanes);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("usual packets", NULL, NULL);
    CU_ADD_TEST(suite, usual_packets_go_the_short_way);
    CU_ADD_TEST(suite, a_packet_without_all_of_its_headers_does_not);
    CU_ADD_TEST(suite, the_short_way_ends_where_the_long_one_does);
    CU_ADD_TEST(suite, lanes_grow);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
