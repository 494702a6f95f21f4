// SPDX-License-Identifier: BSD-2-Clause
// pcapng blocks that are wrong: what is told of them, and which packets are used.
#include "pcapng_blocks.h"

static void a_cut_tells_what_is_missing(void)
{
    for (guint cut = 1; cut < 92; cut++) {
        struct builder builder = begin(false, 0);
        build_enhanced(&builder, 0, 1, 60);
        build_enhanced(&builder, 0, 2, 60);
        g_byte_array_set_size(builder.bytes, builder.bytes->len - cut);
        char *damage =
            g_strdup_printf("cut short in packet 2 (%u bytes missing); 1 packet used", cut);
        if (92 - cut < 12) { // not even the length is there
            g_free(damage);
            damage = g_strdup_printf(
                "cut short in the block after packet 1 (%u bytes missing); 1 packet used",
                12 - (92 - cut));
        }
        expect(&builder, 1, damage);
        g_free(damage);
    }
}

static void wrong_lengths_end_the_capture(void)
{
    static const struct wrong {
        guint from_end;
        uint32_t value;
        const char *damage;
    } wrongs[] = {
        {4, 96, "corrupt block after packet 1 (lengths 92 and 96); 1 packet used"},
        {88, 93, "corrupt block after packet 1 (length 93); 1 packet used"},
        {88, 8, "corrupt block after packet 1 (length 8); 1 packet used"},
        {88, 0, "corrupt block after packet 1 (length 0); 1 packet used"},
        {88, 0xfffffffc, "corrupt block after packet 1 (length 4294967292); 1 packet used"},
        {72, 61, "corrupt in packet 2 (captured length 61); 1 packet used"},
        {72, UINT32_MAX, "corrupt in packet 2 (captured length 4294967295); 1 packet used"},
        {84, 1, "corrupt in packet 2 (interface 1 of 1); 1 packet used"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrongs); i++) {
        struct builder builder = begin(false, 0);
        build_enhanced(&builder, 0, 1, 60);
        build_enhanced(&builder, 0, 2, 60);
        patch(&builder, wrongs[i].from_end, wrongs[i].value);
        expect(&builder, 1, wrongs[i].damage);
    }
}

// Blocks whose length is right, but not what is in them.
static void what_a_block_cannot_hold_ends_the_capture(void)
{
    struct builder builder = begin(false, 0), body = builder_new(false);
    build_enhanced(&builder, 0, 1, 60);
    build32(&body, 1);
    build_block(&builder, 1, &body);
    expect(&builder, 1, "corrupt interface 1 after packet 1; 1 packet used");
    builder = begin(false, 0);
    build32(&body, 0);
    build_block(&builder, 6, &body);
    expect(&builder, 0, "corrupt in packet 1 (block length 20); 0 packets used");
    builder_free(&body);
    builder = begin(false, 0);
    build_enhanced(&builder, 0, 1, limits_default.packet_bytes + 1);
    expect(&builder, 0, "corrupt in packet 1 (captured length 262145); 0 packets used");
    builder = begin(false, 0);
    for (uint32_t i = 0; i < limits_default.interfaces; i++)
        build_interface(&builder, 1, 0, NULL);
    expect(&builder, 0, "corrupt interface 65536 after packet 0; 0 packets used");
}

static void another_version_is_refused_or_ends_the_capture(void)
{
    struct builder builder = builder_new(false);
    build_section(&builder);
    patch(&builder, 16, 2);
    GError *error = NULL;
    CU_ASSERT_PTR_NULL(builder_open(&builder, NULL, &error));
    CU_ASSERT_PTR_NOT_NULL_FATAL(error);
    CU_ASSERT_PTR_NOT_NULL(strstr(error->message, "pcapng version 2 is unknown"));
    g_clear_error(&error);
    builder_free(&builder);
    builder = begin(false, 0);
    build_enhanced(&builder, 0, 1, 60);
    build_section(&builder);
    patch(&builder, 16, 2);
    expect(&builder, 1, "a section of unknown pcapng version 2 after packet 1; 1 packet used");
}

static void a_resolution_that_no_clock_has_is_damage(void)
{
    static const uint8_t resolutions[] = {20, 127, 0x80 | 64, 255};
    for (size_t i = 0; i < G_N_ELEMENTS(resolutions); i++) {
        struct builder builder = builder_new(false), options = builder_new(false);
        build_option(&options, IF_TSRESOL, &resolutions[i], 1);
        build_section(&builder);
        build_interface(&builder, 1, 0, &options);
        build_enhanced(&builder, 0, 1, 60);
        builder_free(&options);
        struct source *source = open_whole(&builder);
        CU_ASSERT_EQUAL(source_count(source, 64), 0);
        const char *damage = source_info(source)->damage;
        CU_ASSERT_PTR_NOT_NULL_FATAL(damage);
        CU_ASSERT_PTR_NOT_NULL(strstr(damage, "impossible clock resolution"));
        source_free(source);
        builder_free(&builder);
    }
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("pcapng damage", NULL, NULL);
    CU_ADD_TEST(suite, a_cut_tells_what_is_missing);
    CU_ADD_TEST(suite, wrong_lengths_end_the_capture);
    CU_ADD_TEST(suite, what_a_block_cannot_hold_ends_the_capture);
    CU_ADD_TEST(suite, another_version_is_refused_or_ends_the_capture);
    CU_ADD_TEST(suite, a_resolution_that_no_clock_has_is_damage);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
