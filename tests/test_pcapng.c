// SPDX-License-Identifier: BSD-2-Clause
// pcapng block by block: clocks, interfaces, drop counts, and options.
#include <CUnit/Basic.h>

#include "base/moment.h"
#include "pcapng_blocks.h"

static int64_t time_of(uint8_t resolution, int64_t offset, uint64_t ticks)
{
    struct builder builder = builder_new(false), options = builder_new(false);
    uint8_t little[8];
    for (int i = 0; i < 8; i++)
        little[i] = (uint8_t)((uint64_t)offset >> (8 * i));
    build_option(&options, IF_TSRESOL, &resolution, 1);
    build_option(&options, IF_TSOFFSET, little, sizeof little);
    build_section(&builder);
    build_interface(&builder, 1, 0, &options);
    build_enhanced(&builder, 0, ticks, 60);
    struct source *source = open_whole(&builder);
    struct packet packet = {.time = -1};
    CU_ASSERT_EQUAL(source_next(source, &packet, 1), 1);
    source_free(source);
    builder_free(&options);
    builder_free(&builder);
    return packet.time;
}

static void clocks_of_any_resolution_and_offset_become_nanoseconds(void)
{
    CU_ASSERT_EQUAL(time_of(0, 0, 7), 7 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(time_of(3, 0, 1700000000123), INT64_C(1700000000123000000));
    CU_ASSERT_EQUAL(time_of(6, 0, 1700000000123456), INT64_C(1700000000123456000));
    CU_ASSERT_EQUAL(time_of(9, 0, 1700000000123456789), INT64_C(1700000000123456789));
    CU_ASSERT_EQUAL(time_of(12, 0, 1700000123456789), INT64_C(1700000123456));
    CU_ASSERT_EQUAL(time_of(19, 0, UINT64_C(15000000000000000000)), INT64_C(1500000000));
    CU_ASSERT_EQUAL(time_of(0x80 | 10, 0, 1024 + 512), INT64_C(1500000000));
    CU_ASSERT_EQUAL(time_of(0x80 | 63, 0, UINT64_C(1) << 63), INT64_C(1000000000));
    CU_ASSERT_EQUAL(time_of(6, 1700000000, 5), INT64_C(1700000000000005000));
    CU_ASSERT_EQUAL(time_of(6, -10, 12000000), 2 * NANOS_PER_SECOND);
}

static void times_beyond_what_can_be_subtracted_are_bounded(void)
{
    CU_ASSERT_EQUAL(time_of(6, -10, 1), 0);
    CU_ASSERT_EQUAL(time_of(0, 0, UINT64_MAX), INT64_C(1) << 62);
    CU_ASSERT_EQUAL(time_of(0, INT64_MAX, UINT64_MAX), INT64_C(1) << 62);
    CU_ASSERT_EQUAL(time_of(0, INT64_MIN, 0), 0);
}

static void interfaces_keep_their_own_link_type_and_end_with_their_section(void)
{
    struct builder builder = begin(false, 0);
    build_interface(&builder, 113, 0, NULL);
    build_enhanced(&builder, 1, 1, 60);
    build_enhanced(&builder, 0, 2, 60);
    build_section(&builder);
    build_interface(&builder, 101, 0, NULL);
    build_enhanced(&builder, 0, 3, 60);
    build_enhanced(&builder, 1, 4, 60); // was an interface of the section before
    struct source *source = open_whole(&builder);
    struct packet packets[4];
    CU_ASSERT_EQUAL_FATAL(source_next(source, packets, 4), 3);
    source_use(source, packets, 3);
    CU_ASSERT_EQUAL(packets[0].link_type, 113);
    CU_ASSERT_EQUAL(packets[1].link_type, 1);
    CU_ASSERT_EQUAL(packets[2].link_type, 101);
    CU_ASSERT_EQUAL(source_info(source)->link_type_count, 3);
    source_free(source);
    expect(&builder, 3, "corrupt in packet 4 (interface 1 of 1); 3 packets used");
}

static void build_simple(struct builder *builder, uint32_t wire, uint32_t captured)
{
    struct builder body = builder_new(builder->is_big);
    build32(&body, wire);
    for (uint32_t i = 0; i < captured; i++)
        build_text(&body, ".");
    build_block(builder, 3, &body);
    builder_free(&body);
}

static void simple_packets_are_cut_by_the_snapshot_length_and_take_the_time_before(void)
{
    struct builder builder = begin(true, 64);
    build_enhanced(&builder, 0, 5000000, 60);
    build_simple(&builder, 30, 30);
    build_simple(&builder, 1500, 64);
    struct source *source = open_whole(&builder);
    struct packet packets[4];
    CU_ASSERT_EQUAL_FATAL(source_next(source, packets, 4), 3);
    CU_ASSERT_EQUAL(packets[1].bytes.length, 30);
    CU_ASSERT_EQUAL(packets[1].wire_length, 30);
    CU_ASSERT_EQUAL(packets[1].time, 5 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(packets[2].bytes.length, 64);
    CU_ASSERT_EQUAL(packets[2].wire_length, 1500);
    source_free(source);
    expect(&builder, 3, "");
}

// The length of a simple packet of 1500 bytes whose block has room for 64.
static size_t simple_length(uint32_t snaplen)
{
    struct builder builder = begin(false, snaplen);
    build_simple(&builder, 1500, 64);
    struct source *source = open_whole(&builder);
    struct packet packet = {.bytes.length = 0};
    CU_ASSERT_EQUAL(source_next(source, &packet, 1), 1);
    source_free(source);
    builder_free(&builder);
    return packet.bytes.length;
}

static void simple_packets_end_with_their_block_or_before(void)
{
    CU_ASSERT_EQUAL(simple_length(0), 64);
    CU_ASSERT_EQUAL(simple_length(62), 62);
    CU_ASSERT_EQUAL(simple_length(1000), 64);
}

static void build_old_packet(struct builder *builder, uint16_t drops)
{
    struct builder body = builder_new(builder->is_big);
    build16(&body, 0);
    build16(&body, drops);
    build32(&body, 0);
    build32(&body, 7000000);
    build32(&body, 4);
    build32(&body, 60);
    build_text(&body, "abcd");
    build_block(builder, 2, &body);
    builder_free(&body);
}

static void build_statistics(struct builder *builder, uint64_t interface_drops, uint64_t os_drops)
{
    struct builder body = builder_new(builder->is_big);
    for (int i = 0; i < 3; i++) // interface 0, time
        build32(&body, 0);
    build_option(&body, ISB_IFDROP, &interface_drops, 8);
    build_option(&body, ISB_OSDROP, &os_drops, 8);
    build_block(builder, 5, &body);
    builder_free(&body);
}

static void drops_are_taken_from_statistics_and_packets(void)
{
    struct builder builder = begin(G_BYTE_ORDER == G_BIG_ENDIAN, 0);
    build_old_packet(&builder, 2);
    build_old_packet(&builder, UINT16_MAX); // unknown
    struct source *source = open_whole(&builder);
    CU_ASSERT_EQUAL(source_count(source, 64), 2);
    CU_ASSERT_EQUAL(source_info(source)->kernel_drops, 2);
    source_free(source);
    build_statistics(&builder, 10, 1);
    build_statistics(&builder, 20, 3); // replaces the one before
    build_section(&builder);
    build_interface(&builder, 1, 0, NULL);
    build_statistics(&builder, 100, 0);
    source = open_whole(&builder);
    CU_ASSERT_EQUAL(source_count(source, 64), 2);
    source_free(source);
    source = open_whole(&builder);
    struct packet packet;
    CU_ASSERT_EQUAL(source_next(source, &packet, 1), 1);
    CU_ASSERT_EQUAL(packet.time, 7 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(packet.wire_length, 60);
    CU_ASSERT_EQUAL(source_count(source, 1), 1);
    CU_ASSERT_TRUE(source_info(source)->has_kernel_drops);
    CU_ASSERT_EQUAL(source_info(source)->kernel_drops, 123);
    source_free(source);
    builder_free(&builder);
}

static void options_begin_at_a_multiple_of_four(void)
{
    const uint64_t drops = 5;
    struct builder builder = begin(G_BYTE_ORDER == G_BIG_ENDIAN, 0), options = builder_new(false);
    options.is_big = builder.is_big;
    build_option(&options, EPB_DROPCOUNT, &drops, 8);
    build_enhanced_bytes(&builder, slice_of("abcde", 5), &options);
    struct source *source = open_whole(&builder);
    CU_ASSERT_EQUAL(source_count(source, 1), 1);
    CU_ASSERT_EQUAL(source_info(source)->kernel_drops, 5);
    source_free(source);
    builder_free(&options);
    builder_free(&builder);
}

static void unknown_blocks_of_any_size_are_skipped(void)
{
    struct builder builder = begin(false, 0), body = builder_new(false);
    static const uint32_t types[] = {4, 10, 9, 0xbad, 0x40000bad, 0x80000001};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
        build_block(&builder, types[i], &body);
    g_byte_array_set_size(body.bytes, 3000000);
    memset(body.bytes->data, 0, 3000000);
    build_block(&builder, 10, &body);
    build_enhanced(&builder, 0, 1, 60);
    g_byte_array_set_size(body.bytes, 30000000); // beyond the cap of a block: skipped unread
    memset(body.bytes->data, 0, 30000000);
    build_block(&builder, 0x80000001, &body);
    build_enhanced(&builder, 0, 2, 60);
    builder_free(&body);
    expect(&builder, 2, "");
}

static void frames_are_numbered_as_wireshark_does(void)
{
    // Names, statistics, secrets, local and reserved blocks have no number; journal entries, custom
    // blocks and events have one.
    static const uint32_t without[] = {4, 5, 10, 7, 8, 0x55, 0x80000077};
    static const uint32_t with[] = {9, 0xbad, 0x40000bad, 0x204, 0x216, 0x221};
    struct builder builder = begin(false, 0), body = builder_new(false);
    build_bytes(&body, "a journal entry or anything else", 32);
    for (size_t i = 0; i < G_N_ELEMENTS(without); i++)
        build_block(&builder, without[i], &body);
    build_enhanced(&builder, 0, 1, 60);
    for (size_t i = 0; i < G_N_ELEMENTS(with); i++)
        build_block(&builder, with[i], &body);
    build_enhanced(&builder, 0, 2, 60);
    build_simple(&builder, 60, 60);
    builder_free(&body);
    struct source *source = open_whole(&builder);
    struct packet packets[4];
    CU_ASSERT_EQUAL_FATAL(source_next(source, packets, 4), 3);
    source_use(source, packets, 2);
    CU_ASSERT_EQUAL(packets[0].frame, 1);
    CU_ASSERT_EQUAL(packets[1].frame, 2 + G_N_ELEMENTS(with));
    CU_ASSERT_EQUAL(packets[2].frame, 3 + G_N_ELEMENTS(with));
    CU_ASSERT_EQUAL(source_info(source)->packets, 2);
    source_free(source);
    builder_free(&builder);
}

static void statistics_of_no_interface_are_none(void)
{
    struct builder builder = builder_new(false), body = builder_new(false);
    build_section(&builder);
    build_statistics(&builder, 10, 1); // before its interface
    build_interface(&builder, 1, 0, NULL);
    build32(&body, 0);
    build_block(&builder, 5, &body); // without a time
    build_enhanced(&builder, 0, 1, 60);
    struct source *source = open_whole(&builder);
    CU_ASSERT_EQUAL(source_count(source, 3), 1);
    CU_ASSERT_FALSE(source_info(source)->has_kernel_drops);
    CU_ASSERT_PTR_NULL(source_info(source)->damage);
    source_free(source);
    builder_free(&body);
    builder_free(&builder);
}

static void a_packet_was_on_the_wire_as_far_as_it_was_captured(void)
{
    struct builder builder = begin(false, 0);
    build_enhanced(&builder, 0, 1, 60);
    patch(&builder, 68, 40); // the length on the wire
    struct source *source = open_whole(&builder);
    struct packet packet;
    CU_ASSERT_EQUAL_FATAL(source_next(source, &packet, 1), 1);
    CU_ASSERT_EQUAL(packet.bytes.length, 60);
    CU_ASSERT_EQUAL(packet.wire_length, 60);
    source_free(source);
    builder_free(&builder);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("pcapng", NULL, NULL);
    CU_ADD_TEST(suite, clocks_of_any_resolution_and_offset_become_nanoseconds);
    CU_ADD_TEST(suite, times_beyond_what_can_be_subtracted_are_bounded);
    CU_ADD_TEST(suite, interfaces_keep_their_own_link_type_and_end_with_their_section);
    CU_ADD_TEST(suite, simple_packets_are_cut_by_the_snapshot_length_and_take_the_time_before);
    CU_ADD_TEST(suite, simple_packets_end_with_their_block_or_before);
    CU_ADD_TEST(suite, drops_are_taken_from_statistics_and_packets);
    CU_ADD_TEST(suite, options_begin_at_a_multiple_of_four);
    CU_ADD_TEST(suite, unknown_blocks_of_any_size_are_skipped);
    CU_ADD_TEST(suite, frames_are_numbered_as_wireshark_does);
    CU_ADD_TEST(suite, statistics_of_no_interface_are_none);
    CU_ADD_TEST(suite, a_packet_was_on_the_wire_as_far_as_it_was_captured);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
