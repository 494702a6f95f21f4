// SPDX-License-Identifier: BSD-2-Clause
// Many closes at one time: a shutdown, a sweep, or timers that run out together.
#include "grouped.h"

#define BIG 600

// A spread of 0 to 999 without order.
static int64_t scattered(int i)
{
    return i * 619 % 1000;
}

static void a_big_program_takes_longer_to_end(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < BIG; i++) {
        int64_t end = scattered(i) * 20, close = 60000 + i * 3 / 2;
        served_and_closed(&hand, end - 10, end, CLIENT, close - end);
    }
    settle(&hand, 70000);
    each_says(&hand, 0, BIG, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_STRONG);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->size, BIG);
    by_hand_clear(&hand);
}

// One gives up waiting, and 0.1 s later each two pools are closed.
static void few_closes_in_a_quarter_of_a_second_are_no_one_event(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record *r = served_and_closed(&hand, 1000, 1176, CLIENT, 701);
    r->phase = PHASE_AWAITING;
    r->outstanding = 1;
    r->gap = NANOS_UNKNOWN;
    for (int i = 0; i < 5; i++)
        served_and_closed(&hand, 0, 400 + i * 200, CLIENT, 1621 - i * 200);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, 0, 100 + i * 70, CLIENT, 2028 - i * 70);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_CONSISTENT);
    each_says(&hand, 1, 6, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_STRONG);
    each_says(&hand, 6, 10, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_STRONG);
    CU_ASSERT_EQUAL(verdict_at(&hand, 1)->size, 5);
    CU_ASSERT_EQUAL(verdict_at(&hand, 6)->size, 4);
    by_hand_clear(&hand);
}

static void a_big_server_takes_longer_to_end(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < BIG; i++) {
        int64_t end = scattered(i) * 20, close = 60000 + i * 3 / 2;
        served_and_closed(&hand, end - 10, end, SERVER, close - end);
    }
    settle(&hand, 70000);
    each_says(&hand, 0, BIG, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void waits_alone_are_no_shutdown_of_a_second(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < BIG; i++) {
        int64_t begin = scattered(i) * 20, close = 60000 + i * 3 / 2;
        struct record *r = served_and_closed(&hand, begin - 10, begin, CLIENT, close - begin);
        r->phase = PHASE_AWAITING;
        r->outstanding = 1;
        r->gap = NANOS_UNKNOWN;
    }
    settle(&hand, 70000);
    each_says(&hand, 0, BIG, CAUSE_CLIENT_CANCELLED, CONFIDENCE_CONSISTENT);
    by_hand_clear(&hand);
}

static void timers_that_run_out_one_after_the_other_are_no_shutdown(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < BIG; i++)
        served_and_closed(&hand, scattered(i) * 2, 3000 + i * 3 / 2, CLIENT, 5000 + i % 3);
    settle(&hand, 9000);
    each_says(&hand, 0, BIG, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// Each is opened when one is closed, and stays idle for a while: half of what is open is closed
// within any second.
static void steady_closes_without_a_timer_are_no_shutdown(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < BIG; i++)
        served_and_closed(&hand, i * 10, i * 10 + 5, CLIENT, 600 + scattered(i) * 2);
    settle(&hand, 9000);
    for (guint i = 0; i < BIG / 2; i++) // nothing is opened beside the last ones
        CU_ASSERT_FALSE(verdict_at(&hand, i)->cause == CAUSE_CLIENT_SHUTDOWN &&
                        verdict_at(&hand, i)->confidence == CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void connections_opened_and_ended_together_show_no_age_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < BIG; i++) {
        int64_t end = 1000 + scattered(i) * 50, close = 60000 + i * 619 % BIG * 3 / 2;
        served_and_closed(&hand, i, end, CLIENT, close - end);
    }
    settle(&hand, 70000);
    each_says(&hand, 0, BIG, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void connections_opened_together_come_of_age_together(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < BIG; i++) {
        int64_t end = 1000 + scattered(i) * 50;
        served_and_closed(&hand, i * 2, end, CLIENT, 60000 + i * 2 - end);
    }
    settle(&hand, 70000);
    each_says(&hand, 0, BIG, CAUSE_CLIENT_MAX_AGE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void one_gap_that_two_shutdowns_share_is_chance(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int burst = 0; burst < 2; burst++)
        for (int i = 0; i < 4; i++) {
            int64_t gap = i == 0 ? 1000 : 1500 + i * 700 + burst * 300;
            int64_t close = 5000 + burst * 9000 + i;
            served_and_closed(&hand, close - gap - 10, close - gap, SERVER, gap);
        }
    settle(&hand, 19000);
    each_says(&hand, 0, 8, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// At each of two moments four are closed; half of them, or more, were idle for as long.
static void one_gap_of_half_at_two_moments_is_a_timer(void)
{
    for (int alike = 2; alike < 4; alike++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int i = 0; i < 8; i++) {
            bool is_like = i % 4 < alike;
            int64_t gap = is_like ? 1234 : 2500 + i * 400, close = 5000 + i / 4 * 9000 + i % 4;
            served_and_closed(&hand, close - gap - 10, close - gap, SERVER, gap);
        }
        settle(&hand, 19000);
        for (guint i = 0; i < 8; i++)
            if ((int)i % 4 < alike)
                says(&hand, i, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT);
        by_hand_clear(&hand);
    }
}

// They became idle at one time: their gaps differ as their closes do, and tell nothing.
static void a_burst_of_what_became_idle_together_is_left_open(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        served_and_closed(&hand, 990 - i * 9, 1000 - i * 9, SERVER, 600 + i * 55);
    settle(&hand, 9000);
    each_says(&hand, 0, 3, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
    for (guint i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->group, GROUP_BURST);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_SERVER_IDLE_TIMEOUT);
    }
    by_hand_clear(&hand);
}

static void a_server_that_goes_on_had_a_timer_for_what_began_together(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, i, 10 + i, SERVER, 8730);
    struct record *busy = served(&hand, 0, 10);
    for (int k = 1; k < 30; k++)
        exchanged(&hand, busy, k * 500, k * 500 + 490);
    settle(&hand, 19000);
    each_says(&hand, 0, 4, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_SERVER_SHUTDOWN);
    by_hand_clear(&hand);
}

// Those that were used once are as old as they are idle.
static void an_age_limit_shows_on_what_was_used_again(void)
{
    static const int64_t gaps[] = {2000, 1999, 2000, 35, 30, 2000, 1300, 2000};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 8; i++) {
        int64_t open = i / 3 * 3000, close = open + 2001;
        struct record *r = served_and_closed(&hand, open, close - gaps[i], CLIENT, gaps[i]);
        r->gap = gaps[i] * NANOS_PER_MS;
    }
    settle(&hand, 40000);
    for (guint i = 0; i < 8; i++)
        says(&hand, i, CAUSE_CLIENT_MAX_AGE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// Opened three at a time, used again at different times, closed together at one age.
static void bursts_at_one_age_are_an_age_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 12; i++) {
        int64_t open = i / 3 * 3000 + i % 3, gap = 700 + i * 5 % 7 * 900;
        served_and_closed(&hand, open, open + 10000 - gap, SERVER, gap);
    }
    settle(&hand, 40000);
    each_says(&hand, 0, 12, CAUSE_SERVER_MAX_AGE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void connections_from_before_the_capture_may_be_of_one_age(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, i * 300, i * 300 + 10, SERVER, 3000 - i * 300 + i);
    for (guint i = 0; i < 4; i++)
        record_at(&hand, i)->facts &= ~(UINT64_C(1) << FACT_SYN | UINT64_C(1) << FACT_SYN_ACK);
    settle(&hand, 9000);
    each_says(&hand, 0, 4, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_SERVER_MAX_AGE);
    fact(record_at(&hand, 2), FACT_SYN);
    settle(&hand, 9000); // it is younger than another one at least
    says(&hand, 2, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// Half of what a busy client has open is closed in 0.1 s, time and again.
static void what_a_busy_client_always_does_is_no_shutdown(void)
{
    for (int is_busy = 0; is_busy <= 1; is_busy++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int wave = 0; wave < (is_busy ? 60 : 3); wave++)
            for (int i = 0; i < 6; i++) {
                int64_t close = 1000 + wave * (is_busy ? 200 : 2000) + i, gap = 30 + i * 15;
                served_and_closed(&hand, close - gap - 10, close - gap, CLIENT, gap);
            }
        settle(&hand, 9000);
        for (guint i = 6; i < 12; i++) {
            guint middle = is_busy ? 180 + i : i;
            CU_ASSERT_EQUAL(verdict_at(&hand, middle)->cause == CAUSE_CLIENT_SHUTDOWN &&
                                verdict_at(&hand, middle)->confidence == CONFIDENCE_STRONG,
                            !is_busy);
        }
        by_hand_clear(&hand);
    }
}

// Five of eight that finished one after the other are closed: the oldest, or every other one.
static void a_burst_that_spares_the_youngest_is_an_eviction(void)
{
    for (int is_oldest = 0; is_oldest <= 1; is_oldest++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int i = 0; i < 8; i++) {
            bool is_closed = is_oldest ? i < 5 : i % 2 == 0 || i == 7;
            int64_t end = 1000 + i * 10;
            if (is_closed)
                served_and_closed(&hand, 500 + i, end, CLIENT, 1100 + i - end);
            else
                exchanged(&hand, served(&hand, 500 + i, end), 1500 + i, 1600 + i);
        }
        settle(&hand, 9000);
        CU_ASSERT_EQUAL(verdict_at(&hand, 0)->cause == CAUSE_CLIENT_SHUTDOWN &&
                            verdict_at(&hand, 0)->confidence == CONFIDENCE_STRONG,
                        !is_oldest);
        by_hand_clear(&hand);
    }
}

// A program with a timer of 1.2 s is killed right after the last close by that timer.
static void a_gap_of_a_timer_beats_the_burst_it_falls_into(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++)
        served_and_closed(&hand, i * 170, i * 170 + 10, CLIENT, 1200);
    for (int i = 6; i < 9; i++) {
        int64_t end = i * 170 + 10, close = 5 * 170 + 10 + 1200 + 42;
        served_and_closed(&hand, end - 10, end, CLIENT, close - end);
    }
    settle(&hand, 9000);
    each_says(&hand, 0, 6, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    each_says(&hand, 6, 9, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("bursts", NULL, NULL);
    CU_ADD_TEST(suite, a_big_program_takes_longer_to_end);
    CU_ADD_TEST(suite, few_closes_in_a_quarter_of_a_second_are_no_one_event);
    CU_ADD_TEST(suite, a_big_server_takes_longer_to_end);
    CU_ADD_TEST(suite, waits_alone_are_no_shutdown_of_a_second);
    CU_ADD_TEST(suite, timers_that_run_out_one_after_the_other_are_no_shutdown);
    CU_ADD_TEST(suite, steady_closes_without_a_timer_are_no_shutdown);
    CU_ADD_TEST(suite, connections_opened_and_ended_together_show_no_age_limit);
    CU_ADD_TEST(suite, connections_opened_together_come_of_age_together);
    CU_ADD_TEST(suite, one_gap_that_two_shutdowns_share_is_chance);
    CU_ADD_TEST(suite, one_gap_of_half_at_two_moments_is_a_timer);
    CU_ADD_TEST(suite, a_burst_of_what_became_idle_together_is_left_open);
    CU_ADD_TEST(suite, a_server_that_goes_on_had_a_timer_for_what_began_together);
    CU_ADD_TEST(suite, an_age_limit_shows_on_what_was_used_again);
    CU_ADD_TEST(suite, bursts_at_one_age_are_an_age_limit);
    CU_ADD_TEST(suite, connections_from_before_the_capture_may_be_of_one_age);
    CU_ADD_TEST(suite, what_a_busy_client_always_does_is_no_shutdown);
    CU_ADD_TEST(suite, a_burst_that_spares_the_youngest_is_an_eviction);
    CU_ADD_TEST(suite, a_gap_of_a_timer_beats_the_burst_it_falls_into);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
