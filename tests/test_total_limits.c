// SPDX-License-Identifier: BSD-2-Clause
// The limit over all idle connections of a client, whose longest idle one is closed.
#include "grouped.h"

// By their own acknowledgements every second one was idle for less time than the others.
static void a_delayed_acknowledgement_hides_no_total_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    int64_t ends[10];
    for (int i = 0; i < 10; i++)
        ends[i] = 100 + i * 100 + i * i % 3 * 15;
    for (int i = 0; i < 8; i++) {
        struct record *r =
            served_and_closed(&hand, ends[i] - 50, ends[i], CLIENT, ends[i + 2] - ends[i] + 1);
        r->gap -= i % 2 ? 190 * NANOS_PER_MS : 0;
    }
    served(&hand, ends[8] - 50, ends[8]);
    served(&hand, ends[9] - 50, ends[9]);
    settle(&hand, 9000);
    for (guint i = 0; i < 8; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// Two connections are used at these times and stay in the pool.
static void keep_two(struct by_hand *hand, const int64_t *ends, int count)
{
    for (int i = 0; i < 2; i++) {
        struct record *r = served(hand, i, 10 + i);
        for (int k = 0; k < count; k++)
            exchanged(hand, r, ends[k] - 30, ends[k]);
    }
}

// In most cases three finish at one instant: no order tells which of them the client closed.
static void a_few_closes_in_clear_order_tell_a_total_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    int64_t ends[18];
    for (int i = 0; i < 18; i++)
        ends[i] = 1000 + i * 300 + (i >= 14 ? 10 : 0);
    keep_two(&hand, ends, 18);
    for (int i = 0; i < 18; i++)
        served_and_closed(&hand, 950 + i * 300, 1000 + i * 300, CLIENT, i >= 14 ? 11 : 2);
    settle(&hand, 9000);
    for (guint i = 2; i < 20; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// Go has both limits: what has just finished is closed for the one, the longest idle for the other.
static void both_limits_of_a_pool_are_told(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    evict_oldest(&hand);
    for (int i = 0; i < 6; i++)
        served_and_closed(&hand, 1000 + i * 300, 1050 + i * 300, CLIENT, 1);
    settle(&hand, 9000);
    for (guint i = 0; i < 6; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL, CONFIDENCE_STRONG);
    for (guint i = 8; i < 14; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// Twelve gaps from 1 to 6 s at as many moments, three of which lie within `spread` ms.
static void close_idle(struct by_hand *hand, int64_t spread)
{
    static const int64_t gaps[] = {1000, 4100, 3000, 1900, 5300, 3000,
                                   2300, 4700, 3000, 1400, 6000, 3600};
    for (int i = 0; i < 12; i++) {
        int64_t gap = gaps[i] + (gaps[i] == 3000 ? spread * (i / 3) / 2 : 0);
        served_and_closed(hand, i * 7000, i * 7000 + 10, CLIENT, gap);
    }
}

static void gaps_that_agree_by_chance_are_no_timer_for_sure(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    close_idle(&hand, 54);
    settle(&hand, 100000);
    for (guint i = 2; i < 9; i += 3) {
        says(&hand, i, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_CLIENT_SHUTDOWN);
    }
    by_hand_clear(&hand);
    by_hand_init(&hand);
    close_idle(&hand, 2);
    settle(&hand, 100000);
    for (guint i = 2; i < 9; i += 3)
        says(&hand, i, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("total limits", NULL, NULL);
    CU_ADD_TEST(suite, a_delayed_acknowledgement_hides_no_total_limit);
    CU_ADD_TEST(suite, a_few_closes_in_clear_order_tell_a_total_limit);
    CU_ADD_TEST(suite, both_limits_of_a_pool_are_told);
    CU_ADD_TEST(suite, gaps_that_agree_by_chance_are_no_timer_for_sure);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
