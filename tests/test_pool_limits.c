// SPDX-License-Identifier: BSD-2-Clause
// One replay for many limits: they are what each of them is by itself.
#include <CUnit/Basic.h>

#include "by_hand.h"
#include "judge/pool_depths.h"
#include "judge/pool_limits.h"

static const struct pool_setting boundless = {
    POOL_PER_HOST, UINT32_MAX, INT64_MAX, INT64_MAX, 0, 0, 0};

static GArray *requests_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct replay_request));
}

static void request(GArray *requests, enum replay_kind kind, uint32_t host, int64_t begin,
                    int64_t end)
{
    struct replay_request r = {
        .begin = at_ms(begin),
        .end = at_ms(end),
        .next = INT64_MAX,
        .host = host,
        .kind = (uint8_t)kind,
        .leaves_wait = true,
    };
    g_array_append_val(requests, r);
}

static void check_result(struct pool_result result, struct pool_result one)
{
    CU_ASSERT_EQUAL(result.opens, one.opens);
    CU_ASSERT_EQUAL(result.closes, one.closes);
    CU_ASSERT_EQUAL(result.time_wait_peak, one.time_wait_peak);
    CU_ASSERT_EQUAL(result.idle_most, one.idle_most);
}

static void check_limits(GArray *requests, struct pool_setting setting)
{
    static const uint32_t limits[] = {0, 1, 2, 3, 5, 8, 12, 20, UINT32_MAX};
    struct pool_result results[G_N_ELEMENTS(limits)];
    struct pool_replay *replay = pool_replay_new(requests, 4, at_ms(1000000));
    CU_ASSERT(pool_limits_run(replay, setting, limits, (unsigned)G_N_ELEMENTS(limits), results));
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        setting.limit = limits[i];
        struct pool_result one = pool_replay_run(replay, setting);
        check_result(results[i], one);
    }
    setting.server_timeout = at_ms(1000);
    CU_ASSERT_FALSE(pool_limits_run(replay, setting, limits, 1, results));
    setting.server_timeout = INT64_MAX;
    setting.model = POOL_TOTAL;
    CU_ASSERT_FALSE(pool_limits_run(replay, setting, limits, 1, results));
    pool_replay_free(replay);
}

// A pool that keeps nothing needs no replay, up to any time.
static void check_unpooled(GArray *requests, struct pool_setting setting)
{
    for (int64_t last = 0; last <= 250000; last += 50000) {
        struct pool_replay *replay = pool_replay_new(requests, 4, at_ms(last));
        setting.limit = 0;
        CU_ASSERT_EQUAL(pool_replay_run(replay, setting).opens,
                        pool_replay_unpooled(requests, at_ms(last)));
        pool_replay_free(replay);
    }
}

// Pools of every limit at once are the pools of each.
static void limits_at_once_are_those_one_by_one(void)
{
    static const enum replay_kind kinds[] = {REPLAY_DIAL,    REPLAY_REQUEST, REPLAY_REQUEST,
                                             REPLAY_REQUEST, REPLAY_LAST,    REPLAY_SEED,
                                             REPLAY_UNUSED,  REPLAY_END};
    struct pool_setting setting = boundless;
    GRand *random = g_rand_new_with_seed(7);
    for (int round = 0; round < 20; round++) {
        GArray *requests = requests_new();
        for (int i = 0; i < 300; i++) {
            int32_t begin = g_rand_int_range(random, 0, 200000);
            request(requests, kinds[g_rand_int_range(random, 0, (int32_t)G_N_ELEMENTS(kinds))],
                    (uint32_t)g_rand_int_range(random, 0, 4), begin,
                    begin + g_rand_int_range(random, 0, 5000));
        }
        setting.closes = round % 4 ? 100 : 0;
        setting.resets = setting.closes ? (uint32_t)round % 20 * 5 : 0;
        check_limits(requests, setting);
        check_unpooled(requests, setting);
        g_array_free(requests, TRUE);
    }
    g_rand_free(random);
}

static void check_depths(GArray *requests, struct pool_setting setting, uint32_t hosts)
{
    struct pool_replay *replay = pool_replay_new(requests, hosts, at_ms(1000000));
    struct pool_depths *depths = pool_depths_new(replay, setting);
    CU_ASSERT_PTR_NOT_NULL_FATAL(depths);
    for (uint32_t limit = 0; limit <= 60; limit++) {
        setting.limit = limit < 60 ? limit : UINT32_MAX;
        check_result(pool_depths_at(depths, setting.limit), pool_replay_run(replay, setting));
    }
    setting.idle_timeout = at_ms(1000);
    CU_ASSERT_PTR_NULL(pool_depths_new(replay, setting));
    pool_depths_free(depths);
    pool_replay_free(replay);
}

// One replay tells of every limit what a replay of its own does, in long captures and short ones.
static void depths_are_limits_one_by_one(void)
{
    static const enum replay_kind kinds[] = {REPLAY_UNUSED,  REPLAY_REQUEST, REPLAY_REQUEST,
                                             REPLAY_REQUEST, REPLAY_REQUEST, REPLAY_LAST,
                                             REPLAY_SEED,    REPLAY_END};
    struct pool_setting setting = boundless;
    GRand *random = g_rand_new_with_seed(8);
    for (uint32_t round = 0; round < 60; round++) {
        GArray *requests = requests_new();
        uint32_t hosts = round % 3 ? 1 : 4;
        int32_t span = round % 2 ? 200000 : 20000;
        for (int i = 0; i < 400; i++) {
            int32_t begin = g_rand_int_range(random, 0, span);
            request(requests, kinds[g_rand_int_range(random, 0, (int32_t)G_N_ELEMENTS(kinds))],
                    (uint32_t)g_rand_int_range(random, 0, (int32_t)hosts), begin,
                    begin + g_rand_int_range(random, 0, span / 5));
            g_array_index(requests, struct replay_request, i).leaves_wait =
                g_rand_boolean(random) & 1;
        }
        setting.model = round % 4 < 2 ? POOL_TOTAL : POOL_PER_HOST;
        setting.closes = round % 5 ? 100 : 0;
        setting.resets = setting.closes ? round % 20 * 5 : 0;
        check_depths(requests, setting, hosts);
        g_array_free(requests, TRUE);
    }
    g_rand_free(random);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("many limits at once", NULL, NULL);
    CU_ADD_TEST(suite, limits_at_once_are_those_one_by_one);
    CU_ADD_TEST(suite, depths_are_limits_one_by_one);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}
