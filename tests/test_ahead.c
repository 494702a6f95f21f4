// SPDX-License-Identifier: BSD-2-Clause
// A file whose windows several threads read gives the packets that one thread would read.
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <unistd.h>

#include "capture_builder.h"

#define RECORDS 3000 // of 1000 bytes each
#define HEADER  24

static void build_patterned(struct builder *builder, uint32_t number, uint32_t captured)
{
    const uint32_t record[] = {number, 0, captured, captured};
    build_bytes(builder, record, sizeof record);
    uint32_t word = number * 2654435761u;
    for (uint32_t i = 0; i < captured; i++)
        build_bytes(builder, &(uint8_t){(uint8_t)((word ^ i * 40503u) >> 7)}, 1);
}

static void build_records(struct builder *builder)
{
    for (uint32_t i = 0; i < RECORDS; i++)
        build_patterned(builder, i, 984);
}

static struct builder builder_whole(void)
{
    struct builder builder = builder_new(false);
    build_pcap_header(&builder, 0xa1b2c3d4, 1);
    build_records(&builder);
    return builder;
}

// A hash of all packets left: their bytes, times and frames.
static uint64_t hash_packets(struct source *source)
{
    struct packet packets[64];
    uint64_t hash = 14695981039346656037u;
    for (size_t got; (got = source_next(source, packets, G_N_ELEMENTS(packets))) > 0;) {
        source_use(source, packets, got);
        for (size_t i = 0; i < got; i++) {
            hash = (hash ^ packets[i].frame ^ (uint64_t)packets[i].time) * 1099511628211u;
            for (size_t k = 0; k < packets[i].bytes.length; k++)
                hash = (hash ^ packets[i].bytes.at[k]) * 1099511628211u;
        }
    }
    return hash;
}

struct filling {
    struct source *source;
    _Atomic bool is_over;
};

static gpointer fill(gpointer data)
{
    struct filling *filling = data;
    for (unsigned before = 0; !filling->is_over; before++)
        source_fill(filling->source, before % 4);
    return NULL;
}

static uint64_t hash_shared(struct source *source)
{
    struct filling filling = {.source = source};
    CU_ASSERT_TRUE(source_share(source, 4));
    GThread *threads[] = {g_thread_new("fill", fill, &filling),
                          g_thread_new("fill", fill, &filling)};
    uint64_t hash = hash_packets(source);
    filling.is_over = true;
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        g_thread_join(threads[i]);
    CU_ASSERT_TRUE(source_is_over(source));
    return hash;
}

static void expect_same(const struct builder *builder)
{
    struct source *alone = builder_open(builder, NULL, NULL);
    struct source *shared = builder_open(builder, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(alone);
    CU_ASSERT_PTR_NOT_NULL_FATAL(shared);
    CU_ASSERT_TRUE(source_share(alone, 1));
    CU_ASSERT_EQUAL(hash_packets(alone), hash_shared(shared));
    const struct source_info *one = source_info(alone), *other = source_info(shared);
    CU_ASSERT_EQUAL(one->packets, other->packets);
    CU_ASSERT_EQUAL(one->bytes_read, other->bytes_read);
    CU_ASSERT_EQUAL(g_strcmp0(one->damage, other->damage), 0);
    source_free(alone);
    source_free(shared);
}

static void packets_over_several_windows_are_whole(void)
{
    static const uint32_t sizes[] = {60, 1514, 262144, 9000, 1, 131072, 0, 200000};
    struct builder builder = builder_new(false);
    build_pcap_header(&builder, 0xa1b2c3d4, 1);
    for (uint32_t i = 0; i < 400; i++)
        build_patterned(&builder, i, i % 7 ? sizes[i % 2] + i : sizes[i / 7 % G_N_ELEMENTS(sizes)]);
    expect_same(&builder);
    g_byte_array_set_size(builder.bytes, builder.bytes->len - 11);
    expect_same(&builder);
    builder_free(&builder);
}

static void damage_amid_windows_ends_the_reading(void)
{
    struct builder builder = builder_whole();
    static const uint8_t corrupt[] = {0xff, 0xff, 0xff, 0x7f};
    memcpy(builder.bytes->data + HEADER + RECORDS / 2 * 1000 + 8, corrupt, sizeof corrupt);
    expect_same(&builder);
    builder_free(&builder);
}

static void a_reading_may_be_left_amid(void)
{
    struct builder builder = builder_whole();
    struct source *source = builder_open(&builder, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    struct packet packets[64];
    CU_ASSERT_TRUE(source_share(source, 4));
    for (int i = 0; i < 8; i++) {
        CU_ASSERT_TRUE(source_next(source, packets, 64) > 0);
        source_fill(source, 3);
    }
    source_free(source);
    builder_free(&builder);
}

// A shared file of which the windows up to the last packets but `left` are used; what follows them
// was read ahead as far as it goes.
static struct source *open_near_end(int *fd, uint64_t left)
{
    struct builder builder = builder_whole();
    struct source *source = builder_open(&builder, fd, NULL);
    builder_free(&builder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    CU_ASSERT_TRUE(source_share(source, 4));
    struct packet packets[64];
    for (uint64_t used = 0; used < RECORDS - left; used++)
        CU_ASSERT_TRUE_FATAL(source_next(source, packets, 1) == 1);
    for (unsigned before = 0; before < 4; before++)
        source_fill(source, before);
    return source;
}

static void what_is_written_while_the_end_was_read_ahead_is_read(void)
{
    for (uint64_t left = 1; left < 400; left += 37) {
        int fd;
        struct source *source = open_near_end(&fd, left);
        struct builder more = builder_new(false);
        build_records(&more);
        ssize_t length = (ssize_t)more.bytes->len - 500;
        CU_ASSERT_EQUAL(write(fd, more.bytes->data, (size_t)length), length);
        CU_ASSERT_EQUAL(source_count(source, 64), left + RECORDS - 1);
        const char *damage = source_info(source)->damage;
        CU_ASSERT_STRING_EQUAL(damage, "cut short in packet 6000 (500 bytes missing); 5999 packets "
                                       "used; it grew while it was read (still being written?)");
        source_free(source);
        builder_free(&more);
        close(fd);
    }
}

static void what_is_cut_is_told_about(void)
{
    for (uint64_t left = 900; left < 2800; left += 300) {
        int fd;
        struct source *source = open_near_end(&fd, left);
        CU_ASSERT_EQUAL(ftruncate(fd, HEADER + (RECORDS - 100) * 1000 + 500), 0);
        CU_ASSERT_EQUAL(source_count(source, 64), left - 100);
        const char *damage = source_info(source)->damage;
        CU_ASSERT_STRING_EQUAL(damage, "cut short in packet 2901 (500 bytes missing); 2900 packets "
                                       "used; it was cut while it was read");
        source_free(source);
        close(fd);
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("ahead", NULL, NULL);
    CU_ADD_TEST(suite, packets_over_several_windows_are_whole);
    CU_ADD_TEST(suite, damage_amid_windows_ends_the_reading);
    CU_ADD_TEST(suite, a_reading_may_be_left_amid);
    CU_ADD_TEST(suite, what_is_written_while_the_end_was_read_ahead_is_read);
    CU_ADD_TEST(suite, what_is_cut_is_told_about);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
