// SPDX-License-Identifier: BSD-2-Clause
// Scouts come by every record where records can be told, and look at nothing beside the bytes.
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/input.h"
#include "capture/reader.h"
#include "capture/scouts.h"
#include "capture_builder.h"

#define RECORDS 2000
#define SECOND  1700000000

static void build_records(struct builder *builder)
{
    for (uint32_t i = 0; i < RECORDS; i++)
        build_pcap_record(builder, (SECOND + i) * INT64_C(1000000) + i, 60 + i * 37 % 1400, 1500);
}

static void build_blocks(struct builder *builder)
{
    build_section(builder);
    build_interface(builder, 1, 0, NULL);
    for (uint32_t i = 0; i < RECORDS; i++)
        build_enhanced(builder, 0, i * INT64_C(1000000), 60 + i * 37 % 1400);
}

// The bytes as the last ones before memory that nobody may look at.
struct fence {
    uint8_t *pages;
    size_t size;
    struct slice bytes;
};

static struct fence fence_new(const uint8_t *bytes, size_t length)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = (length + page - 1) / page * page;
    struct fence fence = {.size = pages + page};
    fence.pages =
        mmap(NULL, fence.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_PTR_NOT_EQUAL_FATAL(fence.pages, MAP_FAILED);
    mprotect(fence.pages + pages, page, PROT_NONE);
    fence.bytes = (struct slice){fence.pages + pages - length, length};
    memcpy(fence.pages + pages - length, bytes, length);
    return fence;
}

static void fence_free(struct fence *fence)
{
    munmap(fence->pages, fence->size);
}

// How the format itself tells its records, once its first packet is taken.
static struct trail trail_of(const struct builder *builder, const struct format *format)
{
    struct packet packet;
    struct reader reader = {.limits = limits_default, .format = format};
    reader.input = builder_input(builder);
    input_want(reader.input, MIN(builder->bytes->len, limits_default.packet_bytes));
    CU_ASSERT_TRUE_FATAL(format->begin(&reader, NULL));
    CU_ASSERT_EQUAL_FATAL(format->take(&reader, &packet, 1), 1);
    format->end(&reader);
    input_free(reader.input);
    return reader.trail;
}

static size_t send_from(const struct builder *builder, const struct trail *trail, size_t from)
{
    struct fence fence = fence_new(builder->bytes->data + from, builder->bytes->len - from);
    size_t met = scouts_send(trail, fence.bytes);
    fence_free(&fence);
    return met;
}

static void every_pcap_record_is_met(void)
{
    static const struct {
        uint32_t magic;
        bool is_big;
    } kinds[] = {{0xa1b2c3d4, false}, {0xa1b2c3d4, true}, {0xa1b23c4d, false}, {0xa1b23c4d, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        struct builder builder = builder_new(kinds[i].is_big);
        build_pcap_header(&builder, kinds[i].magic, 1);
        build_records(&builder);
        struct trail trail = trail_of(&builder, &format_pcap);
        CU_ASSERT_EQUAL(send_from(&builder, &trail, 24), RECORDS);
        builder_free(&builder);
    }
}

static void every_pcapng_block_is_met(void)
{
    for (int is_big = 0; is_big < 2; is_big++) {
        struct builder builder = builder_new(is_big);
        build_blocks(&builder);
        struct trail trail = trail_of(&builder, &format_pcapng);
        CU_ASSERT_EQUAL(send_from(&builder, &trail, 28 + 20), RECORDS);
        builder_free(&builder);
    }
}

// They would search a large record that is still to come again with each window.
static void nobody_goes_before_the_first_record_is_whole(void)
{
    struct builder builder = builder_new(false);
    build_pcap_header(&builder, 0xa1b2c3d4, 1);
    build_pcap_record(&builder, SECOND * INT64_C(1000000), 200000, 200000);
    build_records(&builder);
    struct trail trail = trail_of(&builder, &format_pcap);
    struct slice bytes = {builder.bytes->data + 24, 16 + 200000};
    CU_ASSERT_TRUE(scouts_send(&trail, bytes) > 0);
    bytes.length--;
    CU_ASSERT_EQUAL(scouts_send(&trail, bytes), 0);
    builder_free(&builder);
}

// A record that says to go on so many bytes behind it.
static void put_record(uint8_t *at, size_t bytes)
{
    memcpy(at, &(uint32_t){SECOND}, 4);
    memcpy(at + 8, &(uint32_t){(uint32_t)bytes - 16}, 4);
}

// Every byte may tell a record there, and what is found leads behind the end, or nearly.
static void bytes_that_look_like_records_lead_nowhere_else(void)
{
    GRand *random = g_rand_new_with_seed(1);
    struct builder builder = builder_new(false);
    build_pcap_header(&builder, 0xa1b2c3d4, 1);
    build_records(&builder);
    const struct trail trail = trail_of(&builder, &format_pcap);
    size_t met = 0;
    for (int round = 0; round < 2000; round++) {
        size_t length = 32768 + g_rand_int(random) % 65536;
        uint8_t *bytes = g_malloc(length);
        uint8_t mask = round % 2 ? 0x03 : 0xff;
        for (size_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)g_rand_int(random) & mask;
        put_record(bytes, length / 2);
        put_record(bytes + length / 8 * 7, length - length / 8 * 7 - (size_t)round % 48);
        struct fence fence = fence_new(bytes, length);
        met += scouts_send(&trail, fence.bytes);
        fence_free(&fence);
        g_free(bytes);
    }
    CU_ASSERT_TRUE(met >= 2000);
    builder_free(&builder);
    g_rand_free(random);
}

// Wherever the bytes end, and wherever in a record they begin.
static void bytes_may_end_and_begin_anywhere(void)
{
    struct builder builder = builder_new(false);
    build_blocks(&builder);
    const struct trail trail = trail_of(&builder, &format_pcapng);
    for (size_t from = 0; from < 1600; from++) {
        struct fence fence = fence_new(builder.bytes->data + from, 40000 + from % 61);
        scouts_send(&trail, fence.bytes);
        fence_free(&fence);
    }
    builder_free(&builder);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("scouts", NULL, NULL);
    CU_ADD_TEST(suite, every_pcap_record_is_met);
    CU_ADD_TEST(suite, every_pcapng_block_is_met);
    CU_ADD_TEST(suite, nobody_goes_before_the_first_record_is_whole);
    CU_ADD_TEST(suite, bytes_that_look_like_records_lead_nowhere_else);
    CU_ADD_TEST(suite, bytes_may_end_and_begin_anywhere);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
