// SPDX-License-Identifier: BSD-2-Clause
// A file that is mapped gives the packets that reading it would, whatever becomes of it meanwhile.
#include <CUnit/Basic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crew.h"
#include "capture/mapped.h"
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

// A pipe that the bytes come from.
struct feeding {
    const struct builder *builder;
    int end;
};

static gpointer feed(gpointer data)
{
    const struct feeding *feeding = data;
    const GByteArray *bytes = feeding->builder->bytes;
    for (size_t at = 0; at < bytes->len;) {
        ssize_t written = write(feeding->end, bytes->data + at, bytes->len - at);
        if (written <= 0)
            break;
        at += (size_t)written;
    }
    close(feeding->end);
    return NULL;
}

static uint64_t hash_piped(const struct builder *builder, struct source **source)
{
    int ends[2];
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    struct feeding feeding = {builder, ends[1]};
    GThread *thread = g_thread_new("feed", feed, &feeding);
    *source = builder_open_fd(ends[0], NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(*source);
    uint64_t hash = hash_packets(*source);
    char behind_damage[4096];
    while (read(ends[0], behind_damage, sizeof behind_damage) > 0)
        continue;
    close(ends[0]);
    g_thread_join(thread);
    return hash;
}

static void expect_same(const struct builder *builder)
{
    struct source *piped, *mapped = builder_open(builder, NULL, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(mapped);
    source_map(mapped);
    CU_ASSERT_EQUAL(hash_piped(builder, &piped), hash_packets(mapped));
    const struct source_info *one = source_info(piped), *other = source_info(mapped);
    CU_ASSERT_EQUAL(one->packets, other->packets);
    CU_ASSERT_EQUAL(one->damage == NULL, other->damage == NULL);
    if (one->damage == NULL || strstr(one->damage, "cut short"))
        CU_ASSERT_EQUAL(one->bytes_read, other->bytes_read);
    CU_ASSERT_EQUAL(g_strcmp0(one->damage, other->damage), 0);
    source_free(piped);
    source_free(mapped);
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

// A mapped file of which the packets up to the last `left` are used.
static struct source *open_near_end(int *fd, uint64_t left)
{
    struct builder builder = builder_whole();
    struct source *source = builder_open(&builder, fd, NULL);
    builder_free(&builder);
    CU_ASSERT_PTR_NOT_NULL_FATAL(source);
    source_map(source);
    struct packet packets[64];
    for (uint64_t used = 0; used < RECORDS - left; used++)
        CU_ASSERT_TRUE_FATAL(source_next(source, packets, 1) == 1);
    return source;
}

static void what_is_written_after_the_file_was_mapped_is_read(void)
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

// As other threads do, which know less of the file than who reads it.
static void ask_to_the_end(struct source *source)
{
    struct buffer *buffer = source_buffer(source);
    for (uint64_t at = 0; at < buffer->mapped; at += 100000)
        mapped_ask_ahead(buffer, buffer->bytes + at);
}

static void a_cut_behind_the_window_is_told_about(void)
{
    for (uint64_t left = 900; left < 2800; left += 300) {
        int fd;
        struct source *source = open_near_end(&fd, left);
        CU_ASSERT_EQUAL(ftruncate(fd, HEADER + (RECORDS - 100) * 1000 + 500), 0);
        ask_to_the_end(source);
        CU_ASSERT_EQUAL(source_count(source, 64), left - 100);
        const char *damage = source_info(source)->damage;
        CU_ASSERT_STRING_EQUAL(damage, "cut short in packet 2901 (500 bytes missing); 2900 packets "
                                       "used; it was cut while it was read");
        source_free(source);
        close(fd);
    }
}

struct counting {
    struct source *source;
    uint64_t count;
};

static gpointer count(gpointer data)
{
    struct counting *counting = data;
    counting->count = source_count(counting->source, 64);
    return NULL;
}

// What the window showed is gone: neither the program nor the account may be wrong for it,
// whichever thread looks.
static void a_cut_amid_the_window_ends_the_reading(void)
{
    for (uint64_t left = 900; left < 2800; left += 300) {
        int fd;
        struct source *source = open_near_end(&fd, left);
        CU_ASSERT_EQUAL(ftruncate(fd, HEADER), 0);
        struct counting counting = {.source = source};
        g_thread_join(crew_thread("count", count, &counting));
        const char *damage = source_info(source)->damage;
        CU_ASSERT_TRUE(counting.count <= 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(damage);
        CU_ASSERT_TRUE(g_str_has_suffix(damage, "; it was cut while it was read"));
        source_free(source);
        close(fd);
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    mapped_survive_cuts();
    CU_pSuite suite = CU_add_suite("mapped", NULL, NULL);
    CU_ADD_TEST(suite, packets_over_several_windows_are_whole);
    CU_ADD_TEST(suite, damage_amid_windows_ends_the_reading);
    CU_ADD_TEST(suite, what_is_written_after_the_file_was_mapped_is_read);
    CU_ADD_TEST(suite, a_cut_behind_the_window_is_told_about);
    CU_ADD_TEST(suite, a_cut_amid_the_window_ends_the_reading);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
