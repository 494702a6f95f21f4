// SPDX-License-Identifier: BSD-2-Clause
// Waits that end in a close, over connections made by hand: what they are measured from.
#include "grouped.h"

// Asked at `open` + 2 ms, and gave up `wait` ms later.
static struct record *gave_up(struct by_hand *hand, int64_t open, int64_t wait)
{
    struct record *r = served_and_closed(hand, open, open + 2, CLIENT, wait);
    unanswered(r);
    return r;
}

// A timer of 1 s, of which the handshake took its part where the connection was new.
static void a_timer_may_have_begun_with_the_handshake(void)
{
    static const int64_t handshakes[] = {80, 140, 230, 310, 420};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++)
        gave_up(&hand, i * 3000, 1000)->requests = 2;
    for (int i = 0; i < 5; i++) {
        int64_t open = 20000 + i * 3000;
        struct record *r = gave_up(&hand, open, 1000 - handshakes[i]);
        happens(r, AT_START, open + 2 - handshakes[i]);
    }
    settle(&hand, 60000);
    for (guint i = 0; i < 11; i++)
        says(&hand, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// The request's body never came; the response did, `silence` ms later.
static void answered_early(struct by_hand *hand, int64_t open, int64_t silence)
{
    struct record *r = served_and_closed(hand, open, open + 2 + silence, SERVER, 1);
    r->phase = PHASE_ANSWERING;
    r->outstanding = 1;
    fact(r, FACT_EARLY_RESPONSE);
}

static void an_answer_after_equal_silences_is_that_of_a_reader_s_timer(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        answered_early(&hand, i * 3000, 1000 + i);
    for (int i = 4; i < 8; i++)
        answered_early(&hand, i * 3000, 3 * i);
    settle(&hand, 60000);
    for (guint i = 0; i < 4; i++) {
        says(&hand, i, CAUSE_SERVER_TIMEOUT_READING_REQUEST, CONFIDENCE_CONSISTENT);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_EARLY_RESPONSE);
    }
    for (guint i = 4; i < 8; i++)
        says(&hand, i, CAUSE_EARLY_RESPONSE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// Bodies that come in drops, answered after one time from their beginning: no silence is as long.
static void an_answer_after_equal_times_is_that_of_a_reader_s_timer(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++) {
        answered_early(&hand, i * 3000, 1000 + i);
        happens(record_at(&hand, (guint)i), AT_REQUEST_END, i * 3000 + 700 + i * 50);
    }
    answered_early(&hand, 20000, 2300); // a refusal within a body of any length
    happens(record_at(&hand, 4), AT_REQUEST_END, 22290);
    settle(&hand, 60000);
    each_says(&hand, 0, 4, CAUSE_SERVER_TIMEOUT_READING_REQUEST, CONFIDENCE_CONSISTENT);
    says(&hand, 4, CAUSE_EARLY_RESPONSE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void an_answer_after_a_silence_alone_may_be_either(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    answered_early(&hand, 0, 1000);
    settle(&hand, 60000);
    says(&hand, 0, CAUSE_EARLY_RESPONSE, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_SERVER_TIMEOUT_READING_REQUEST);
    by_hand_clear(&hand);
}

// The wire brought all of it `took` ms after the request; the client read on, until `total`.
static void left_unread(struct by_hand *hand, int64_t open, int64_t took, int64_t total)
{
    struct record *r = served(hand, open, open + 2 + took);
    reset(r, CLIENT, open + 2 + total);
    r->gap = (total - took) * NANOS_PER_MS;
}

static void equal_totals_of_slow_readers_are_a_timeout(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        left_unread(&hand, i * 3000, 500 + 60 * i, 900 + i);
    left_unread(&hand, 20000, 30, 330);
    settle(&hand, 60000);
    for (guint i = 0; i < 4; i++)
        says(&hand, i, CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, CONFIDENCE_STRONG);
    says(&hand, 4, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 4)->runner_up, CAUSE_CLIENT_SHUTDOWN);
    by_hand_clear(&hand);
}

static void equal_totals_below_any_timer_leave_bodies_unread(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        left_unread(&hand, i * 3000, 20 + 60 * i, 400 + i);
    settle(&hand, 60000);
    for (guint i = 0; i < 4; i++) {
        says(&hand, i, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_CLIENT_TIMEOUT_READING_RESPONSE);
    }
    by_hand_clear(&hand);
}

// What was closed as soon as it had finished was closed for that: no end of a program that hits
// connections in all states.
static void closes_that_just_finished_make_waits_no_shutdown(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        unanswered(served_and_closed(&hand, 400 + i, 450, CLIENT, 461 + i));
    for (int i = 0; i < 3; i++)
        served_and_closed(&hand, 800, 905 + i, CLIENT, 5);
    settle(&hand, 9000);
    for (guint i = 0; i < 6; i++)
        CU_ASSERT_NOT_EQUAL(verdict_at(&hand, i)->group, GROUP_BURST);
    by_hand_clear(&hand);
}

// Ended by the client after its request, answered later and never closed by the server.
static struct record *half_closed(struct by_hand *hand)
{
    struct record *r = served(hand, 0, 310);
    r->phase = PHASE_AWAITING;
    r->outstanding = 1;
    closed(r, CLIENT, 11, 12);
    happens(r, AT_BEYOND, 310);
    happens(r, AT_END, 311);
    fact(r, FACT_LATE_RESPONSE);
    fact(r, FACT_HALF_CLOSE);
    return r;
}

static void a_half_close_that_the_server_never_ends_is_a_leak(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record *r = half_closed(&hand);
    settle(&hand, 5310);
    says(&hand, 0, CAUSE_HALF_CLOSE, CONFIDENCE_PROVEN);
    settle(&hand, 5311);
    says(&hand, 0, CAUSE_CLOSE_WAIT_LEAK, CONFIDENCE_STRONG);
    r->responses_complete = 0; // the answer is still on its way
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_HALF_CLOSE, CONFIDENCE_PROVEN);
    fact(r, FACT_HEAD_CUT); // it may be
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_HALF_CLOSE, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_CLOSE_WAIT_LEAK);
    by_hand_clear(&hand);
}

// It got no answer for longer than one waits for it, but the client half-closes others.
static void a_client_that_half_closes_may_wait_for_long(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record *r = served(&hand, 0, 310);
    unanswered(r);
    closed(r, CLIENT, 11, 12);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_CONSISTENT);
    answered(half_closed(&hand), SERVER, 400, 401);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_HALF_CLOSE);
    says(&hand, 1, CAUSE_HALF_CLOSE, CONFIDENCE_PROVEN);
    by_hand_clear(&hand);
}

// Workers that begin together time out together, at first; later each by itself.
static void waits_of_one_length_that_end_together_are_no_shutdown(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        gave_up(&hand, i * 25, 900 - i * 25 + i % 2)->phase = PHASE_AWAITING;
    struct record *idle = served_and_closed(&hand, 100, 150, CLIENT, 752); // in the same burst
    idle->requests = 2;
    for (int i = 1; i < 5; i++)
        gave_up(&hand, i * 2000, 900 + i % 2);
    settle(&hand, 20000);
    says(&hand, 0, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
    each_says(&hand, 5, 9, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("waits", NULL, NULL);
    CU_ADD_TEST(suite, a_timer_may_have_begun_with_the_handshake);
    CU_ADD_TEST(suite, an_answer_after_equal_silences_is_that_of_a_reader_s_timer);
    CU_ADD_TEST(suite, an_answer_after_equal_times_is_that_of_a_reader_s_timer);
    CU_ADD_TEST(suite, an_answer_after_a_silence_alone_may_be_either);
    CU_ADD_TEST(suite, equal_totals_of_slow_readers_are_a_timeout);
    CU_ADD_TEST(suite, equal_totals_below_any_timer_leave_bodies_unread);
    CU_ADD_TEST(suite, closes_that_just_finished_make_waits_no_shutdown);
    CU_ADD_TEST(suite, a_half_close_that_the_server_never_ends_is_a_leak);
    CU_ADD_TEST(suite, a_client_that_half_closes_may_wait_for_long);
    CU_ADD_TEST(suite, waits_of_one_length_that_end_together_are_no_shutdown);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}
