// SPDX-License-Identifier: BSD-2-Clause
// What is checked when a connection has been used, or is wanted again, or every now and then.
#include "grouped.h"

// The first wish to use one that is older than 3 s closes it and opens another, `after` ms later.
static void fill_with_aged_replaced(struct by_hand *hand, int64_t after)
{
    int64_t closes[7];
    for (int i = 0; i < 7; i++) {
        int64_t late = i * 61 % 240, open = i * 400;
        closes[i] = open + 3000 + late;
        int64_t end = closes[i] - late - 30 - i * 53 % 80;
        served_and_closed(hand, open, end, CLIENT, closes[i] - end);
    }
    for (int i = 0; i < 7; i++)
        served(hand, closes[i] + after, closes[i] + after + 48);
}

static void fill_with_aged(struct by_hand *hand)
{
    fill_with_aged_replaced(hand, 2);
}

static void none_is_aged(struct by_hand *hand)
{
    settle(hand, 9000);
    for (guint i = 0; i < hand->records->len; i++)
        CU_ASSERT_NOT_EQUAL(verdict_at(hand, i)->cause, CAUSE_CLIENT_MAX_AGE);
    by_hand_clear(hand);
}

static void an_age_that_is_checked_at_reuse_is_told(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    fill_with_aged(&hand);
    settle(&hand, 9000);
    for (guint i = 0; i < 7; i++)
        says(&hand, i, CAUSE_CLIENT_MAX_AGE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void connections_used_beyond_an_age_have_no_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    fill_with_aged(&hand);
    happens(record_at(&hand, 13), AT_LAST_REQUEST, 8900);
    none_is_aged(&hand);
}

static void a_close_that_no_connection_follows_was_for_no_reuse(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    fill_with_aged_replaced(&hand, 170);
    none_is_aged(&hand);
}

// What closes right after a response has not looked at the age when it wanted to use it again.
static void a_close_at_once_was_for_no_reuse(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 7; i++) {
        int64_t open = i * 400, close = open + 3000 + i * 61 % 240;
        served_and_closed(&hand, open, close - 1, CLIENT, 1);
        served(&hand, close + 2, close + 50);
    }
    none_is_aged(&hand);
}

static void what_the_server_closed_had_no_limit_of_its_client(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    fill_with_aged(&hand);
    served_and_closed(&hand, 4000, 4020, SERVER, 3300);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CLIENT_MAX_AGE, CONFIDENCE_STRONG);
    CU_ASSERT_NOT_EQUAL(verdict_at(&hand, 14)->cause, CAUSE_CLIENT_MAX_AGE);
    by_hand_clear(&hand);
}

// Bodies are read and connections are used again until the tenth request.
static void closes_after_one_count_of_requests_are_no_unread_bodies(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++) {
        struct record *r = served_and_closed(&hand, i * 300, i * 300 + 50 + i * 20, CLIENT, 1);
        r->requests = r->responses = r->responses_complete = 10;
        r->reused_after_body = 9;
    }
    settle(&hand, 9000);
    for (guint i = 0; i < 6; i++) {
        says(&hand, i, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_NOT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_UNREAD_BODY);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->group, GROUP_REQUEST_COUNT);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->value, 10);
    }
    by_hand_clear(&hand);
}

// A client that is always late closes after any gap: most of them short, a few long.
static void the_densest_of_all_gaps_is_no_timer(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 300; i++) {
        int64_t gap = 510 + (i % 3 ? i * 377 % 610 * 2 / 3 : i / 3 * 89 % 144 * 140); // evenly
        int64_t close = 30000 + i * 300;
        served_and_closed(&hand, close - gap - 10, close - gap, CLIENT, gap);
    }
    settle(&hand, 130000);
    for (guint i = 0; i < 300; i++)
        CU_ASSERT_FALSE(verdict_at(&hand, i)->cause == CAUSE_CLIENT_IDLE_TIMEOUT &&
                        verdict_at(&hand, i)->confidence == CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// One request each, answered by a busy server: ages are as equal as gaps.
static void ages_of_one_request_each_show_no_limit(void)
{
    static const int64_t gaps[] = {2014, 2003, 2059, 2085, 2051}, waits[] = {23, 47, 68, 49, 23};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++)
        served_and_closed(&hand, i * 450, i * 450 + waits[i], SERVER, gaps[i]);
    settle(&hand, 40000);
    for (guint i = 0; i < 5; i++)
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->cause, CAUSE_SERVER_IDLE_TIMEOUT);
    by_hand_clear(&hand);
}

// Closed after the third request, when the next one comes: equal ages, gaps and counts.
static void connections_of_one_schedule_show_no_age_limit(void)
{
    for (int extra = 0; extra < 2; extra++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int i = 0; i < 4; i++) {
            int64_t open = i * 600;
            struct record *r = served(&hand, open, open + 10);
            exchanged(&hand, r, open + 110, open + 120);
            exchanged(&hand, r, open + 290, open + 300);
            r->requests = r->responses = r->responses_complete = 3 + (i & extra);
            closed(r, CLIENT, open + 540 + i, open + 541 + i);
            answered(r, SERVER, open + 541 + i, open + 542 + i);
            r->gap = (240 + i) * NANOS_PER_MS;
        }
        settle(&hand, 40000);
        for (guint i = 0; i < 4; i++)
            CU_ASSERT_EQUAL(verdict_at(&hand, i)->cause == CAUSE_CLIENT_MAX_AGE, extra);
        by_hand_clear(&hand);
    }
}

// Every second all that was idle for 2 s is closed; the last time nothing is left.
static void the_last_sweep_fits_the_limit_of_those_before(void)
{
    static const int64_t ends[] = {7100, 7700, 8100, 8600, 9000};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++)
        served_and_closed(&hand, ends[i] - 20, ends[i], SERVER, (i < 2 ? 10000 : 11000) - ends[i]);
    settle(&hand, 40000);
    for (guint i = 0; i < 5; i++)
        says(&hand, i, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT);
    CU_ASSERT_EQUAL(verdict_at(&hand, 4)->runner_up, CAUSE_SERVER_SHUTDOWN);
    by_hand_clear(&hand);
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++) // what was left of the first is closed as soon as the youngest
        served_and_closed(&hand, ends[i] - 20, ends[i], SERVER, (i < 2 ? 10000 : 10500) - ends[i]);
    settle(&hand, 40000);
    for (guint i = 2; i < 5; i++)
        says(&hand, i, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// A pool whose connections are closed at 2 s, and one beside it, of another server, whose closes
// are more and have no age in common.
static void an_age_of_one_pool_is_told_beside_others(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++) {
        int64_t open = i * 900, gap = 40 + i * 67;
        served_and_closed(&hand, open, open + 2000 + i * 3 - gap, CLIENT, gap)->requests = 3 + i;
    }
    struct record *late = served_and_closed(&hand, 6000, 7900, CLIENT, 700); // checked at reuse
    late->requests = 9;
    struct record *used = served_and_closed(&hand, 7000, 9200, CLIENT, 400); // used beyond it
    used->requests = 9;
    for (int i = 0; i < 14; i++)
        served_and_closed(&hand, i * 500, 1000 + i * 700, CLIENT, 60 + i * 31)->end[SERVER].port =
            81;
    settle(&hand, 20000);
    each_says(&hand, 0, 6, CAUSE_CLIENT_MAX_AGE, CONFIDENCE_STRONG);
    says(&hand, 6, CAUSE_CLIENT_MAX_AGE, CONFIDENCE_AMBIGUOUS);
    for (guint i = 7; i < 22; i++)
        CU_ASSERT_NOT_EQUAL(verdict_at(&hand, i)->cause, CAUSE_CLIENT_MAX_AGE);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("reuse limits", NULL, NULL);
    CU_ADD_TEST(suite, an_age_that_is_checked_at_reuse_is_told);
    CU_ADD_TEST(suite, connections_used_beyond_an_age_have_no_limit);
    CU_ADD_TEST(suite, a_close_that_no_connection_follows_was_for_no_reuse);
    CU_ADD_TEST(suite, a_close_at_once_was_for_no_reuse);
    CU_ADD_TEST(suite, what_the_server_closed_had_no_limit_of_its_client);
    CU_ADD_TEST(suite, closes_after_one_count_of_requests_are_no_unread_bodies);
    CU_ADD_TEST(suite, the_densest_of_all_gaps_is_no_timer);
    CU_ADD_TEST(suite, ages_of_one_request_each_show_no_limit);
    CU_ADD_TEST(suite, connections_of_one_schedule_show_no_age_limit);
    CU_ADD_TEST(suite, the_last_sweep_fits_the_limit_of_those_before);
    CU_ADD_TEST(suite, an_age_of_one_pool_is_told_beside_others);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
