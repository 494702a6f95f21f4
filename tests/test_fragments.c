// SPDX-License-Identifier: BSD-2-Clause
// Fragments one by one, in a table of four places: which belong together, and which give way.
#include <CUnit/Basic.h>

#include "base/moment.h"
#include "capture/fragments.h"

#define BEGIN (INT64_C(1700000000) * NANOS_PER_SECOND)

static const uint8_t bytes[64];

static struct fragments *four_new(void)
{
    struct limits limits = limits_default;
    limits.fragments = 4;
    return fragments_new(&limits);
}

// Whole bytes from `from` to `to` of datagram `id`.
static struct fragment part(uint32_t id, uint32_t from, uint32_t to, bool is_last)
{
    return (struct fragment){
        .from = {{1}},
        .to = {{2}},
        .part = {bytes, to - from, to - from},
        .time = BEGIN,
        .id = id,
        .offset = from,
        .protocol = 6,
        .is_last = is_last,
    };
}

// The length of the datagram that this one completes; 0: none.
static uint32_t take(struct fragments *fragments, struct fragment fragment)
{
    struct layer whole;
    return fragments_take(fragments, &fragment, &whole) ? whole.wire : 0;
}

// Whether a second half completes what a plain first half began.
static bool joins(struct fragment second)
{
    struct fragments *fragments = four_new();
    CU_ASSERT_EQUAL(take(fragments, part(1, 0, 8, false)), 0);
    bool is_whole = take(fragments, second) == 16;
    fragments_free(fragments);
    return is_whole;
}

static void one_datagram_has_one_name(void)
{
    struct fragment second = part(1, 8, 16, true);
    CU_ASSERT_TRUE(joins(second));
    second.id = 2;
    CU_ASSERT_FALSE(joins(second));
    second = part(1, 8, 16, true);
    second.protocol = 17;
    CU_ASSERT_FALSE(joins(second));
    second = part(1, 8, 16, true);
    second.is_ipv6 = true;
    CU_ASSERT_FALSE(joins(second));
    second = part(1, 8, 16, true);
    second.from.bytes[15] = 1;
    CU_ASSERT_FALSE(joins(second));
    second = part(1, 8, 16, true);
    second.to.bytes[15] = 1;
    CU_ASSERT_FALSE(joins(second));
}

static void what_is_half_a_minute_apart_is_no_datagram(void)
{
    struct fragment second = part(1, 8, 16, true);
    second.time = BEGIN + 30 * NANOS_PER_SECOND;
    CU_ASSERT_TRUE(joins(second));
    second.time++;
    CU_ASSERT_FALSE(joins(second));
    second.time = BEGIN - 30 * NANOS_PER_SECOND - 1;
    CU_ASSERT_FALSE(joins(second));
}

static void the_oldest_gives_way(void)
{
    struct fragments *fragments = four_new();
    for (uint32_t id = 0; id < 5; id++) {
        struct fragment first = part(id, 0, 8, false);
        first.time += id == 2 ? 0 : 1 + id;
        CU_ASSERT_EQUAL(take(fragments, first), 0);
    }
    for (uint32_t id = 0; id < 5; id++)
        CU_ASSERT_EQUAL(take(fragments, part(id, 8, 16, true)), id == 2 ? 0 : 16);
    fragments_free(fragments);
}

static void a_place_that_is_free_is_taken_before_any_gives_way(void)
{
    struct fragments *fragments = four_new();
    for (uint32_t id = 0; id < 4; id++) {
        struct fragment first = part(id, 0, 8, false);
        first.time += id == 3;
        take(fragments, first);
    }
    CU_ASSERT_EQUAL(take(fragments, part(3, 8, 16, true)), 16);
    CU_ASSERT_EQUAL(take(fragments, part(3, 0, 8, false)), 0);
    for (uint32_t id = 0; id < 4; id++)
        CU_ASSERT_EQUAL(take(fragments, part(id, 8, 16, true)), 16);
    fragments_free(fragments);
}

// What contradicts goes with what was there before: the next ones make a datagram anew.
static void check_anew(const struct fragment *wrong, size_t count)
{
    struct fragments *fragments = four_new();
    for (size_t i = 0; i < count; i++)
        CU_ASSERT_EQUAL(take(fragments, wrong[i]), 0);
    CU_ASSERT_EQUAL(take(fragments, part(1, 0, 8, false)), 0);
    CU_ASSERT_EQUAL(take(fragments, part(1, 8, 16, true)), 16);
    fragments_free(fragments);
}

static void ends_that_contradict_drop_their_datagram(void)
{
    const struct fragment before[] = {part(1, 0, 8, false), part(1, 16, 24, false),
                                      part(1, 8, 16, true)};
    const struct fragment other[] = {part(1, 8, 16, true), part(1, 16, 24, true)};
    const struct fragment behind[] = {part(1, 8, 16, true), part(1, 16, 24, false)};
    const struct fragment over[] = {part(1, 0, 16, false), part(1, 8, 24, true)};
    check_anew(before, 3);
    check_anew(other, 2);
    check_anew(behind, 2);
    check_anew(over, 2);
}

static void what_no_router_makes_is_left_out(void)
{
    struct fragments *fragments = four_new();
    CU_ASSERT_EQUAL(take(fragments, part(1, 0, 12, false)), 0); // no multiple of 8
    CU_ASSERT_EQUAL(take(fragments, part(1, 8, 16, true)), 0);
    CU_ASSERT_EQUAL(take(fragments, part(1, 0, 8, false)), 16);
    CU_ASSERT_EQUAL(take(fragments, part(1, 0, 8, false)), 0);
    CU_ASSERT_EQUAL(take(fragments, part(1, 8, 8, true)), 0); // nothing
    CU_ASSERT_EQUAL(take(fragments, part(1, 8, 13, true)), 13);
    CU_ASSERT_EQUAL(take(fragments, part(1, 65528, 65536, true)), 0); // beyond any datagram
    fragments_free(fragments);
}

static void the_first_cut_ends_what_was_captured(void)
{
    struct fragments *fragments = four_new();
    struct fragment first = part(1, 0, 16, false), second = part(1, 16, 32, true);
    struct layer whole = {NULL, 0, 0};
    first.part.captured = 4;
    second.part.captured = 2;
    CU_ASSERT_FALSE(fragments_take(fragments, &first, &whole));
    CU_ASSERT_TRUE(fragments_take(fragments, &second, &whole));
    CU_ASSERT_EQUAL(whole.captured, 4);
    CU_ASSERT_EQUAL(whole.wire, 32);
    fragments_free(fragments);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("fragments", NULL, NULL);
    CU_ADD_TEST(suite, one_datagram_has_one_name);
    CU_ADD_TEST(suite, what_is_half_a_minute_apart_is_no_datagram);
    CU_ADD_TEST(suite, the_oldest_gives_way);
    CU_ADD_TEST(suite, a_place_that_is_free_is_taken_before_any_gives_way);
    CU_ADD_TEST(suite, ends_that_contradict_drop_their_datagram);
    CU_ADD_TEST(suite, what_no_router_makes_is_left_out);
    CU_ADD_TEST(suite, the_first_cut_ends_what_was_captured);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
