// SPDX-License-Identifier: BSD-2-Clause
// Whose packets come next, where several captures are read.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "base/moment.h"
#include "command/pipeline.h"
#include "command/turns.h"

// Captures of up to three packets that are read already; times in microseconds.
struct captures {
    struct packet packets[2][3];
    struct feed feeds[2];
    GPtrArray *order;
};

static void captures_init(struct captures *c, const int64_t times[2][3], bool is_begun)
{
    *c = (struct captures){.order = g_ptr_array_new()};
    for (guint i = 0; i < 2; i++) {
        c->feeds[i] = (struct feed){.number = i, .packets = c->packets[i], .is_begun = is_begun};
        c->feeds[i].runs = g_array_new(FALSE, FALSE, sizeof(struct report_run));
        for (uint32_t k = 0; k < 3 && times[i][k]; k++) {
            c->packets[i][k].time = times[i][k] * 1000;
            c->packets[i][k].frame = k + 1;
            c->feeds[i].waiting++;
        }
        g_ptr_array_add(c->order, &c->feeds[i]);
    }
}

static void captures_clear(struct captures *c)
{
    g_ptr_array_unref(c->order);
    for (guint i = 0; i < 2; i++)
        g_array_free(c->feeds[i].runs, TRUE);
}

// The next turn is of this feed, and so many packets long.
static void expect_turn(struct captures *c, guint feed, size_t first, size_t end)
{
    struct turn turn = {.feed = NULL};
    CU_ASSERT_TRUE(turns_next(c->order, FEED_BATCH, &turn));
    CU_ASSERT_PTR_EQUAL(turn.feed, &c->feeds[feed]);
    CU_ASSERT_EQUAL(turn.first, first);
    CU_ASSERT_EQUAL(turn.end, end);
}

static void captures_of_one_time_are_read_side_by_side(void)
{
    static const int64_t times[2][3] = {{1000, 2000, 9000}, {3000, 4000, 9500}};
    struct captures c;
    captures_init(&c, times, true);
    expect_turn(&c, 0, 0, 2);
    expect_turn(&c, 1, 0, 2);
    expect_turn(&c, 0, 2, 3);
    captures_clear(&c);
}

static void at_one_time_the_capture_named_first_is_first(void)
{
    static const int64_t times[2][3] = {{1000, 2000, 0}, {1000, 2000, 0}};
    struct captures c;
    captures_init(&c, times, true);
    expect_turn(&c, 0, 0, 1);
    expect_turn(&c, 1, 0, 1);
    expect_turn(&c, 0, 1, 2);
    captures_clear(&c);
}

static void an_overlapping_capture_begins_at_its_time(void)
{
    static const int64_t times[2][3] = {{1000, 2000, 9000}, {1500, 3000, 0}};
    struct captures c;
    captures_init(&c, times, false);
    expect_turn(&c, 0, 0, 1);
    expect_turn(&c, 1, 0, 1);
    expect_turn(&c, 0, 1, 2);
    expect_turn(&c, 1, 1, 2);
    captures_clear(&c);
}

// Packets near a rotation may be out of order; that doesn't make the captures overlap.
static void a_rotated_capture_begins_when_the_one_before_is_over(void)
{
    static const int64_t near[2][3] = {{1000, 2000, 9000}, {8500, 9600, 9700}};
    static const int64_t far[2][3] = {{1000, 2000, 9000}, {7500, 9600, 9700}};
    struct captures c;
    captures_init(&c, near, false);
    expect_turn(&c, 0, 0, 3);
    captures_clear(&c);
    captures_init(&c, far, false);
    expect_turn(&c, 0, 0, 2);
    captures_clear(&c);
}

static void frames_are_found_again_by_runs(void)
{
    static const int64_t times[2][3] = {{1000, 2000, 9000}, {3000, 4000, 9500}};
    struct captures c;
    struct turn turn;
    uint32_t frames = 0;
    captures_init(&c, times, true);
    for (int i = 0; i < 3 && turns_next(c.order, FEED_BATCH, &turn); i++) {
        turn_place(&turn, frames);
        frames += (uint32_t)(turn.end - turn.first);
    }
    const GArray *runs = c.feeds[0].runs;
    CU_ASSERT_EQUAL(runs->len, 2);
    CU_ASSERT_EQUAL(g_array_index(runs, struct report_run, 0).first_frame, 0);
    CU_ASSERT_EQUAL(g_array_index(runs, struct report_run, 1).first_frame, 4);
    CU_ASSERT_EQUAL(g_array_index(runs, struct report_run, 1).before, 2);
    captures_clear(&c);
}

// Else it would matter how many packets each read brought.
static void a_window_is_due_by_packets_where_some_frames_are_none(void)
{
    struct options options = {.limits = limits_default};
    options.limits.records = 4;
    const struct pipeline pipeline = {
        .options = &options, .packets = 5, .filtered = 2, .frames = 9};
    CU_ASSERT_EQUAL(pipeline_until_due(&pipeline), 1);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("turns", NULL, NULL);
    CU_ADD_TEST(suite, captures_of_one_time_are_read_side_by_side);
    CU_ADD_TEST(suite, at_one_time_the_capture_named_first_is_first);
    CU_ADD_TEST(suite, an_overlapping_capture_begins_at_its_time);
    CU_ADD_TEST(suite, a_rotated_capture_begins_when_the_one_before_is_over);
    CU_ADD_TEST(suite, frames_are_found_again_by_runs);
    CU_ADD_TEST(suite, a_window_is_due_by_packets_where_some_frames_are_none);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
