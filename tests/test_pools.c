// SPDX-License-Identifier: BSD-2-Clause
// What idle peers tell: pool limits, unread bodies, one-shot clients, leaks.
#include "grouped.h"

static void closes_beside_a_constant_number_of_peers_are_a_pool_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    served(&hand, 0, 10);
    served(&hand, 1, 11);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, 100 + i * 200, 150 + i * 200, CLIENT, 1);
    settle(&hand, 9000);
    for (guint i = 2; i < 6; i++) {
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_STRONG);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->kept_peers, 2);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->value, 2);
    }
    by_hand_clear(&hand);
}

// Two hosts behind one address, with pools of 2 and 4: who opened a connection is even or odd.
static void fill_two_pools(struct by_hand *hand)
{
    for (int i = 0; i < 8; i++)
        served(hand, i, i % 2 == 0 && i >= 4 ? 20000 : 10 + i);
    for (int i = 0; i < 8; i++)
        served_and_closed(hand, 100 + i * 200, 150 + i * 200, CLIENT, 1);
}

static void check_two_pools(struct by_hand *hand, bool are_told)
{
    settle(hand, 9000);
    for (guint i = 8; i < 16; i++) {
        const struct verdict *v = verdict_at(hand, i);
        CU_ASSERT_EQUAL(v->cause, CAUSE_CLIENT_POOL_LIMIT);
        CU_ASSERT_EQUAL(v->kept_peers, are_told ? (i % 2 ? 4 : 2) : 6);
    }
    by_hand_clear(hand);
}

static void hosts_behind_one_address_are_told_by_their_ports(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    fill_two_pools(&hand);
    for (guint i = 0; i < 16; i++)
        record_at(&hand, i)->end[CLIENT].port = (uint16_t)((i % 2 ? 50000 : 40000) + 4 * i);
    check_two_pools(&hand, true);
}

static void hosts_behind_one_address_are_told_by_their_clocks(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    fill_two_pools(&hand);
    for (guint i = 0; i < 16; i++) // one clock passes zero
        record_at(&hand, i)->client_clock = (uint16_t)(i % 2 ? 30000 : i < 8 ? 65535 : 1);
    check_two_pools(&hand, true);
}

static void clocks_and_ports_of_each_connection_tell_no_hosts(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    fill_two_pools(&hand);
    for (guint i = 0; i < 16; i++) {
        record_at(&hand, i)->end[CLIENT].port = (uint16_t)(30000 + i * 7919 % 16 * 2000);
        record_at(&hand, i)->client_clock = (uint16_t)(1 + i * 4001);
    }
    check_two_pools(&hand, false);
}

static void a_clock_that_seems_another_one_later_is_one_host(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    fill_two_pools(&hand);
    for (guint i = 0; i < 16; i++)
        record_at(&hand, i)->client_clock = (uint16_t)(i < 8 ? 100 : 200);
    check_two_pools(&hand, false);
}

static void closes_after_bodies_alone_are_unread_bodies(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++) {
        struct record *r = served_and_closed(&hand, i * 300, i * 300 + 100, CLIENT, 1);
        exchanged(&hand, r, i * 300 + 2, i * 300 + 10); // an earlier request, no body
        r->requests = r->responses = 2;
        r->reused_after_empty = 1;
    }
    settle(&hand, 9000);
    for (guint i = 0; i < 5; i++)
        says(&hand, i, CAUSE_UNREAD_BODY, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void one_shot_clients_are_no_bug(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        served_and_closed(&hand, i * 300, i * 300 + 100, CLIENT, 1)->names[NAME_AGENT] =
            name(&hand, "curl/7.88.1");
    settle(&hand, 9000);
    for (guint i = 0; i < 3; i++) {
        says(&hand, i, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_UNREAD_BODY);
    }
    by_hand_clear(&hand);
}

static void closing_the_longest_idle_one_is_a_total_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    // Each becomes idle 70 to 130 ms after the one before; when a third does, the first is closed.
    int64_t ends[8];
    for (int i = 0; i < 8; i++)
        ends[i] = 100 + i * 100 + i * i % 3 * 15;
    for (int i = 0; i < 6; i++)
        served_and_closed(&hand, ends[i] - 50, ends[i], CLIENT, ends[i + 2] - ends[i] + 1);
    served(&hand, ends[6] - 50, ends[6]);
    served(&hand, ends[7] - 50, ends[7]);
    settle(&hand, 9000);
    for (guint i = 0; i < 6; i++) {
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL, CONFIDENCE_STRONG);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->value, 2);
    }
    by_hand_clear(&hand);
}

static void closing_mostly_the_longest_idle_one_may_be_a_total_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    int64_t ends[11];
    for (int i = 0; i < 11; i++)
        ends[i] = 100 + i * 100 + i * i % 3 * 15;
    for (int i = 0; i < 5; i++)
        served_and_closed(&hand, ends[i] - 50, ends[i], CLIENT, ends[i + 2] - ends[i] + 1);
    for (int i = 5; i < 7; i++)
        fact(served(&hand, ends[i] - 50, ends[i]), FACT_LOST_BYTES);
    for (int i = 7; i < 11; i++)
        served_and_closed(&hand, ends[i] - 50, ends[i], CLIENT, 1); // as a limit per host does
    settle(&hand, 9000);
    for (guint i = 0; i < 5; i++) {
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->confidence, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_CLIENT_POOL_LIMIT_TOTAL);
    }
    by_hand_clear(&hand);
}

static void closes_mostly_beside_no_peer_are_no_pool_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 7; i++) {
        if (i == 4)
            served(&hand, 850, 860); // its close is missing
        served_and_closed(&hand, i * 200, i * 200 + 50, CLIENT, 1)->names[NAME_AGENT] =
            name(&hand, "curl/7.88.1");
    }
    settle(&hand, 9000);
    for (guint i = 0; i < 8; i++)
        if (i != 4)
            says(&hand, i, CAUSE_CLIENT_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

static void peers_whose_close_may_be_missing_leave_the_limit_open(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    served(&hand, 0, 10);
    fact(served(&hand, 1, 11), FACT_LOST_BYTES);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, 100 + i * 200, 150 + i * 200, CLIENT, 1);
    settle(&hand, 9000);
    for (guint i = 2; i < 6; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

static void a_damaged_pool_and_unread_bodies_look_the_same(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++) {
        struct record *r = served_and_closed(&hand, i * 300, i * 300 + 100, CLIENT, 1);
        exchanged(&hand, r, i * 300 + 2, i * 300 + 10);
        r->requests = r->responses = 2;
        r->reused_after_empty = 1;
    }
    fact(record_at(&hand, 0), FACT_LOST_BYTES);
    settle(&hand, 9000);
    for (guint i = 0; i < 5; i++) {
        says(&hand, i, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_CLIENT_POOL_LIMIT);
    }
    by_hand_clear(&hand);
}

static void connections_that_are_never_used_again_leak(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++)
        served(&hand, i * 200, i * 200 + 10);
    settle(&hand, 5000);
    for (guint i = 0; i < 4; i++)
        says(&hand, i, CAUSE_LEAKED_CONNECTION, CONFIDENCE_STRONG);
    says(&hand, 4, CAUSE_LEAKED_CONNECTION, CONFIDENCE_CONSISTENT);
    by_hand_clear(&hand);
}

static void a_close_that_is_owed_for_long_is_a_leak(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record *r = served(&hand, 0, 10);
    closed(r, SERVER, 1010, 1011);
    settle(&hand, 4000);
    says(&hand, 0, CAUSE_SERVER_SHUTDOWN, CONFIDENCE_AMBIGUOUS);
    settle(&hand, 9000);
    says(&hand, 0, CAUSE_CLOSE_WAIT_LEAK, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("pools", NULL, NULL);
    CU_ADD_TEST(suite, closes_beside_a_constant_number_of_peers_are_a_pool_limit);
    CU_ADD_TEST(suite, hosts_behind_one_address_are_told_by_their_ports);
    CU_ADD_TEST(suite, hosts_behind_one_address_are_told_by_their_clocks);
    CU_ADD_TEST(suite, clocks_and_ports_of_each_connection_tell_no_hosts);
    CU_ADD_TEST(suite, a_clock_that_seems_another_one_later_is_one_host);
    CU_ADD_TEST(suite, closes_after_bodies_alone_are_unread_bodies);
    CU_ADD_TEST(suite, one_shot_clients_are_no_bug);
    CU_ADD_TEST(suite, closing_the_longest_idle_one_is_a_total_limit);
    CU_ADD_TEST(suite, closing_mostly_the_longest_idle_one_may_be_a_total_limit);
    CU_ADD_TEST(suite, closes_mostly_beside_no_peer_are_no_pool_limit);
    CU_ADD_TEST(suite, peers_whose_close_may_be_missing_leave_the_limit_open);
    CU_ADD_TEST(suite, a_damaged_pool_and_unread_bodies_look_the_same);
    CU_ADD_TEST(suite, connections_that_are_never_used_again_leak);
    CU_ADD_TEST(suite, a_close_that_is_owed_for_long_is_a_leak);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
