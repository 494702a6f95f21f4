// SPDX-License-Identifier: BSD-2-Clause
// The rules table: single connections made by hand, and properties of the table itself.
#include <CUnit/Basic.h>
#include <stdio.h>

#include "by_hand.h"
#include "judge/rule_lists.h"
#include "judge/when.h"

static struct record exchange(void)
{
    struct record r = opened(1, 1000, 0);
    asked(&r, 1, 2, 10);
    r.received = r.expected = 100;
    return r;
}

static void judges(const struct record *r, enum cause cause, enum confidence confidence,
                   enum cause runner_up)
{
    struct verdict v = rules_judge(r);
    if (v.cause != cause || v.confidence != confidence || v.runner_up != runner_up)
        printf("\n    %s, %s, %s instead of %s, %s", cause_key((enum cause)v.cause),
               confidence_key((enum confidence)v.confidence),
               v.runner_up < CAUSES ? cause_key((enum cause)v.runner_up) : "none", cause_key(cause),
               confidence_key(confidence));
    CU_ASSERT_EQUAL(v.cause, cause);
    CU_ASSERT_EQUAL(v.confidence, confidence);
    CU_ASSERT_EQUAL(v.runner_up, runner_up);
}

static void unattributed(const struct record *r, enum reason reason)
{
    struct verdict v = rules_judge(r);
    CU_ASSERT_EQUAL(v.cause, CAUSE_UNATTRIBUTED);
    CU_ASSERT_EQUAL(v.reason, reason);
}

static void announced_closes_name_who_asked(void)
{
    struct record r = exchange();
    closed(&r, SERVER, 10, 11);
    fact(&r, FACT_SERVER_SAYS_CLOSE);
    judges(&r, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_PROVEN, CAUSE_NONE);
    fact(&r, FACT_CLIENT_SAYS_CLOSE);
    judges(&r, CAUSE_CLIENT_ASKED_CLOSE, CONFIDENCE_PROVEN, CAUSE_NONE);
    struct record old = exchange();
    closed(&old, CLIENT, 10, 11);
    fact(&old, FACT_CLIENT_HTTP10);
    judges(&old, CAUSE_CLIENT_ASKED_CLOSE, CONFIDENCE_PROVEN, CAUSE_NONE);
}

static void a_body_until_the_close_is_no_truncation(void)
{
    struct record r = exchange();
    closed(&r, SERVER, 10, 11);
    fact(&r, FACT_UNTIL_CLOSE);
    judges(&r, CAUSE_CLOSE_DELIMITED_RESPONSE, CONFIDENCE_PROVEN, CAUSE_NONE);
    fact(&r, FACT_SERVER_HTTP10);
    judges(&r, CAUSE_CLOSE_DELIMITED_RESPONSE, CONFIDENCE_PROVEN, CAUSE_NONE);
    fact(&r, FACT_SERVER_SAYS_CLOSE);
    judges(&r, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_PROVEN, CAUSE_NONE);
}

static void closes_at_once_ask_for_the_body(void)
{
    struct record r = exchange();
    closed(&r, CLIENT, 11, 12);
    judges(&r, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_SHUTDOWN);
    r.close_how = CLOSE_RST;
    happens(&r, AT_RST, 11);
    judges(&r, CAUSE_UNREAD_BODY, CONFIDENCE_STRONG, CAUSE_NONE);
    struct record empty = exchange();
    empty.received = empty.expected = 0;
    closed(&empty, CLIENT, 11, 12);
    judges(&empty, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_POOL_LIMIT);
}

static void a_reset_soon_after_a_body_left_some_of_it_unread(void)
{
    struct record r = exchange();
    reset(&r, CLIENT, 110);
    r.gap = 100 * NANOS_PER_MS;
    judges(&r, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_SHUTDOWN);
    r.received = r.expected = 0;
    judges(&r, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS, CAUSE_UNREAD_BODY);
}

static void a_full_window_may_be_that_of_a_slow_reader_who_gave_up(void)
{
    struct record r = exchange();
    r.phase = PHASE_BODY;
    r.expected = 100000;
    fact(&r, FACT_CLIENT_WINDOW_FULL);
    closed(&r, CLIENT, 800, 801);
    r.gap = NANOS_UNKNOWN;
    judges(&r, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_TIMEOUT_READING_RESPONSE);
}

static void a_body_cut_while_it_flows_is_unread(void)
{
    struct record r = exchange();
    r.phase = PHASE_BODY;
    r.expected = 100000;
    closed(&r, CLIENT, 11, 12);
    r.gap = NANOS_UNKNOWN;
    judges(&r, CAUSE_UNREAD_BODY, CONFIDENCE_STRONG, CAUSE_NONE);
    closed(&r, CLIENT, 250, 251);
    r.gap = NANOS_UNKNOWN;
    judges(&r, CAUSE_CLIENT_TIMEOUT_READING_RESPONSE, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    r.rtt_us = 100000; // then 240 ms are less than five round trips
    judges(&r, CAUSE_UNREAD_BODY, CONFIDENCE_STRONG, CAUSE_NONE);
}

static void outstanding_requests_tell_who_gave_up(void)
{
    struct record r = opened(1, 1000, 0);
    asked(&r, 1, 2, 2);
    r.responses = r.responses_complete = 0;
    r.outstanding = 1;
    r.phase = PHASE_AWAITING;
    closed(&r, CLIENT, 1002, 1003);
    judges(&r, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    fact(&r, FACT_HALF_CLOSE);
    fact(&r, FACT_LATE_RESPONSE);
    judges(&r, CAUSE_HALF_CLOSE, CONFIDENCE_PROVEN, CAUSE_NONE);
    fact(&r, FACT_FULL_CLOSE);
    judges(&r, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    closed(&r, SERVER, 1002, 1003);
    judges(&r, CAUSE_SERVER_ABORTED, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    r.phase = PHASE_REQUEST;
    judges(&r, CAUSE_SERVER_TIMEOUT_READING_REQUEST, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    closed(&r, CLIENT, 1002, 1003);
    judges(&r, CAUSE_CLIENT_CANCELLED, CONFIDENCE_AMBIGUOUS,
           CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
}

static void requests_that_meet_the_close_are_races(void)
{
    struct record r = exchange();
    closed(&r, SERVER, 3010, 3012);
    fact(&r, FACT_RACED_REQUEST);
    judges(&r, CAUSE_KEEPALIVE_RACE, CONFIDENCE_PROVEN, CAUSE_NONE);
    r.gap = 100 * NANOS_PER_MS;
    judges(&r, CAUSE_KEEPALIVE_RACE, CONFIDENCE_AMBIGUOUS, CAUSE_SERVER_ABORTED);
    fact(&r, FACT_STALE_REQUEST);
    judges(&r, CAUSE_STALE_REUSE, CONFIDENCE_PROVEN, CAUSE_NONE);
}

static void answers_to_unfinished_requests_tell_timeouts_and_refusals(void)
{
    struct record r = exchange();
    r.phase = PHASE_ANSWERING;
    fact(&r, FACT_EARLY_RESPONSE);
    fact(&r, FACT_SERVER_SAYS_CLOSE);
    r.last_status = 413;
    closed(&r, SERVER, 12, 13);
    judges(&r, CAUSE_EARLY_RESPONSE, CONFIDENCE_STRONG, CAUSE_NONE);
    r.last_status = 504;
    judges(&r, CAUSE_SERVER_ERROR_CLOSE, CONFIDENCE_CONSISTENT, CAUSE_EARLY_RESPONSE);
    r.last_status = 408;
    happens(&r, AT_RESPONSE_BEGIN, 3002);
    closed(&r, SERVER, 3003, 3004);
    judges(&r, CAUSE_SERVER_TIMEOUT_READING_REQUEST, CONFIDENCE_STRONG, CAUSE_NONE);
}

static void advertised_gaps_are_idle_timeouts(void)
{
    struct record r = exchange();
    r.advertised_timeout = 5;
    closed(&r, SERVER, 5010, 5011);
    judges(&r, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    closed(&r, SERVER, 6012, 6013); // Node's own second
    judges(&r, CAUSE_SERVER_IDLE_TIMEOUT, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    closed(&r, SERVER, 4000, 4001);
    judges(&r, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_AMBIGUOUS, CAUSE_SERVER_IDLE_TIMEOUT);
}

static void connections_that_never_were_tell_why(void)
{
    struct record r = opened(1, 1000, 0);
    r.facts =
        UINT64_C(1) << FACT_SYN | UINT64_C(1) << FACT_CLIENT_SEEN | UINT64_C(1) << FACT_SERVER_SEEN;
    r.phase = PHASE_CONNECTING;
    judges(&r, CAUSE_OPEN, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    r.syn_retransmits = 1;
    judges(&r, CAUSE_CONNECT_TIMEOUT, CONFIDENCE_PROVEN, CAUSE_NONE);
    CU_ASSERT_TRUE(rules_judge(&r).by_network);
    r.syn_retransmits = 0;
    reset(&r, SERVER, 1);
    judges(&r, CAUSE_CONNECT_REFUSED, CONFIDENCE_PROVEN, CAUSE_NONE);
    struct record unused = opened(1, 1000, 0);
    closed(&unused, CLIENT, 9000, 9001);
    judges(&unused, CAUSE_UNUSED_CONNECTION, CONFIDENCE_PROVEN, CAUSE_NONE);
}

static void what_the_capture_lacks_lowers_or_hides(void)
{
    struct record r = exchange();
    closed(&r, SERVER, 10, 11);
    fact(&r, FACT_SERVER_SAYS_CLOSE);
    fact(&r, FACT_MIDSTREAM);
    judges(&r, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_STRONG, CAUSE_NONE);
    fact(&r, FACT_LOST_BYTES);
    judges(&r, CAUSE_SERVER_SAID_CLOSE, CONFIDENCE_CONSISTENT, CAUSE_NONE);
    fact(&r, FACT_LOST_LAST_EXCHANGE);
    unattributed(&r, REASON_LOSS);
    struct record cut = exchange();
    closed(&cut, CLIENT, 11, 12);
    fact(&cut, FACT_HEAD_CUT);
    unattributed(&cut, REASON_SNAPLEN);
    closed(&cut, CLIENT, 3000, 3001); // long idle: an announced close would have come at once
    judges(&cut, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS, CAUSE_CLIENT_IDLE_TIMEOUT);
    struct record blind = exchange();
    closed(&blind, CLIENT, 11, 12);
    blind.facts &= ~(UINT64_C(1) << FACT_SERVER_SEEN);
    unattributed(&blind, REASON_ONE_DIRECTION);
    struct record hidden = exchange();
    closed(&hidden, SERVER, 11, 12);
    fact(&hidden, FACT_CLOSE_UNSEEN);
    unattributed(&hidden, REASON_LOSS);
    struct record late = exchange();
    closed(&late, CLIENT, 11, 12);
    late.requests = 0;
    fact(&late, FACT_MIDSTREAM);
    unattributed(&late, REASON_MIDSTREAM);
}

static uint32_t pick(GRand *random, uint32_t bits)
{
    uint32_t at;
    do {
        at = g_rand_int_range(random, 0, 32);
    } while (!(bits >> at & 1));
    return at;
}

// What the side that did not close first may have done, seen or acknowledged.
static void add_answer(struct record *r, GRand *random, int64_t time)
{
    static const enum moment_id answers[] = {AT_CLIENT_FIN_ACK, AT_SERVER_FIN_ACK, AT_BEYOND};
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++)
        if (g_rand_boolean(random))
            happens(r, answers[i], time);
    if (r->close_by == CLOSE_BY_CLIENT && g_rand_boolean(random)) {
        happens(r, AT_SERVER_FIN, time);
        r->at[AT_SERVER_FIN].frame += 32;
    }
    if (g_rand_boolean(random))
        happens(r, AT_LAST_REQUEST, time);
    if (g_rand_boolean(random))
        r->at[AT_LAST_REQUEST].frame += 32;
}

// A record that this row's columns allow, with numbers that some test may want.
static struct record random_record(GRand *random, const struct rule *rule)
{
    static const int64_t waits[] = {0, 1, 20, 100, 400, 900, 3000, 5010, 6010};
    static const uint16_t statuses[] = {200, 400, 408, 413, 503};
    struct record r = opened(1, 1000, 0);
    uint32_t known_phases = rule->phases & ((1u << (PHASE_LOST + 1)) - 1);
    int64_t wait = waits[g_rand_int_range(random, 0, G_N_ELEMENTS(waits))];
    asked(&r, 1, 2, 10);
    r.phase = (uint8_t)pick(random, known_phases);
    r.close_by = (uint8_t)pick(random, rule->closers);
    r.close_how =
        r.close_by == CLOSE_BY_NOBODY ? CLOSE_OPEN : (uint8_t)g_rand_int_range(random, 1, 3);
    happens(&r,
            r.close_how == CLOSE_RST        ? AT_RST
            : r.close_by == CLOSE_BY_CLIENT ? AT_CLIENT_FIN
                                            : AT_SERVER_FIN,
            10 + wait);
    if (g_rand_boolean(random))
        happens(&r, AT_RESPONSE_BEGIN, 2 + wait);
    if (g_rand_boolean(random))
        happens(&r, AT_RESPONSE_END, 9 + wait);
    add_answer(&r, random, 10 + wait);
    r.gap = g_rand_boolean(random) ? wait * NANOS_PER_MS : NANOS_UNKNOWN;
    r.idle_max = g_rand_boolean(random) ? 3 * NANOS_PER_SECOND : NANOS_UNKNOWN;
    r.received = r.expected = g_rand_boolean(random) ? 100 : 0;
    r.requests = (uint32_t)g_rand_int_range(random, 0, 2);
    r.last_status = statuses[g_rand_int_range(random, 0, G_N_ELEMENTS(statuses))];
    r.advertised_timeout = g_rand_boolean(random) ? 5 : ADVERTISED_NONE;
    r.syn_retransmits = (uint8_t)g_rand_int_range(random, 0, 2);
    r.stalled_ms = g_rand_boolean(random) ? 5000 : 0;
    enum side side = g_rand_boolean(random) ? CLIENT : SERVER;
    r.end[side].tail_retransmits = g_rand_boolean(random) ? 4 : 0;
    r.end[side].probes_unanswered = g_rand_boolean(random) ? 4 : 0;
    r.end[SERVER].lost = g_rand_boolean(random) ? 100 : 0;
    r.outstanding = (uint32_t)g_rand_int_range(random, 0, 3);
    if (r.close_how == CLOSE_FIN && g_rand_boolean(random))
        happens(&r, AT_RST, 20 + wait);
    r.facts = (g_rand_boolean(random) ? r.facts : 0) | rule->must;
    if (g_rand_int_range(random, 0, 4) == 0)
        r.facts |= UINT64_C(1) << g_rand_int_range(random, 0, FACTS);
    r.facts &= ~rule->must_not;
    return r;
}

static void every_row_can_win(void)
{
    GRand *random = g_rand_new_with_seed(1);
    for (size_t i = 0; i < rules_count; i++) {
        bool wins = false;
        for (int tries = 0; tries < 200000 && !wins; tries++) {
            struct record r = random_record(random, &rules[i]);
            wins = rules_match(&r) == &rules[i];
        }
        if (!wins)
            printf("\n    row %zu (%s) is shadowed", i, cause_key(rules[i].cause));
        CU_ASSERT_TRUE(wins);
    }
    g_rand_free(random);
}

static void every_record_has_a_row_and_reasons_are_named(void)
{
    GRand *random = g_rand_new_with_seed(2);
    const struct rule any = {.closers = 7, .phases = UINT32_MAX};
    struct rule_lists *lists = rule_lists_new();
    for (int tries = 0; tries < 100000; tries++) {
        struct record r = random_record(random, &any);
        struct verdict v = rules_judge(&r), by_list = rule_lists_judge(lists, &r);
        CU_ASSERT_TRUE(v.cause == by_list.cause && v.evidence == by_list.evidence &&
                       v.confidence == by_list.confidence && v.reason == by_list.reason);
        CU_ASSERT_TRUE(v.cause < CAUSES);
        CU_ASSERT_EQUAL(v.cause == CAUSE_UNATTRIBUTED, v.reason != REASON_NONE);
        if (v.confidence == CONFIDENCE_AMBIGUOUS)
            CU_ASSERT_TRUE(v.runner_up < CAUSES);
    }
    rule_lists_free(lists);
    g_rand_free(random);
}

static void rows_with_a_test_say_it_in_words(void)
{
    for (size_t i = 0; i < rules_count; i++) {
        CU_ASSERT_TRUE(!rules[i].when || rules[i].when_words);
        CU_ASSERT_TRUE(rules[i].evidence != 0);
        CU_ASSERT_TRUE(rules[i].confidence != CONFIDENCE_AMBIGUOUS ||
                       rules[i].runner_up != CAUSE_NONE);
    }
    CU_ASSERT_EQUAL(rules[rules_count - 1].cause, CAUSE_UNATTRIBUTED);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("rules", NULL, NULL);
    CU_ADD_TEST(suite, announced_closes_name_who_asked);
    CU_ADD_TEST(suite, a_body_until_the_close_is_no_truncation);
    CU_ADD_TEST(suite, closes_at_once_ask_for_the_body);
    CU_ADD_TEST(suite, a_body_cut_while_it_flows_is_unread);
    CU_ADD_TEST(suite, outstanding_requests_tell_who_gave_up);
    CU_ADD_TEST(suite, requests_that_meet_the_close_are_races);
    CU_ADD_TEST(suite, answers_to_unfinished_requests_tell_timeouts_and_refusals);
    CU_ADD_TEST(suite, advertised_gaps_are_idle_timeouts);
    CU_ADD_TEST(suite, connections_that_never_were_tell_why);
    CU_ADD_TEST(suite, what_the_capture_lacks_lowers_or_hides);
    CU_ADD_TEST(suite, a_reset_soon_after_a_body_left_some_of_it_unread);
    CU_ADD_TEST(suite, a_full_window_may_be_that_of_a_slow_reader_who_gave_up);
    CU_ADD_TEST(suite, every_row_can_win);
    CU_ADD_TEST(suite, every_record_has_a_row_and_reasons_are_named);
    CU_ADD_TEST(suite, rows_with_a_test_say_it_in_words);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
