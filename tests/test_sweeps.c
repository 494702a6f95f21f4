// SPDX-License-Identifier: BSD-2-Clause
// Timers that are looked at now and then, and what stays tells of them.
#include "grouped.h"

// Every 10 s all that was idle for 3 s is closed; the last connection is used all the time.
static void sweep(struct by_hand *hand, enum side side, int sweeps, int64_t idle_at_sweep)
{
    for (int s = 1; s <= sweeps; s++)
        for (int i = 0; i < 3; i++) {
            int64_t gap = 4000 + (i * 3 + s) % 5 * 1100;
            served_and_closed(hand, s * 10000 - gap - 10, s * 10000 - gap, side, gap + i);
        }
    struct record *busy = served(hand, 0, 10);
    for (int s = 1; s <= sweeps; s++) {
        int64_t end = s * 10000 - idle_at_sweep;
        exchanged(hand, busy, MIN(end - 20, s * 10000 - 200), end);
        exchanged(hand, busy, s * 10000 + 500, s * 10000 + 510);
        exchanged(hand, busy, s * 10000 + 1500, s * 10000 + 1510);
    }
}

static void what_a_sweep_leaves_was_idle_for_less(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    sweep(&hand, SERVER, 2, 900);
    settle(&hand, 40000);
    each_says(&hand, 0, 6, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_SERVER_SHUTDOWN);
    by_hand_clear(&hand);
    by_hand_init(&hand);
    sweep(&hand, SERVER, 1, 900); // one of four is the youngest by chance
    settle(&hand, 40000);
    each_says(&hand, 0, 3, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

static void clients_sweep_too(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    sweep(&hand, CLIENT, 2, 900);
    settle(&hand, 40000);
    each_says(&hand, 0, 6, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT);
    by_hand_clear(&hand);
    by_hand_init(&hand);
    sweep(&hand, CLIENT, 1, -100); // dropping what is idle spares what is busy
    settle(&hand, 40000);
    each_says(&hand, 0, 3, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void what_stays_though_longer_idle_shows_no_sweep(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    sweep(&hand, SERVER, 2, 5000);
    settle(&hand, 40000);
    each_says(&hand, 0, 6, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void a_server_that_goes_on_did_not_end(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    sweep(&hand, SERVER, 1, -100); // busy when the others are closed
    settle(&hand, 40000);
    each_says(&hand, 0, 3, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_SERVER_SHUTDOWN);
    by_hand_clear(&hand);
}

// One of several processes behind an address ends; another goes on.
static void what_hits_busy_connections_too_is_no_sweep(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    sweep(&hand, SERVER, 1, 900);
    for (int i = 0; i < 2; i++) {
        struct record *r = served_and_closed(&hand, 9000, 9010, SERVER, 991 + i);
        r->phase = PHASE_AWAITING;
        r->outstanding = 1;
        r->gap = NANOS_UNKNOWN;
        happens(r, AT_LAST_REQUEST, 9900);
        happens(r, AT_REQUEST_END, 9900);
    }
    settle(&hand, 40000);
    each_says(&hand, 0, 3, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// One at a time, after different gaps, while three others stay that were idle for less.
static void one_limit_for_all_that_stays_and_goes_is_a_timeout(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int s = 0; s < 5; s++) {
        int64_t gap = 3100 + s * 3 % 5 * 400, close = 10000 + s * 5000;
        served_and_closed(&hand, close - gap - 10, close - gap, CLIENT, gap);
    }
    for (int i = 0; i < 3; i++) {
        struct record *r = served(&hand, 1000, 1010);
        for (int k = 0; k < 20; k++)
            exchanged(&hand, r, 3000 + k * 1500 + i * 50, 3010 + k * 1500 + i * 50);
    }
    settle(&hand, 50000);
    each_says(&hand, 0, 5, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    for (int i = 0; i < 3; i++) // idle for longer, and used again
        exchanged(&hand, record_at(&hand, 5 + (guint)i), 40000, 40010);
    served_and_closed(&hand, 38000, 38010, CLIENT, 1200);
    settle(&hand, 50000);
    each_says(&hand, 0, 5, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

// The connection that a sweep left is closed with others that were idle for longer, and nothing is
// opened later: another sweep, or the end.
static void the_last_sweep_of_a_client_may_be_its_end(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    sweep(&hand, CLIENT, 2, 900);
    struct record *left = record_at(&hand, 6);
    happens(left, AT_LAST_REQUEST, 21500);
    happens(left, AT_RESPONSE_END, 21510);
    closed(left, CLIENT, 40000, 40001);
    answered(left, SERVER, 40001, 40002);
    for (int i = 0; i < 3; i++)
        served_and_closed(&hand, 21000, 22000 + i * 1300, CLIENT, 18000 - i * 1300);
    settle(&hand, 60000);
    each_says(&hand, 0, 6, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT);
    each_says(&hand, 6, 10, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 7)->runner_up, CAUSE_CLIENT_IDLE_TIMEOUT);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("sweeps", NULL, NULL);
    CU_ADD_TEST(suite, what_a_sweep_leaves_was_idle_for_less);
    CU_ADD_TEST(suite, clients_sweep_too);
    CU_ADD_TEST(suite, what_stays_though_longer_idle_shows_no_sweep);
    CU_ADD_TEST(suite, a_server_that_goes_on_did_not_end);
    CU_ADD_TEST(suite, what_hits_busy_connections_too_is_no_sweep);
    CU_ADD_TEST(suite, one_limit_for_all_that_stays_and_goes_is_a_timeout);
    CU_ADD_TEST(suite, the_last_sweep_of_a_client_may_be_its_end);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
