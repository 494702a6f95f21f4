// SPDX-License-Identifier: BSD-2-Clause
// Health probes by their schedule, over connections made by hand.
#include "grouped.h"

static void asks_once(struct by_hand *hand, int64_t begin, int64_t took, const char *target)
{
    struct record *r = served_and_closed(hand, begin, begin + took, CLIENT, 1);
    r->names[NAME_FIRST_METHOD] = name(hand, "GET");
    r->names[NAME_FIRST_TARGET] = name(hand, target);
}

// How many of them are marked.
static guint marked(struct by_hand *hand)
{
    guint probes = 0;
    settle(hand, 200000);
    for (guint i = 0; i < hand->records->len; i++)
        probes += verdict_at(hand, i)->is_probe;
    by_hand_clear(hand);
    return probes;
}

// Behind a proxy a pair has no agent of its own; one that has may have connections without.
static void agents_of_probes_are_told_one_by_one(void)
{
    struct by_hand hand;
    for (int is_proxy = 0; is_proxy < 2; is_proxy++) {
        by_hand_init(&hand);
        for (int i = 0; i < 6; i++)
            served_and_closed(&hand, i * i * 1000, i * i * 1000 + 5, CLIENT, 1);
        for (guint i = 0; i < 4; i++)
            record_at(&hand, i)->names[NAME_AGENT] =
                name(&hand, is_proxy && i % 2 ? "curl/8" : "kube-probe/1.27");
        if (is_proxy)
            fact(record_at(&hand, 0), FACT_SEVERAL_AGENTS);
        for (guint i = 4; i < 6; i++)
            record_at(&hand, i)->requests = 0;
        settle(&hand, 200000);
        for (guint i = 0; i < 6; i++)
            CU_ASSERT_EQUAL(verdict_at(&hand, i)->is_probe, i < 4 && !(is_proxy && i % 2));
        by_hand_clear(&hand);
    }
}

static void a_loop_that_sleeps_keeps_its_pause(void)
{
    static const int64_t took[] = {20, 900, 150, 400, 990, 30, 700, 10};
    struct by_hand hand;
    by_hand_init(&hand);
    int64_t begin = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(took); i++) {
        asks_once(&hand, begin, took[i], "/healthz");
        begin += took[i] + 4000;
    }
    CU_ASSERT_EQUAL(marked(&hand), 8);
}

static void a_period_may_drift(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    int64_t begin = 0;
    for (int i = 0; i < 12; i++) {
        asks_once(&hand, begin, 5, "/healthz");
        begin += 2000 + 90 * i;
    }
    CU_ASSERT_EQUAL(marked(&hand), 12);
}

static void one_period_in_ten_may_be_off(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 12; i++)
        asks_once(&hand, 10000 * (i + (i > 5)), 5, "/healthz");
    CU_ASSERT_EQUAL(marked(&hand), 12);
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++)
        asks_once(&hand, 10000 * (i + (i > 2)), 5, "/healthz");
    CU_ASSERT_EQUAL(marked(&hand), 0);
}

static void work_without_a_pause_is_no_schedule(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 10; i++)
        asks_once(&hand, i * 1210, 1200, "/report");
    CU_ASSERT_EQUAL(marked(&hand), 0);
}

static void a_prober_may_ask_for_a_few_paths(void)
{
    static const char *const paths[] = {"/live", "/ready", "/a", "/b", "/c"};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 12; i++)
        asks_once(&hand, i / 2 * 5000 + i % 2 * 300, 5, paths[i % 2]);
    CU_ASSERT_EQUAL(marked(&hand), 12);
    by_hand_init(&hand);
    for (int i = 0; i < 50; i++)
        asks_once(&hand, i * 2000, 5, paths[i % 5]);
    CU_ASSERT_EQUAL(marked(&hand), 0);
}

static void unequal_periods_are_people(void)
{
    static const int64_t begins[] = {0, 1500, 5200, 6100, 11000, 12900, 15000, 19100};
    struct by_hand hand;
    by_hand_init(&hand);
    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++)
        asks_once(&hand, begins[i], 5, "/");
    CU_ASSERT_EQUAL(marked(&hand), 0);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("health probes", NULL, NULL);
    CU_ADD_TEST(suite, agents_of_probes_are_told_one_by_one);
    CU_ADD_TEST(suite, a_loop_that_sleeps_keeps_its_pause);
    CU_ADD_TEST(suite, a_period_may_drift);
    CU_ADD_TEST(suite, one_period_in_ten_may_be_off);
    CU_ADD_TEST(suite, work_without_a_pause_is_no_schedule);
    CU_ADD_TEST(suite, a_prober_may_ask_for_a_few_paths);
    CU_ADD_TEST(suite, unequal_periods_are_people);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}
