// SPDX-License-Identifier: BSD-2-Clause
// What a segment says: lengths by the headers, TCP options, and datagrams put together.
#include <CUnit/Basic.h>
#include <glib.h>

#include "base/moment.h"
#include "frames.h"

#define ETHERNET "0202020202020303030303030800 "
#define SYN      "9c40005001020304000000005002ffff00000000"
#define ACK      "9c40005001020304050607085010100000000000"

// A TCP header from hex, its length nibble set, with options behind it.
static enum decode_result decode_options(const char *header, const char *options,
                                         struct segment *segment)
{
    struct decoder *decoder = decoder_new(&limits_default);
    char *layers = g_strconcat(ETHERNET "ip4/6 ", header, options, NULL);
    struct frame frame = frame_of(layers);
    frame.bytes[14 + 20 + 12] = (uint8_t)((20 + strlen(options) / 2) / 4 << 4);
    enum decode_result result = frame_decode(decoder, 1, &frame, frame.length, segment);
    g_free(layers);
    decoder_free(decoder);
    return result;
}

static void a_syn_tells_its_window_shift(void)
{
    struct segment s;
    CU_ASSERT_EQUAL(decode_options(SYN, "020405b40402080a000000070000000001030307", &s),
                    DECODE_TCP);
    CU_ASSERT_EQUAL(s.window_shift, 7);
    CU_ASSERT_TRUE(s.has_timestamp);
    CU_ASSERT_EQUAL(s.timestamp, 7);
    CU_ASSERT_FALSE(s.has_sack); // permitted is not carried
    CU_ASSERT_EQUAL(s.payload_length, 0);
    CU_ASSERT_EQUAL(decode_options(SYN, "010303ff", &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.window_shift, 14);
    CU_ASSERT_EQUAL(decode_options(SYN, "", &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.window_shift, WINDOW_SHIFT_NONE);
    CU_ASSERT_EQUAL(decode_options(ACK, "01030307", &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.window_shift, WINDOW_SHIFT_NONE);
}

static void timestamps_and_selective_acknowledgments_are_found(void)
{
    struct segment s;
    CU_ASSERT_EQUAL(decode_options(ACK, "0101080a0000000900000001", &s), DECODE_TCP);
    CU_ASSERT_TRUE(s.has_timestamp && s.timestamp == 9 && !s.has_sack);
    CU_ASSERT_EQUAL(decode_options(ACK, "0101050a0000000900000001", &s), DECODE_TCP);
    CU_ASSERT_TRUE(!s.has_timestamp && s.timestamp == 0 && s.has_sack);
    CU_ASSERT_EQUAL(decode_options(ACK, "0101080a00000009000000010101050a0000000900000001", &s),
                    DECODE_TCP);
    CU_ASSERT_TRUE(s.has_timestamp && s.timestamp == 9 && s.has_sack);
}

static void malformed_options_end_the_list_and_nothing_else(void)
{
    static const char *const malformed[] = {"00030307", "05000000", "05010000", "08ff0000",
                                            "ff000000", "010101fe", "03020303"};
    for (size_t i = 0; i < G_N_ELEMENTS(malformed); i++) {
        struct segment s;
        CU_ASSERT_EQUAL(decode_options(SYN, malformed[i], &s), DECODE_TCP);
        CU_ASSERT_EQUAL(s.window_shift, WINDOW_SHIFT_NONE);
        CU_ASSERT_FALSE(s.has_timestamp);
        CU_ASSERT_FALSE(s.has_sack);
        CU_ASSERT_EQUAL(s.seq, 0x01020304);
    }
}

static void a_header_with_impossible_length_is_bad(void)
{
    static const struct length {
        uint8_t nibble;
        enum decode_result result;
    } lengths[] = {{4, DECODE_BAD_TCP}, {0, DECODE_BAD_TCP}, {7, DECODE_BAD_TCP}, {6, DECODE_TCP}};
    struct decoder *decoder = decoder_new(&limits_default);
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        struct frame frame = frame_of(ETHERNET "ip4/6 tcp"); // 20 bytes and 5
        struct segment s;
        frame.bytes[14 + 20 + 12] = (uint8_t)(lengths[i].nibble << 4);
        CU_ASSERT_EQUAL(frame_decode(decoder, 1, &frame, frame.length, &s), lengths[i].result);
        if (lengths[i].result == DECODE_TCP)
            CU_ASSERT_EQUAL(s.payload_length, 1);
    }
    decoder_free(decoder);
}

static void padding_and_trailers_of_the_link_are_no_payload(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct frame frame = frame_of(ETHERNET "ip4/6 tcp");
    struct segment s;
    frame_append(&frame, "000000000000deadbeef");
    CU_ASSERT_EQUAL(frame_decode(decoder, 1, &frame, frame.length, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 5);
    CU_ASSERT_EQUAL(s.payload.length, 5);
    frame = frame_of("0202020202020303030303030800 ip4/6 " ACK);
    frame_append(&frame, "000000000000");
    CU_ASSERT_EQUAL(frame_decode(decoder, 1, &frame, frame.length, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 0);
    CU_ASSERT_EQUAL(s.payload.length, 0);
    decoder_free(decoder);
}

static void a_length_of_zero_means_all_of_the_frame(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct segment s;
    struct frame frame = frame_of(ETHERNET "ip4/6 tcp");
    frame.bytes[14 + 2] = frame.bytes[14 + 3] = 0;
    frame_append(&frame, "2121");
    CU_ASSERT_EQUAL(frame_decode(decoder, 1, &frame, frame.length, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 7);
    frame = frame_of("ip6/6 tcp");
    frame.bytes[4] = frame.bytes[5] = 0;
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &frame, frame.length, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 5);
    frame = frame_of("ip6/0 0600c20400000021 tcp"); // a jumbogram of 33 bytes
    frame.bytes[4] = frame.bytes[5] = 0;
    frame_append(&frame, "2121");
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &frame, frame.length, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 5);
    decoder_free(decoder);
}

static void a_segment_before_offloading_counts_by_its_wire_length(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct segment s;
    struct frame frame = frame_of("ip4/6 tcp");
    frame.bytes[2] = frame.bytes[3] = 0;
    struct packet packet = {
        .bytes = {frame.bytes, frame.length}, .wire_length = 120040, .link_type = 101};
    CU_ASSERT_EQUAL(decode_packet(decoder, &packet, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 120000);
    CU_ASSERT_EQUAL(s.payload.length, 5);
    packet.wire_length = UINT32_MAX; // a lie: no sequence space is invented
    CU_ASSERT_EQUAL(decode_packet(decoder, &packet, &s), DECODE_TCP);
    CU_ASSERT_TRUE(s.payload_length <= 1u << 20);
    decoder_free(decoder);
}

static void a_length_beyond_the_frame_is_bounded_unless_a_mirror_cut_it(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct segment s;
    struct frame frame = frame_of(ETHERNET "ip4/6 tcp");
    frame.bytes[14 + 2] = 0x40;
    CU_ASSERT_EQUAL(frame_decode(decoder, 1, &frame, frame.length, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 5);
    frame = frame_of(ETHERNET "ip4/17 udp/4789 0800000000002a00 " ETHERNET "ip4/6 tcp");
    size_t inner = 14 + 20 + 8 + 8 + 14;
    frame.bytes[inner + 2] = 5;
    frame.bytes[inner + 3] = 220; // 1500
    CU_ASSERT_EQUAL(frame_decode(decoder, 1, &frame, frame.length, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 1460);
    CU_ASSERT_EQUAL(s.payload.length, 5);
    decoder_free(decoder);
}

// One fragment of a datagram that holds a TCP header and 28 bytes: part 0 the first 16 of the 48
// bytes, part 1 the next 16, part 2 the rest.
static struct frame fragment_of(int part, uint16_t id)
{
    static const char *const parts[] = {
        "9c400050010203040506070850101000",
        "00000000414141414141414141414141",
        "42424242424242424242424243434343",
    };
    char *layers = g_strconcat("ip4/6 ", parts[part], NULL);
    struct frame frame = frame_of(layers);
    g_free(layers);
    frame.bytes[4] = (uint8_t)(id >> 8);
    frame.bytes[5] = (uint8_t)id;
    frame.bytes[6] = part < 2 ? 0x20 : 0;
    frame.bytes[7] = (uint8_t)(2 * part);
    return frame;
}

static enum decode_result take_part(struct decoder *decoder, int part, uint16_t id,
                                    struct segment *segment)
{
    struct frame frame = fragment_of(part, id);
    return frame_decode(decoder, 101, &frame, frame.length, segment);
}

static void fragments_in_any_order_and_twice_become_one_segment(void)
{
    static const int orders[][6] = {{0, 1, 2, -1},       {0, 2, 1, -1},      {1, 0, 2, -1},
                                    {1, 2, 0, -1},       {2, 0, 1, -1},      {2, 1, 0, -1},
                                    {0, 0, 1, 1, 2, -1}, {2, 2, 0, 2, 1, -1}};
    struct decoder *decoder = decoder_new(&limits_default);
    for (uint16_t i = 0; i < G_N_ELEMENTS(orders); i++) {
        struct segment s;
        for (const int *part = orders[i]; *part >= 0; part++) {
            bool is_last = part[1] < 0;
            CU_ASSERT_EQUAL(take_part(decoder, *part, i, &s),
                            is_last ? DECODE_TCP : DECODE_FRAGMENT);
        }
        CU_ASSERT_EQUAL(s.seq, 0x01020304);
        CU_ASSERT_EQUAL(s.payload_length, 28);
        CU_ASSERT_EQUAL_FATAL(s.payload.length, 28);
        CU_ASSERT_EQUAL(memcmp(s.payload.at, "AAAAAAAAAAAABBBBBBBBBBBBCCCC", 28), 0);
    }
    decoder_free(decoder);
}

static void fragments_of_ipv6_are_put_together_by_their_own_header(void)
{
    static const char *const parts[] = {
        "ip6/44 0600000100000007 9c40005001020304050607085010100000000000 41414141",
        "ip6/44 0600001800000007 4242424243"};
    struct decoder *decoder = decoder_new(&limits_default);
    struct frame first = frame_of(parts[0]), last = frame_of(parts[1]);
    struct segment s;
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &last, last.length, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &first, first.length, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.seq, 0x01020304);
    CU_ASSERT_EQUAL_FATAL(s.payload.length, 9);
    CU_ASSERT_EQUAL(s.payload_length, 9);
    CU_ASSERT_EQUAL(memcmp(s.payload.at, "AAAABBBBC", 9), 0);
    last.bytes[47] = 8; // another identification
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &first, first.length, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &last, last.length, &s), DECODE_FRAGMENT);
    decoder_free(decoder);
}

static void a_first_fragment_alone_is_not_guessed(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct segment s;
    for (uint16_t id = 0; id < 5000; id++) // more than are kept at once
        CU_ASSERT_EQUAL(take_part(decoder, 0, id, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(take_part(decoder, 1, 4999, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(take_part(decoder, 2, 4999, &s), DECODE_TCP);
    decoder_free(decoder);
}

static void fragments_of_another_datagram_and_old_ones_are_kept_apart(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct segment s;
    CU_ASSERT_EQUAL(take_part(decoder, 0, 1, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(take_part(decoder, 1, 2, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(take_part(decoder, 2, 1, &s), DECODE_FRAGMENT);
    struct frame frame = fragment_of(1, 1);
    struct packet packet = {.bytes = {frame.bytes, frame.length},
                            .wire_length = (uint32_t)frame.length,
                            .time = 31 * NANOS_PER_SECOND,
                            .link_type = 101};
    CU_ASSERT_EQUAL(decode_packet(decoder, &packet, &s), DECODE_FRAGMENT); // too late
    decoder_free(decoder);
}

static void overlapping_fragments_drop_their_datagram(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct segment s;
    CU_ASSERT_EQUAL(take_part(decoder, 0, 1, &s), DECODE_FRAGMENT);
    struct frame frame = fragment_of(1, 1);
    frame.bytes[7] = 1; // bytes 8 to 24: half of them are known
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &frame, frame.length, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(take_part(decoder, 1, 1, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(take_part(decoder, 2, 1, &s), DECODE_FRAGMENT);
    decoder_free(decoder);
}

static void a_snapshot_length_inside_fragments_leaves_what_comes_before_it(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct segment s;
    CU_ASSERT_EQUAL(take_part(decoder, 0, 1, &s), DECODE_FRAGMENT);
    struct frame frame = fragment_of(1, 1);
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &frame, 20 + 10, &s), DECODE_FRAGMENT);
    CU_ASSERT_EQUAL(take_part(decoder, 2, 1, &s), DECODE_TCP);
    CU_ASSERT_EQUAL(s.payload_length, 28);
    CU_ASSERT_EQUAL(s.payload.length, 6); // 16 + 10 captured bytes, 20 of them the header
    decoder_free(decoder);
}

static void a_datagram_beyond_64_kilobytes_is_never_built(void)
{
    struct decoder *decoder = decoder_new(&limits_default);
    struct segment s;
    struct frame frame = fragment_of(1, 1);
    frame.bytes[6] = 0x3f;
    frame.bytes[7] = 0xff; // at byte 65528
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &frame, frame.length, &s), DECODE_FRAGMENT);
    frame = fragment_of(0, 1);
    frame.bytes[3] = 20 + 13; // not the last, and no multiple of 8
    CU_ASSERT_EQUAL(frame_decode(decoder, 101, &frame, frame.length, &s), DECODE_FRAGMENT);
    decoder_free(decoder);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("segments", NULL, NULL);
    CU_ADD_TEST(suite, a_syn_tells_its_window_shift);
    CU_ADD_TEST(suite, timestamps_and_selective_acknowledgments_are_found);
    CU_ADD_TEST(suite, malformed_options_end_the_list_and_nothing_else);
    CU_ADD_TEST(suite, a_header_with_impossible_length_is_bad);
    CU_ADD_TEST(suite, padding_and_trailers_of_the_link_are_no_payload);
    CU_ADD_TEST(suite, a_length_of_zero_means_all_of_the_frame);
    CU_ADD_TEST(suite, a_segment_before_offloading_counts_by_its_wire_length);
    CU_ADD_TEST(suite, a_length_beyond_the_frame_is_bounded_unless_a_mirror_cut_it);
    CU_ADD_TEST(suite, fragments_in_any_order_and_twice_become_one_segment);
    CU_ADD_TEST(suite, fragments_of_ipv6_are_put_together_by_their_own_header);
    CU_ADD_TEST(suite, a_first_fragment_alone_is_not_guessed);
    CU_ADD_TEST(suite, fragments_of_another_datagram_and_old_ones_are_kept_apart);
    CU_ADD_TEST(suite, overlapping_fragments_drop_their_datagram);
    CU_ADD_TEST(suite, a_snapshot_length_inside_fragments_leaves_what_comes_before_it);
    CU_ADD_TEST(suite, a_datagram_beyond_64_kilobytes_is_never_built);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
