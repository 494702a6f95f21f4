// SPDX-License-Identifier: BSD-2-Clause
// Statements about groups, over connections made by hand: each test of spec order tells two causes
// apart that one connection alone can't.
#include "grouped.h"

static void equal_gaps_at_several_moments_are_a_timeout(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        served_and_closed(&hand, i * 700, i * 700 + 10, CLIENT, 1300 + i * 5);
    served_and_closed(&hand, 5000, 5010, CLIENT, 870);
    settle(&hand, 9000);
    for (guint i = 0; i < 3; i++)
        says(&hand, i, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    says(&hand, 3, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 3)->runner_up, CAUSE_CLIENT_IDLE_TIMEOUT);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->value, 1305 * NANOS_PER_MS);
    by_hand_clear(&hand);
}

static void a_gap_that_equals_a_known_default_is_consistent(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    served_and_closed(&hand, 0, 10, CLIENT, 90003)->names[NAME_AGENT] =
        name(&hand, "Go-http-client/1.1");
    settle(&hand, 95000);
    says(&hand, 0, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->group, GROUP_KNOWN_DEFAULT);
    by_hand_clear(&hand);
}

static void a_burst_with_different_gaps_is_a_shutdown(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, i * 300, i * 300 + 10, SERVER, 3000 - i * 300 + i);
    settle(&hand, 9000);
    for (guint i = 0; i < 4; i++)
        says(&hand, i, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void a_burst_with_equal_gaps_is_a_timeout(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, i * 20, i * 20 + 10, SERVER, 1700 + i % 2);
    settle(&hand, 9000);
    for (guint i = 0; i < 4; i++)
        says(&hand, i, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void a_burst_after_a_common_start_cannot_be_decided(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, i, 10 + i, SERVER, 1730);
    settle(&hand, 9000);
    for (guint i = 0; i < 4; i++) {
        says(&hand, i, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_SERVER_IDLE_TIMEOUT);
    }
    by_hand_clear(&hand);
}

static void a_kill_hits_all_states_at_one_moment(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        served_and_closed(&hand, i * 100, i * 100 + 10, SERVER, 900 - i * 100);
    for (int i = 0; i < 2; i++) {
        struct record *r = served_and_closed(&hand, 400 + i, 450, SERVER, 461 + i);
        r->phase = PHASE_AWAITING;
        r->outstanding = 1;
        r->gap = NANOS_UNKNOWN;
    }
    settle(&hand, 9000);
    for (guint i = 0; i < 3; i++)
        says(&hand, i, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_STRONG);
    for (guint i = 3; i < 5; i++)
        says(&hand, i, CAUSE_SERVER_ABORTED, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static struct record *given_up(struct by_hand *hand, int64_t open, enum side side, int64_t wait)
{
    struct record *r = served_and_closed(hand, open, open + 2, side, wait);
    unanswered(r);
    return r;
}

static void equal_waits_are_a_timeout_and_others_a_decision(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++)
        given_up(&hand, i * 900, CLIENT, 1000 + i);
    settle(&hand, 9000);
    for (guint i = 0; i < 6; i++)
        says(&hand, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++)
        given_up(&hand, i * 900, CLIENT, 100 + i * i * 70);
    settle(&hand, 9000);
    for (guint i = 0; i < 6; i++)
        says(&hand, i, CAUSE_CLIENT_CANCELLED, CONFIDENCE_CONSISTENT);
    by_hand_clear(&hand);
}

static void a_timer_among_decisions_is_what_agrees_closely(void)
{
    static const int64_t waits[] = {110,  390, 864,  968,  977,  1035, 1785,
                                    2032, 999, 1000, 1000, 1001, 1000};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 13; i++)
        given_up(&hand, i * 900, CLIENT, waits[i]);
    settle(&hand, 19000);
    for (guint i = 0; i < 13; i++) {
        bool is_beside = waits[i] > 950 && waits[i] < 1010;
        if (i >= 8)
            says(&hand, i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
        else
            says(&hand, i, CAUSE_CLIENT_CANCELLED,
                 is_beside ? CONFIDENCE_AMBIGUOUS : CONFIDENCE_CONSISTENT);
    }
    by_hand_clear(&hand);
}

static void fewer_than_five_unequal_waits_are_no_decisions(void)
{
    static const int64_t waits[] = {300, 301, 302, 700, 701, 1500};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++)
        given_up(&hand, i * 1900, CLIENT, waits[i]);
    settle(&hand, 19000);
    says(&hand, 0, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
    says(&hand, 3, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_CONSISTENT);
    says(&hand, 5, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

static void waits_without_an_end_leave_decisions_open(void)
{
    static const int64_t waits[] = {300, 700, 1500, 2600, 500, 900};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++) {
        struct record *r = given_up(&hand, i * 3900, CLIENT, waits[i]);
        if (i < 4)
            continue;
        r->close_how = CLOSE_RST; // some time after a FIN that isn't there
        fact(r, FACT_FIN_UNSEEN);
    }
    settle(&hand, 39000);
    for (guint i = 0; i < 4; i++) {
        says(&hand, i, CAUSE_CLIENT_CANCELLED, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
    }
    by_hand_clear(&hand);
}

static void one_end_of_equal_waits_is_rather_a_crash(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        given_up(&hand, i, SERVER, 1119 - i);
    settle(&hand, 9000);
    for (guint i = 0; i < 4; i++)
        says(&hand, i, CAUSE_SERVER_ABORTED, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE);
    by_hand_clear(&hand);
}

static void three_equal_waits_of_a_server_are_its_timeout(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        given_up(&hand, i * 900, SERVER, 2000 + i);
    settle(&hand, 9000);
    for (guint i = 0; i < 3; i++)
        says(&hand, i, CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        given_up(&hand, i * 900, SERVER, 2 + i); // a crash is quick
    settle(&hand, 9000);
    for (guint i = 0; i < 3; i++)
        says(&hand, i, CAUSE_SERVER_ABORTED, CONFIDENCE_CONSISTENT);
    by_hand_clear(&hand);
}

// Answered once, idle, asked again, and reset at once.
static void reset_after(struct by_hand *hand, int64_t open, int64_t idle)
{
    struct record *r = given_up(hand, open, SERVER, idle + 11);
    r->close_how = CLOSE_RST;
    r->requests = 2;
    r->responses = r->responses_complete = 1;
    happens(r, AT_RST, open + idle + 11);
    happens(r, AT_LAST_REQUEST, open + idle + 10);
    happens(r, AT_REQUEST_END, open + idle + 10);
    exchanged(hand, r, open + 1, open + 10);
    exchanged(hand, r, open + idle + 10, -1);
}

static void a_reset_at_the_idle_timeout_is_a_race(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        served_and_closed(&hand, i * 2000, i * 2000 + 10, SERVER, 1000 + i);
    reset_after(&hand, 6000, 998);
    reset_after(&hand, 8000, 600);
    settle(&hand, 19000);
    says(&hand, 3, CAUSE_KEEPALIVE_RACE, CONFIDENCE_STRONG);
    says(&hand, 4, CAUSE_SERVER_ABORTED, CONFIDENCE_CONSISTENT);
    by_hand_clear(&hand);
}

static struct record *announced(struct by_hand *hand, int64_t open, uint32_t requests)
{
    struct record *r = served_and_closed(hand, open, open + requests * 10, SERVER, 0);
    r->requests = r->responses = requests;
    fact(r, FACT_SERVER_SAYS_CLOSE);
    return r;
}

static void the_same_count_on_several_connections_is_a_request_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        announced(&hand, i * 200, 7);
    settle(&hand, 9000);
    for (guint i = 0; i < 4; i++) {
        says(&hand, i, CAUSE_SERVER_REQUEST_LIMIT, CONFIDENCE_STRONG);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->value, 7);
    }
    by_hand_clear(&hand);
    by_hand_init(&hand);
    for (uint32_t i = 0; i < 4; i++)
        announced(&hand, i * 200, 3 + i);
    settle(&hand, 9000);
    for (guint i = 0; i < 3; i++)
        says(&hand, i, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_PROVEN);
    by_hand_clear(&hand);
}

static void errors_that_alone_say_close_explain_it(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    announced(&hand, 0, 2)->last_status = 503;
    served(&hand, 100, 110);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_SERVER_ERROR_CLOSE, CONFIDENCE_STRONG);
    announced(&hand, 200, 1);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_PROVEN);
    by_hand_clear(&hand);
}

static void probes_are_known_by_agent_or_period(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++) {
        struct record *r = served_and_closed(&hand, i * 2000 + i % 2, i * 2000 + 20, CLIENT, 1);
        r->names[NAME_FIRST_TARGET] = name(&hand, "/healthz");
    }
    struct record *scrape = served(&hand, 500, 520);
    scrape->end[SERVER].port = 81;
    scrape->names[NAME_AGENT] = name(&hand, "Prometheus/2.45.0");
    served(&hand, 600, 620)->end[SERVER].port = 82;
    for (int i = 0; i < 6; i++) { // changes something each time
        struct record *job = served_and_closed(&hand, i * 2000 + 700, i * 2000 + 720, CLIENT, 1);
        job->end[SERVER].port = 83;
        job->names[NAME_FIRST_METHOD] = name(&hand, "POST");
    }
    settle(&hand, 20000);
    for (guint i = 0; i < 14; i++)
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->is_probe, i < 7);
    by_hand_clear(&hand);
}

static void crossing_closes_name_both_sides(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        served_and_closed(&hand, i * 900, i * 900 + 10, CLIENT, 2000);
    fact(record_at(&hand, 1), FACT_CLOSE_BOTH);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    says(&hand, 1, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 1)->runner_up, CAUSE_SERVER_IDLE_TIMEOUT);
    by_hand_clear(&hand);
    by_hand_init(&hand); // a lone gap that nothing explains
    fact(served_and_closed(&hand, 0, 10, CLIENT, 1237), FACT_CLOSE_BOTH);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
    CU_ASSERT_EQUAL(verdict_at(&hand, 0)->runner_up, CAUSE_SERVER_IDLE_TIMEOUT);
    by_hand_clear(&hand);
}

static void a_tls_alert_tells_who_began_to_close(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++) {
        struct record *r = served_and_closed(&hand, i * 900, i * 900 + 10, CLIENT, 2000);
        r->phase = PHASE_OPAQUE;
        fact(r, FACT_SERVER_ALERTED);
    }
    fact(record_at(&hand, 3), FACT_CLOSE_BOTH);
    fact(record_at(&hand, 4), FACT_CLIENT_ALERTED); // the alerts cross
    settle(&hand, 9000);
    for (guint i = 0; i < 3; i++)
        says(&hand, i, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    CU_ASSERT_EQUAL(verdict_blames(verdict_at(&hand, 3), record_at(&hand, 3)), BLAME_SERVER);
    says(&hand, 4, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void upstream_legs_follow_their_clients(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++) {
        given_up(&hand, i * 2000, CLIENT, 1000 + i);
        struct record *up = given_up(&hand, i * 2000 + 5, CLIENT, 1000 + i);
        up->end[CLIENT].address = up->end[SERVER].address;
        up->end[SERVER].address = ipv4(10, 0, 2, 1);
    }
    settle(&hand, 9000);
    for (guint i = 0; i < 3; i++) {
        says(&hand, 2 * i, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_STRONG);
        says(&hand, 2 * i + 1, CAUSE_CLIENT_CANCELLED, CONFIDENCE_STRONG);
    }
    by_hand_clear(&hand);
}

static void equal_ages_outweigh_gaps_that_are_equal_by_chance(void)
{
    static const int64_t gaps[] = {790, 830, 810, 1300, 2100, 1700, 2600, 950};
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 8; i++) {
        int64_t open = i * 1700, close = open + 10000 + i;
        struct record *r = served_and_closed(&hand, open, close - gaps[i], SERVER, gaps[i]);
        r->gap = gaps[i] * NANOS_PER_MS;
    }
    settle(&hand, 40000);
    for (guint i = 0; i < 8; i++)
        says(&hand, i, CAUSE_SERVER_MAX_AGE, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("groups", NULL, NULL);
    CU_ADD_TEST(suite, equal_gaps_at_several_moments_are_a_timeout);
    CU_ADD_TEST(suite, a_gap_that_equals_a_known_default_is_consistent);
    CU_ADD_TEST(suite, a_burst_with_different_gaps_is_a_shutdown);
    CU_ADD_TEST(suite, a_burst_with_equal_gaps_is_a_timeout);
    CU_ADD_TEST(suite, a_burst_after_a_common_start_cannot_be_decided);
    CU_ADD_TEST(suite, a_kill_hits_all_states_at_one_moment);
    CU_ADD_TEST(suite, equal_waits_are_a_timeout_and_others_a_decision);
    CU_ADD_TEST(suite, a_timer_among_decisions_is_what_agrees_closely);
    CU_ADD_TEST(suite, fewer_than_five_unequal_waits_are_no_decisions);
    CU_ADD_TEST(suite, waits_without_an_end_leave_decisions_open);
    CU_ADD_TEST(suite, one_end_of_equal_waits_is_rather_a_crash);
    CU_ADD_TEST(suite, a_reset_at_the_idle_timeout_is_a_race);
    CU_ADD_TEST(suite, three_equal_waits_of_a_server_are_its_timeout);
    CU_ADD_TEST(suite, the_same_count_on_several_connections_is_a_request_limit);
    CU_ADD_TEST(suite, errors_that_alone_say_close_explain_it);
    CU_ADD_TEST(suite, probes_are_known_by_agent_or_period);
    CU_ADD_TEST(suite, crossing_closes_name_both_sides);
    CU_ADD_TEST(suite, equal_ages_outweigh_gaps_that_are_equal_by_chance);
    CU_ADD_TEST(suite, a_tls_alert_tells_who_began_to_close);
    CU_ADD_TEST(suite, upstream_legs_follow_their_clients);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
