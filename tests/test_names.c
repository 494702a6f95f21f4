// SPDX-License-Identifier: BSD-2-Clause
// The intern table: same bytes, same id; ids in order of first appearance; caps.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/names.h"

static struct limits small_limits(uint32_t most_names, uint64_t most_bytes)
{
    struct limits limits = limits_default;
    limits.names = most_names;
    limits.names_bytes = most_bytes;
    return limits;
}

static uint32_t intern(struct names *names, const char *text, size_t most)
{
    return names_intern(names, slice_of(text, strlen(text)), most);
}

static bool is_text(struct slice s, const char *text)
{
    return s.length == strlen(text) && memcmp(s.at, text, s.length) == 0;
}

static void gives_the_same_id_for_the_same_bytes(void)
{
    struct names *names = names_new(&limits_default);
    CU_ASSERT_EQUAL(intern(names, "alpha", 100), 1);
    CU_ASSERT_EQUAL(intern(names, "beta", 100), 2);
    CU_ASSERT_EQUAL(intern(names, "alpha", 100), 1);
    CU_ASSERT_EQUAL(intern(names, "Alpha", 100), 3);
    CU_ASSERT_EQUAL(names_count(names), 3);
    CU_ASSERT_TRUE(is_text(names_text(names, 2), "beta"));
    names_free(names);
}

static void has_no_name_for_nothing(void)
{
    struct names *names = names_new(&limits_default);
    CU_ASSERT_EQUAL(names_intern(names, slice_of(NULL, 0), 100), 0);
    CU_ASSERT_EQUAL(intern(names, "x", 0), 0);
    CU_ASSERT_EQUAL(names_text(names, 0).length, 0);
    CU_ASSERT_EQUAL(names_text(names, 9).length, 0);
    CU_ASSERT_FALSE(names_is_cut(names, 0));
    CU_ASSERT_FALSE(names_is_cut(names, 9));
    CU_ASSERT_EQUAL(names_refused(names), 0);
    names_free(names);
}

static void knows_no_whole_text_in_a_cut_one(void)
{
    struct names *names = names_new(&limits_default);
    uint32_t cut = intern(names, "alphabet", 5), whole = intern(names, "alpha", 5);
    CU_ASSERT_NOT_EQUAL(cut, whole);
    CU_ASSERT_TRUE(names_is(names, whole, slice_of("alpha", 5)));
    CU_ASSERT_FALSE(names_is(names, cut, slice_of("alpha", 5)));
    CU_ASSERT_FALSE(names_is(names, whole, slice_of("alphb", 5)));
    CU_ASSERT_FALSE(names_is(names, 0, slice_of("alpha", 5)));
    CU_ASSERT_FALSE(names_is(names, 9, slice_of("alpha", 5)));
    names_free(names);
}

static void keeps_zero_bytes(void)
{
    struct names *names = names_new(&limits_default);
    CU_ASSERT_EQUAL(names_intern(names, slice_of("a\0b", 3), 100), 1);
    CU_ASSERT_EQUAL(names_intern(names, slice_of("a\0c", 3), 100), 2);
    CU_ASSERT_EQUAL(names_intern(names, slice_of("a", 1), 100), 3);
    CU_ASSERT_EQUAL(names_text(names, 2).length, 3);
    names_free(names);
}

static void tells_a_cut_text_from_a_whole_one(void)
{
    struct names *names = names_new(&limits_default);
    uint32_t whole = intern(names, "abcd", 4), cut = intern(names, "abcdefgh", 4);
    CU_ASSERT_NOT_EQUAL(whole, cut);
    CU_ASSERT_FALSE(names_is_cut(names, whole));
    CU_ASSERT_TRUE(names_is_cut(names, cut));
    CU_ASSERT_TRUE(is_text(names_text(names, cut), "abcd"));
    CU_ASSERT_EQUAL(intern(names, "abcdXYZ", 4), cut);
    names_free(names);
}

static void numbers_many_in_order_and_never_moves_them(void)
{
    enum { MANY = 100000 };
    struct names *names = names_new(&limits_default);
    uint32_t first = intern(names, "first", 100);
    const uint8_t *at = names_text(names, first).at;
    char text[32];
    bool is_in_order = true, is_kept = true;
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "name %u", i);
        is_in_order &= intern(names, text, 100) == i + 2;
    }
    for (uint32_t i = 0; i < MANY; i++) {
        snprintf(text, sizeof(text), "name %u", i);
        is_kept &= is_text(names_text(names, i + 2), text) && intern(names, text, 100) == i + 2;
    }
    CU_ASSERT_TRUE(is_in_order);
    CU_ASSERT_TRUE(is_kept);
    CU_ASSERT_PTR_EQUAL(names_text(names, first).at, at);
    CU_ASSERT_EQUAL(names_count(names), MANY + 1);
    names_free(names);
}

static void refuses_beyond_the_number_of_names(void)
{
    struct limits limits = small_limits(2, 1000);
    struct names *names = names_new(&limits);
    CU_ASSERT_EQUAL(intern(names, "a", 10), 1);
    CU_ASSERT_EQUAL(intern(names, "b", 10), 2);
    CU_ASSERT_EQUAL(intern(names, "c", 10), 0);
    CU_ASSERT_EQUAL(intern(names, "b", 10), 2);
    CU_ASSERT_EQUAL(names_refused(names), 1);
    CU_ASSERT_EQUAL(names_count(names), 2);
    names_free(names);
}

static void refuses_beyond_the_number_of_bytes(void)
{
    struct limits limits = small_limits(100, 10);
    struct names *names = names_new(&limits);
    CU_ASSERT_EQUAL(intern(names, "12345678", 100), 1);
    CU_ASSERT_EQUAL(intern(names, "123", 100), 0);
    CU_ASSERT_EQUAL(intern(names, "12", 100), 2);
    CU_ASSERT_EQUAL(intern(names, "3", 100), 0);
    CU_ASSERT_EQUAL(names_refused(names), 2);
    names_free(names);
}

static void keeps_a_text_longer_than_a_block(void)
{
    enum { LONG = 300000 };
    struct names *names = names_new(&limits_default);
    char *text = malloc(LONG);
    memset(text, 'z', LONG);
    CU_ASSERT_EQUAL(intern(names, "before", 100), 1);
    CU_ASSERT_EQUAL(names_intern(names, slice_of(text, LONG), LONG), 2);
    CU_ASSERT_EQUAL(intern(names, "after", 100), 3);
    CU_ASSERT_EQUAL(names_text(names, 2).length, LONG);
    CU_ASSERT_TRUE(is_text(names_text(names, 3), "after"));
    free(text);
    names_free(names);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("names", NULL, NULL);
    CU_ADD_TEST(suite, gives_the_same_id_for_the_same_bytes);
    CU_ADD_TEST(suite, has_no_name_for_nothing);
    CU_ADD_TEST(suite, knows_no_whole_text_in_a_cut_one);
    CU_ADD_TEST(suite, keeps_zero_bytes);
    CU_ADD_TEST(suite, tells_a_cut_text_from_a_whole_one);
    CU_ADD_TEST(suite, numbers_many_in_order_and_never_moves_them);
    CU_ADD_TEST(suite, refuses_beyond_the_number_of_names);
    CU_ADD_TEST(suite, refuses_beyond_the_number_of_bytes);
    CU_ADD_TEST(suite, keeps_a_text_longer_than_a_block);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
