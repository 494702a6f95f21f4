// SPDX-License-Identifier: BSD-2-Clause
// Findings from hand-made verdicts.
#include <CUnit/Basic.h>
#include <math.h>

#include "analysis_by_hand.h"
#include "judge/findings.h"

static struct analysis *settle(struct by_hand *hand, int64_t last)
{
    struct analysis *a = by_hand_settle(hand, last);
    a->sockets = sockets_new(a, NULL);
    a->findings =
        findings_new(a, (struct exchange *)(void *)hand->exchanges->data, hand->exchanges->len);
    return a;
}

static const struct finding *finding_of(const struct analysis *a, enum finding_id id)
{
    for (guint i = 0; i < a->findings->len; i++) {
        const struct finding *finding = &g_array_index(a->findings, struct finding, i);
        if (finding->id == id)
            return finding;
    }
    return NULL;
}

static struct record one_request(uint16_t port, int64_t ms, int64_t gap)
{
    struct record r = opened(1, port, ms);
    asked(&r, 1, ms + 2, ms + 5);
    closed(&r, CLIENT, ms + 5 + gap, ms + 6 + gap);
    answered(&r, SERVER, ms + 6 + gap, ms + 7 + gap);
    return r;
}

static void unread_bodies_cost_a_handshake_each(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 20; i++) {
        struct record r = one_request((uint16_t)(1000 + i), i * 100, 0);
        r.expected = 5000;
        r.received = 1000;
        judged(&hand, r, CAUSE_UNREAD_BODY);
    }
    struct analysis *a = settle(&hand, 3000);
    const struct finding *finding = finding_of(a, FINDING_BODY_NOT_DRAINED);
    CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
    CU_ASSERT_EQUAL(finding->connections, 20);
    CU_ASSERT_EQUAL(finding->severity, SEVERITY_WARNING);
    CU_ASSERT_EQUAL(finding->pair_count, 1);
    CU_ASSERT_EQUAL(finding->evidence_count, FINDING_LIST);
    CU_ASSERT_EQUAL(finding->handshakes, 19);
    CU_ASSERT_EQUAL(finding->cost_time, 19 * NANOS_PER_MS);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[0], 100000, 0); // what came may be unread too
    CU_ASSERT_DOUBLE_EQUAL(finding->values[1], 5000, 0);
    CU_ASSERT_PTR_NULL(finding_of(a, FINDING_REUSE_GOOD));
    by_hand_clear(&hand);
}

static void doubtful_closes_are_only_a_note(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 20; i++)
        judged(&hand, one_request((uint16_t)(1000 + i), i * 100, 0), CAUSE_UNREAD_BODY)
            ->confidence = CONFIDENCE_AMBIGUOUS;
    struct analysis *a = settle(&hand, 3000);
    CU_ASSERT_EQUAL(finding_of(a, FINDING_BODY_NOT_DRAINED)->severity, SEVERITY_NOTE);
    by_hand_clear(&hand);
}

static void probes_are_left_out_of_all_findings_but_their_own(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 12; i++)
        judged(&hand, one_request((uint16_t)(1000 + i), i * 10000, 0), CAUSE_CLIENT_ASKED_CLOSE)
            ->is_probe = true;
    struct analysis *a = settle(&hand, 120000);
    CU_ASSERT_PTR_NULL(finding_of(a, FINDING_CLOSE_HEADER));
    const struct finding *probes = finding_of(a, FINDING_PROBES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(probes);
    CU_ASSERT_EQUAL(probes->connections, 12);
    CU_ASSERT_DOUBLE_EQUAL(probes->values[0], 10, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(probes->values[1], 1, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(probes->values[2], 5.5, 0.001);
    by_hand_clear(&hand);
}

static void two_probes_at_each_moment_are_told(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 12; i++)
        judged(&hand, one_request((uint16_t)(1000 + i), i / 2 * 10000 + i % 2, 0),
               CAUSE_CLIENT_ASKED_CLOSE)
            ->is_probe = true;
    struct analysis *a = settle(&hand, 60000);
    const struct finding *probes = finding_of(a, FINDING_PROBES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(probes);
    CU_ASSERT_DOUBLE_EQUAL(probes->values[0], 10, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(probes->values[2], 10, 0.001); // the last two were not seen for 10 s
    CU_ASSERT_DOUBLE_EQUAL(probes->values[3], 2, 0);
    by_hand_clear(&hand);
}

static void worst_pair_comes_first(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 30; i++) {
        struct record r = one_request((uint16_t)(1000 + i), i * 100, 0);
        bool is_mild = i % 3 == 0; // 10 unread of the first pair, 10 of 20 of the second
        r.end[SERVER].port = is_mild ? 80 : 81;
        judged(&hand, r, is_mild || i % 2 ? CAUSE_UNREAD_BODY : CAUSE_OPEN);
    }
    for (int i = 0; i < 5; i++) {
        struct record r = one_request((uint16_t)(2000 + i), i * 100, 0);
        r.end[SERVER].port = 82;
        judged(&hand, r, CAUSE_UNREAD_BODY);
    }
    struct analysis *a = settle(&hand, 5000);
    const struct finding *finding = finding_of(a, FINDING_BODY_NOT_DRAINED);
    CU_ASSERT_EQUAL(finding->pair_count, 3);
    CU_ASSERT_EQUAL(g_array_index(a->pairs, struct pair, finding->pairs[2]).server.port, 82);
    CU_ASSERT_EQUAL(a->pair_of[finding->evidence[0]], finding->pairs[0]);
    by_hand_clear(&hand);
}

static void late_responses_tell_how_much_longer_to_wait(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 10000);
        asked(&r, 1, i * 10000 + 2, i * 10000 + 3);
        closed(&r, CLIENT, i * 10000 + 1002, i * 10000 + 1003);
        if (i < 3) {
            happens(&r, AT_BEYOND, i * 10000 + 1002 + (i + 1) * 450);
            fact(&r, FACT_LATE_RESPONSE);
        }
        judged(&hand, r, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
    }
    struct analysis *a = settle(&hand, 100000);
    const struct finding *finding = finding_of(a, FINDING_CLIENT_TIMEOUTS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[1], 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[2], 1.35, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[3], 0.5, 0.001); // 450 and 900 of 1,000 ms
    by_hand_clear(&hand);
}

// The i-th connection, begun at `ms`: its one request was waited for a second.
static void given_up(struct by_hand *hand, int i, int64_t ms)
{
    struct record r = opened(1, (uint16_t)(1000 + i), ms);
    asked(&r, 1, ms + 2, ms + 3);
    closed(&r, CLIENT, ms + 1002, ms + 1003);
    r.names[NAME_FIRST_TARGET] = r.names[NAME_LAST_TARGET] = name(hand, "/slow");
    judged(hand, r, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
}

static void retries_of_one_target_are_chains(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++) {
        int64_t ms = i < 4 ? i * 1100 : i * 5000; // four in a row, two apart
        given_up(&hand, i, ms);
    }
    struct analysis *a = settle(&hand, 100000);
    const struct finding *finding = finding_of(a, FINDING_RETRY_LOOP);
    CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
    CU_ASSERT_EQUAL(finding->connections, 4);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[0], 4, 0);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[1], 1, 0);
    CU_ASSERT_EQUAL(finding->severity, SEVERITY_WARNING);
    by_hand_clear(&hand);
}

static void retries_of_one_target_side_by_side_are_chains_of_their_own(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++) { // two workers, three tries each, half a second apart
        int64_t ms = i / 2 * 1010 + i % 2 * 500;
        given_up(&hand, i, ms);
    }
    struct analysis *a = settle(&hand, 100000);
    const struct finding *finding = finding_of(a, FINDING_RETRY_LOOP);
    CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
    CU_ASSERT_EQUAL(finding->connections, 6);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[0], 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[1], 2, 0);
    by_hand_clear(&hand);
}

static void old_address_in_use_after_the_name_moved(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record old = opened(1, 1000, 0), fresh = opened(1, 1001, 10000);
    asked(&old, 50, 59000, 59001);
    asked(&fresh, 5, 20000, 20001);
    fresh.end[SERVER].address = ipv4(10, 0, 1, 2);
    old.names[NAME_HOST] = fresh.names[NAME_HOST] = name(&hand, "api.example");
    judged(&hand, old, CAUSE_OPEN);
    judged(&hand, fresh, CAUSE_OPEN);
    struct analysis *a = settle(&hand, 60000);
    const struct finding *finding = finding_of(a, FINDING_ADDRESS_DRIFT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
    CU_ASSERT_EQUAL(finding->connections, 1);
    CU_ASSERT_EQUAL(finding->pair_count, 2);
    by_hand_clear(&hand);
}

static void names_served_by_two_addresses_at_once_do_not_drift(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 10; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 1000);
        asked(&r, 5, 20000, 20001);
        r.end[SERVER].address = ipv4(10, 0, 1, 1 + i % 2);
        r.names[NAME_HOST] = name(&hand, "api.example");
        judged(&hand, r, CAUSE_OPEN);
    }
    // The last open at .1 is before the last at .2, yet after the first one there.
    struct analysis *a = settle(&hand, 60000);
    CU_ASSERT_PTR_NULL(finding_of(a, FINDING_ADDRESS_DRIFT));
    by_hand_clear(&hand);
}

static void a_failing_address_family_hides_behind_the_other(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record refused = opened(1, 1000, 0), works = opened(1, 1001, 2);
    memset(&refused.end[SERVER].address, 0, sizeof refused.end[SERVER].address);
    refused.end[SERVER].address.bytes[15] = 1;
    refused.end[CLIENT].address = refused.end[SERVER].address;
    reset(&refused, SERVER, 1);
    judged(&hand, refused, CAUSE_CONNECT_REFUSED);
    judged(&hand, works, CAUSE_OPEN);
    struct analysis *a = settle(&hand, 1000);
    const struct finding *finding = finding_of(a, FINDING_CONNECT_FAILURES);
    CU_ASSERT_PTR_NOT_NULL_FATAL(finding);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[0], 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[1], 0, 0);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[2], 1, 0);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[3], 0.002, 1e-6); // the head start
    by_hand_clear(&hand);
}

static void slow_peers_show_as_fin_wait2_and_close_wait(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 100);
        asked(&r, 1, i * 100 + 2, i * 100 + 3);
        closed(&r, CLIENT, i * 100 + 10, i * 100 + 11);
        answered(&r, SERVER, i * 100 + 3011 + i * 1000, i * 100 + 3012 + i * 1000);
        judged(&hand, r, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
    }
    struct analysis *a = settle(&hand, 100000);
    const struct finding *fin_wait2 = finding_of(a, FINDING_FIN_WAIT2);
    const struct finding *close_wait = finding_of(a, FINDING_CLOSE_WAIT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(fin_wait2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(close_wait);
    CU_ASSERT_EQUAL(fin_wait2->connections, 3);
    CU_ASSERT_DOUBLE_EQUAL(fin_wait2->values[0], 5, 0.001);
    CU_ASSERT_DOUBLE_EQUAL(fin_wait2->values[1], 3, 0);
    CU_ASSERT_DOUBLE_EQUAL(fin_wait2->values[2], 4, 0.001);
    CU_ASSERT_EQUAL(close_wait->connections, 3);
    by_hand_clear(&hand);
}

static void time_wait_and_ports_are_told_for_the_worst_host(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3000; i++)
        judged(&hand, one_request((uint16_t)(1000 + i), i, 0), CAUSE_CLIENT_SHUTDOWN);
    struct analysis *a = settle(&hand, 3010);
    const struct finding *time_wait = finding_of(a, FINDING_TIME_WAIT);
    const struct finding *ports = finding_of(a, FINDING_PORT_EXHAUSTION);
    const struct finding *one_shot = finding_of(a, FINDING_ONE_SHOT_CLIENTS);
    CU_ASSERT_PTR_NOT_NULL_FATAL(time_wait);
    CU_ASSERT_PTR_NOT_NULL_FATAL(ports);
    CU_ASSERT_PTR_NOT_NULL_FATAL(one_shot);
    CU_ASSERT_DOUBLE_EQUAL(time_wait->values[0], 3000, 0);
    CU_ASSERT_DOUBLE_EQUAL(time_wait->values[1], 996.7, 0.1);
    CU_ASSERT_EQUAL(ports->severity, SEVERITY_CRITICAL);
    CU_ASSERT_DOUBLE_EQUAL(ports->values[1], 28.3, 0.5);
    CU_ASSERT_EQUAL(one_shot->connections, 3000);
    CU_ASSERT_EQUAL(one_shot->severity, SEVERITY_NOTE);
    by_hand_clear(&hand);
}

static void unshared_pools_and_good_reuse(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 12; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 10);
        asked(&r, 30, i * 10 + 5, i * 10 + 6);
        judged(&hand, r, CAUSE_OPEN);
    }
    struct analysis *a = settle(&hand, 1000);
    const struct finding *good = finding_of(a, FINDING_REUSE_GOOD);
    CU_ASSERT_PTR_NOT_NULL_FATAL(good);
    CU_ASSERT_EQUAL(a->findings->len, 1);
    CU_ASSERT_DOUBLE_EQUAL(good->values[0], 348.0 / 360, 0.001);
    struct pair *pair = &g_array_index(a->pairs, struct pair, 0);
    pair->opens = 12;
    pair->opens_with_idle = 11;
    struct what_if what_if = {.pair = 0, .captured = {.limit = UINT32_MAX}, .shared_opens = 11};
    a->what_ifs = g_array_new(FALSE, FALSE, sizeof what_if);
    g_array_append_val(a->what_ifs, what_if);
    g_array_free(a->findings, TRUE);
    a->findings = findings_new(a, NULL, 0);
    CU_ASSERT_PTR_NULL(
        finding_of(a, FINDING_POOL_NOT_SHARED)); // one pool would have opened as many
    g_array_index(a->what_ifs, struct what_if, 0).shared_opens = 2;
    g_array_free(a->findings, TRUE);
    a->findings = findings_new(a, NULL, 0);
    g_array_free(a->what_ifs, TRUE);
    a->what_ifs = NULL;
    const struct finding *unshared = finding_of(a, FINDING_POOL_NOT_SHARED);
    CU_ASSERT_PTR_NOT_NULL_FATAL(unshared);
    CU_ASSERT_EQUAL(unshared->handshakes, 10);
    CU_ASSERT_DOUBLE_EQUAL(unshared->values[0], 11.0 / 12, 0.001);
    CU_ASSERT_PTR_NULL(finding_of(a, FINDING_REUSE_GOOD));
    by_hand_clear(&hand);
}

static void nothing_gives_no_findings(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct analysis *a = settle(&hand, 0);
    CU_ASSERT_EQUAL(a->findings->len, 0);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("findings", NULL, NULL);
    CU_ADD_TEST(suite, unread_bodies_cost_a_handshake_each);
    CU_ADD_TEST(suite, doubtful_closes_are_only_a_note);
    CU_ADD_TEST(suite, probes_are_left_out_of_all_findings_but_their_own);
    CU_ADD_TEST(suite, two_probes_at_each_moment_are_told);
    CU_ADD_TEST(suite, worst_pair_comes_first);
    CU_ADD_TEST(suite, late_responses_tell_how_much_longer_to_wait);
    CU_ADD_TEST(suite, retries_of_one_target_are_chains);
    CU_ADD_TEST(suite, retries_of_one_target_side_by_side_are_chains_of_their_own);
    CU_ADD_TEST(suite, old_address_in_use_after_the_name_moved);
    CU_ADD_TEST(suite, names_served_by_two_addresses_at_once_do_not_drift);
    CU_ADD_TEST(suite, a_failing_address_family_hides_behind_the_other);
    CU_ADD_TEST(suite, slow_peers_show_as_fin_wait2_and_close_wait);
    CU_ADD_TEST(suite, time_wait_and_ports_are_told_for_the_worst_host);
    CU_ADD_TEST(suite, unshared_pools_and_good_reuse);
    CU_ADD_TEST(suite, nothing_gives_no_findings);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
