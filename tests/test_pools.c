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
    evict_oldest(&hand);
    settle(&hand, 9000);
    for (guint i = 0; i < 6; i++) {
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL, CONFIDENCE_STRONG);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->value, 2);
    }
    by_hand_clear(&hand);
}

// Bursts of six responses: the first is closed when the fifth and sixth need its place, the others
// when they were idle for a second.
static void a_total_limit_shows_beside_an_idle_timeout(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int b = 0; b < 4; b++)
        for (int i = 0; i < 6; i++) {
            int64_t end = b * 2000 + i * 8;
            served_and_closed(&hand, end - 50, end, CLIENT, i < 2 ? 32 + i % 2 : 1000 + i);
        }
    settle(&hand, 19000);
    for (guint i = 0; i < 24; i++)
        if (i % 6 < 2)
            says(&hand, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL, CONFIDENCE_STRONG);
        else
            says(&hand, i, CAUSE_CLIENT_IDLE_TIMEOUT, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// One client closes connections while no peer is idle, then the others beside three.
static void close_beside_none_and_three(struct by_hand *hand, int beside_none)
{
    for (int i = 0; i < beside_none; i++)
        served_and_closed(hand, i * 100, i * 100 + 50, CLIENT, 1);
    for (int i = 0; i < 3; i++)
        exchanged(hand, served(hand, 900 + i, 910 + i), 8000, 8010);
    for (int i = 5; i < 21; i++)
        served_and_closed(hand, i * 200, i * 200 + 50, CLIENT, 1);
}

static void three_quarters_of_the_closes_beside_three_make_it_the_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    close_beside_none_and_three(&hand, 5);
    settle(&hand, 9000);
    each_says(&hand, 0, 5, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS);
    each_says(&hand, 8, 24, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
    by_hand_init(&hand);
    close_beside_none_and_three(&hand, 6);
    settle(&hand, 9000);
    each_says(&hand, 9, 24, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS);
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

static void a_client_without_a_name_is_another_program(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    served(&hand, 0, 10);
    for (int i = 1; i < 3; i++)
        served(&hand, i, 10 + i)->names[NAME_AGENT] = name(&hand, "named/1");
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, 100 + i * 200, 150 + i * 200, CLIENT, 1)->names[NAME_AGENT] =
            name(&hand, "named/1");
    settle(&hand, 9000);
    for (guint i = 3; i < 7; i++) {
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_STRONG);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->kept_peers, 2);
    }
    by_hand_clear(&hand);
}

static struct record *served_and_reset(struct by_hand *hand, int64_t open, int64_t end)
{
    struct record *r = served_and_closed(hand, open, end, CLIENT, 1);
    r->at[AT_CLIENT_FIN] = r->at[AT_SERVER_FIN] = (struct moment){0, 0};
    r->at[AT_CLIENT_FIN_ACK] = r->at[AT_SERVER_FIN_ACK] = (struct moment){0, 0};
    r->close_how = CLOSE_RST;
    happens(r, AT_RST, end + 1);
    return r;
}

// HAProxy throws what its pool can't hold away by RST.
static void resets_beside_a_full_pool_may_be_its_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 2; i++)
        exchanged(&hand, served(&hand, i, 10 + i), 2000 + i, 2010 + i);
    for (int i = 0; i < 4; i++)
        served_and_reset(&hand, 100 + i * 200, 150 + i * 200);
    settle(&hand, 9000);
    for (guint i = 2; i < 6; i++) {
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_UNREAD_BODY);
    }
    by_hand_clear(&hand);
}

// A client that ends nothing by FIN has no other way; beside a close by FIN its resets say more.
static void resets_of_a_client_without_fins_are_its_way_of_closing(void)
{
    for (int with_fin = 0; with_fin < 2; with_fin++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int i = 0; i < 3; i++)
            exchanged(&hand, served(&hand, 400 + i, 410 + i), 4000 + i, 4010 + i);
        served_and_reset(&hand, 100, 150);
        for (int i = 0; i < 11; i++)
            served_and_reset(&hand, 500 + i * 200, 550 + i * 200);
        if (with_fin)
            served_and_closed(&hand, 5000, 5010, CLIENT, 100);
        settle(&hand, 9000);
        if (with_fin)
            says(&hand, 3, CAUSE_UNREAD_BODY, CONFIDENCE_STRONG);
        else
            says(&hand, 3, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS);
        for (guint i = 4; i < 15; i++)
            says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS);
        by_hand_clear(&hand);
    }
}

static void resets_beside_any_number_of_peers_are_unread_bodies(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++) {
        exchanged(&hand, served(&hand, i * 200, i * 200 + 10), 2000 + i, 2010 + i);
        served_and_reset(&hand, 100 + i * 200, 150 + i * 200);
    }
    settle(&hand, 9000);
    for (guint i = 1; i < 12; i += 2)
        says(&hand, i, CAUSE_UNREAD_BODY, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

static void resets_beside_peers_that_may_be_gone_are_left_open(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 8; i++) {
        int64_t again = i < 4 ? 3000 : 20 + i * 200;
        exchanged(&hand, served(&hand, i * 200, i * 200 + 10), again, again + 10);
        served_and_reset(&hand, 100 + i * 200, 150 + i * 200);
    }
    struct record *other = served(&hand, 4000, 4010);
    other->end[SERVER].port = 81;
    fact(other, FACT_LOST_BYTES);
    settle(&hand, 9000);
    for (guint i = 1; i < 16; i += 2) {
        says(&hand, i, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up, CAUSE_CLIENT_POOL_LIMIT);
    }
    by_hand_clear(&hand);
}

static void each_servers_pool_may_have_a_total_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    evict_oldest(&hand);
    for (int i = 0; i < 3; i++) { // idle for longer, with another server
        struct record *r = served(&hand, i, 10 + i);
        r->end[SERVER].port = 81;
        exchanged(&hand, r, 3000, 3010);
    }
    settle(&hand, 9000);
    for (guint i = 0; i < 6; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT_TOTAL, CONFIDENCE_STRONG);
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

static void leaks_are_told_from_lost_closes_by_nothing(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++)
        served(&hand, i * 200, i * 200 + 10);
    settle(&hand, 20000);
    says(&hand, 0, CAUSE_LEAKED_CONNECTION, CONFIDENCE_STRONG);
    fact(record_at(&hand, 5), FACT_LOST_BYTES);
    settle(&hand, 20000);
    says(&hand, 0, CAUSE_LEAKED_CONNECTION, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

static void a_tenth_left_open_is_no_leak_where_packets_are_missing(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        served(&hand, i * 200, i * 200 + 10);
    for (int i = 4; i < 60; i++)
        served_and_closed(&hand, i * 200, i * 200 + 10, CLIENT, 1 + i % 7);
    fact(record_at(&hand, 30), FACT_LOST_BYTES);
    settle(&hand, 20000);
    for (guint i = 0; i < 4; i++)
        says(&hand, i, CAUSE_OPEN, CONFIDENCE_CONSISTENT);
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
    CU_ADD_TEST(suite, a_total_limit_shows_beside_an_idle_timeout);
    CU_ADD_TEST(suite, three_quarters_of_the_closes_beside_three_make_it_the_limit);
    CU_ADD_TEST(suite, closing_mostly_the_longest_idle_one_may_be_a_total_limit);
    CU_ADD_TEST(suite, a_client_without_a_name_is_another_program);
    CU_ADD_TEST(suite, resets_beside_a_full_pool_may_be_its_limit);
    CU_ADD_TEST(suite, resets_of_a_client_without_fins_are_its_way_of_closing);
    CU_ADD_TEST(suite, resets_beside_any_number_of_peers_are_unread_bodies);
    CU_ADD_TEST(suite, resets_beside_peers_that_may_be_gone_are_left_open);
    CU_ADD_TEST(suite, each_servers_pool_may_have_a_total_limit);
    CU_ADD_TEST(suite, connections_that_are_never_used_again_leak);
    CU_ADD_TEST(suite, leaks_are_told_from_lost_closes_by_nothing);
    CU_ADD_TEST(suite, a_tenth_left_open_is_no_leak_where_packets_are_missing);
    CU_ADD_TEST(suite, a_close_that_is_owed_for_long_is_a_leak);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
