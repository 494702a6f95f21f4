// SPDX-License-Identifier: BSD-2-Clause
// The pools that captured opens show, over requests made by hand.
#include <CUnit/Basic.h>

#include "by_hand.h"
#include "judge/replay_pools.h"

static const struct pool_setting boundless = {
    POOL_PER_HOST, UINT32_MAX, INT64_MAX, INT64_MAX, 0, 0, 0};

#define NEVER (-1)

// A request of a connection, whose next one or close is at `next`.
static void request(GArray *requests, uint32_t connection, int64_t begin, int64_t end, int64_t next)
{
    struct replay_request r = {
        .begin = at_ms(begin),
        .end = at_ms(end),
        .next = next == NEVER ? INT64_MAX : at_ms(next),
        .connection = connection,
        .kind = REPLAY_REQUEST,
    };
    g_array_append_val(requests, r);
}

static struct pool_result replayed(GArray *requests, uint32_t pools)
{
    struct pool_replay *replay = pool_replay_new(requests, pools, at_ms(100000));
    struct pool_result result = pool_replay_run(replay, boundless);
    pool_replay_free(replay);
    return result;
}

static GArray *requests_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct replay_request));
}

static void an_open_beside_an_idle_connection_is_of_another_pool(void)
{
    GArray *requests = requests_new();
    request(requests, 0, 0, 10, 900);
    request(requests, 1, 400, 410, 500);
    request(requests, 0, 900, 910, NEVER);
    request(requests, 1, 500, 510, NEVER);
    CU_ASSERT_EQUAL(replayed(requests, 1).opens, 1);
    CU_ASSERT_EQUAL(replay_pools_assign(requests, 25 * NANOS_PER_MS), 2);
    CU_ASSERT_EQUAL(replayed(requests, 2).opens, 2);
    g_array_free(requests, TRUE);
}

static void a_connection_that_is_busy_or_closed_is_not_at_hand(void)
{
    GArray *requests = requests_new();
    request(requests, 0, 0, 1000, 1400);
    request(requests, 1, 500, 600, 700);     // the other is busy
    request(requests, 2, 1500, 1600, NEVER); // both are closed
    CU_ASSERT_EQUAL(replay_pools_assign(requests, 25 * NANOS_PER_MS), 1);
    CU_ASSERT_EQUAL(replayed(requests, 1).opens, 2);
    g_array_free(requests, TRUE);
}

static void a_short_stay_tells_only_without_a_margin(void)
{
    GArray *requests = requests_new();
    request(requests, 0, 0, 100, 130);
    request(requests, 1, 115, 140, NEVER);
    request(requests, 0, 130, 150, NEVER);
    CU_ASSERT_EQUAL(replay_pools_assign(requests, 25 * NANOS_PER_MS), 1);
    CU_ASSERT_EQUAL(replay_pools_assign(requests, 2 * NANOS_PER_MS), 2);
    g_array_free(requests, TRUE);
}

static void what_was_open_before_the_capture_is_one_pool(void)
{
    GArray *requests = requests_new();
    for (uint32_t c = 0; c < 3; c++) {
        request(requests, c, 0, 0, 1000 + c);
        g_array_index(requests, struct replay_request, c).kind = REPLAY_SEED;
    }
    request(requests, 3, 1003, 1010, NEVER);
    CU_ASSERT_EQUAL(replay_pools_assign(requests, 2 * NANOS_PER_MS), 1);
    g_array_free(requests, TRUE);
}

static void no_more_pools_than_the_cap(void)
{
    GArray *requests = requests_new();
    for (uint32_t c = 0; c < REPLAY_POOLS_MOST + 50; c++)
        request(requests, c, c * 100, c * 100 + 10, NEVER);
    CU_ASSERT_EQUAL(replay_pools_assign(requests, 0), REPLAY_POOLS_MOST);
    g_array_free(requests, TRUE);
}

static void a_close_of_an_idle_connection_ends_a_stay(void)
{
    GArray *requests = requests_new();
    request(requests, 0, 0, 10, 500);
    request(requests, 0, 500, 510, 900);
    request(requests, 1, 1000, 1010, NEVER);
    for (int i = 0; i < 2; i++) { // the second finds nothing
        struct replay_request end = {
            .begin = at_ms(900), .end = INT64_MAX, .next = INT64_MAX, .kind = REPLAY_END};
        g_array_append_val(requests, end);
    }
    CU_ASSERT_EQUAL(replayed(requests, 1).opens, 2);
    CU_ASSERT_EQUAL(replayed(requests, 1).closes, 1);
    g_array_free(requests, TRUE);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("pools of a client", NULL, NULL);
    CU_ADD_TEST(suite, an_open_beside_an_idle_connection_is_of_another_pool);
    CU_ADD_TEST(suite, a_connection_that_is_busy_or_closed_is_not_at_hand);
    CU_ADD_TEST(suite, a_short_stay_tells_only_without_a_margin);
    CU_ADD_TEST(suite, what_was_open_before_the_capture_is_one_pool);
    CU_ADD_TEST(suite, a_close_of_an_idle_connection_ends_a_stay);
    CU_ADD_TEST(suite, no_more_pools_than_the_cap);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}
