// SPDX-License-Identifier: BSD-2-Clause
// Pairs: which connections belong together, and what they add up to.
#include <CUnit/Basic.h>

#include "analysis_by_hand.h"
#include "judge/keyed.h"
#include "judge/tuples.h"
#include "judge/twins.h"

#define TUPLES 200 // connections, of few addresses and ports

static struct record *add(struct by_hand *hand, uint8_t client, uint32_t agent, int64_t ms)
{
    struct record r = opened(client, (uint16_t)(3000 + hand->records->len), ms);
    asked(&r, 2, ms + 2, ms + 10);
    closed(&r, CLIENT, ms + 100, ms + 101);
    r.names[NAME_AGENT] = agent;
    judged(hand, r, CAUSE_CLIENT_SHUTDOWN);
    return &g_array_index(hand->records, struct record, hand->records->len - 1);
}

static const struct pair *pair_at(const struct analysis *a, guint index)
{
    return &g_array_index(a->pairs, struct pair, index);
}

static void clients_are_split_by_agent_and_the_busiest_is_first(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    uint32_t go = name(&hand, "Go-http-client/1.1"), curl = name(&hand, "curl/8");
    add(&hand, 1, curl, 0);
    add(&hand, 1, go, 10);
    add(&hand, 1, go, 20);
    add(&hand, 2, go, 30);
    struct analysis *a = by_hand_settle(&hand, 1000);
    CU_ASSERT_EQUAL_FATAL(a->pairs->len, 3);
    CU_ASSERT_EQUAL(pair_at(a, 0)->totals.connections, 2);
    CU_ASSERT_EQUAL(pair_at(a, 0)->agent, go);
    CU_ASSERT_EQUAL(pair_at(a, 1)->agent, curl);
    CU_ASSERT_EQUAL(a->pair_of[0], 1);
    CU_ASSERT_EQUAL(a->pair_of[1], 0);
    CU_ASSERT_EQUAL(a->pair_of[3], 2);
    by_hand_clear(&hand);
}

static void a_connection_of_several_agents_makes_the_client_a_proxy(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    add(&hand, 1, name(&hand, "a"), 0);
    fact(add(&hand, 1, name(&hand, "b"), 10), FACT_SEVERAL_AGENTS);
    struct analysis *a = by_hand_settle(&hand, 1000);
    CU_ASSERT_EQUAL_FATAL(a->pairs->len, 1);
    CU_ASSERT_TRUE(pair_at(a, 0)->is_proxy);
    CU_ASSERT_EQUAL(pair_at(a, 0)->agent, 0);
    CU_ASSERT_TRUE(pair_at(a, 0)->agents[1] != 0);
    by_hand_clear(&hand);
}

static void connections_without_a_request_join_the_only_agent(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    uint32_t go = name(&hand, "Go-http-client/1.1");
    add(&hand, 1, 0, 0)->requests = 0;
    add(&hand, 1, go, 10);
    struct analysis *a = by_hand_settle(&hand, 1000);
    CU_ASSERT_EQUAL_FATAL(a->pairs->len, 1);
    CU_ASSERT_EQUAL(pair_at(a, 0)->agent, go);
    by_hand_clear(&hand);
}

static void a_pair_adds_up_its_connections(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++)
        add(&hand, 1, 0, i * 60); // two at a time
    struct analysis *a = by_hand_settle(&hand, 1000);
    const struct pair *pair = pair_at(a, 0);
    CU_ASSERT_EQUAL(pair->peak_concurrent, 2);
    CU_ASSERT_EQUAL(pair->handshake, NANOS_PER_MS);
    CU_ASSERT_EQUAL(pair->totals.requests, 6);
    CU_ASSERT_EQUAL(pair->totals.reused, 3);
    CU_ASSERT_EQUAL(pair->causes->len, 1);
    CU_ASSERT_EQUAL(pair->spread->len, 1);
    CU_ASSERT_FALSE(pair->is_loopback);
    CU_ASSERT_FALSE(pair->is_probe);
    by_hand_clear(&hand);
}

// A clock that went back, a SYN that wasn't seen, a handshake that was never done.
static void what_was_not_measured_does_not_count(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record *failed = add(&hand, 1, 0, 90);
    failed->facts &= ~(UINT64_C(1) << FACT_ESTABLISHED);
    failed->at[AT_ESTABLISHED].frame = 0;
    struct record *back = add(&hand, 1, 0, 100);
    back->at[AT_ESTABLISHED].time = at_ms(50);
    back->at[AT_CLIENT_FIN].time = at_ms(-20);
    struct record *unseen = add(&hand, 1, 0, 110);
    unseen->facts &= ~(UINT64_C(1) << FACT_SYN);
    unseen->at[AT_ESTABLISHED].time = at_ms(110);
    unseen->at[AT_CLIENT_FIN].time = at_ms(-10);
    add(&hand, 1, 0, 120);
    const struct pair *pair = pair_at(by_hand_settle(&hand, 1000), 0);
    CU_ASSERT_EQUAL(pair->handshake, NANOS_PER_MS);
    CU_ASSERT_EQUAL(pair->peak_concurrent, 1);
    CU_ASSERT_EQUAL(pair->first_open, at_ms(100));
    CU_ASSERT_EQUAL(pair->last_open, at_ms(120));
    CU_ASSERT_EQUAL(pair->last_use, at_ms(122));
    by_hand_clear(&hand);
}

static void loopback_is_known_by_address(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    add(&hand, 1, 0, 0)->end[CLIENT].address = ipv4(127, 0, 0, 1);
    struct analysis *a = by_hand_settle(&hand, 1000);
    CU_ASSERT_TRUE(pair_at(a, 0)->is_loopback);
    by_hand_clear(&hand);
}

static struct record named(uint8_t client, uint16_t port, int64_t ms)
{
    struct record r = opened(client, port, ms);
    r.initial_seq = 4711;
    r.client_clock = 99;
    r.end[CLIENT].bytes = r.end[SERVER].bytes = 100;
    return r;
}

static void two_names_of_one_connection_are_told(void)
{
    const struct record records[] = {named(1, 2000, 0), named(2, 3000, 1)};
    struct host_marks marks[2];
    uint32_t pair_of[2];
    pairs_free(pairs_new(records, 2, pair_of, marks));
    for (int with_marks = 0; with_marks <= 1; with_marks++) {
        uint64_t twins = 0;
        uint32_t *twin_of = twins_find(records, with_marks ? marks : NULL, 2, &twins);
        CU_ASSERT_EQUAL(twins, 1);
        CU_ASSERT_PTR_NOT_NULL_FATAL(twin_of);
        CU_ASSERT_EQUAL(twin_of[0], 1);
        CU_ASSERT_EQUAL(twin_of[1], 0);
        g_free(twin_of);
    }
    CU_ASSERT_EQUAL(marks[0].initial_seq, 4711);
}

static void connections_that_differ_are_no_twins(void)
{
    uint64_t twins = 1;
    struct record others[] = {named(1, 2000, 0), named(1, 2000, 1), named(2, 2000, 50),
                              named(3, 2000, 60), named(4, 2000, 61)};
    others[3].client_clock = 98;
    others[4].end[SERVER].bytes = 99;
    CU_ASSERT_PTR_NULL(twins_find(others, NULL, G_N_ELEMENTS(others), &twins));
    CU_ASSERT_EQUAL(twins, 0);
}

// Whether both have the same two ends, whoever is the client.
static bool is_same_tuple(const struct record *a, const struct record *b)
{
    bool is_same = false;
    for (enum side side = CLIENT; side <= SERVER; side++)
        is_same |=
            a->end[CLIENT].port == b->end[side].port && a->end[SERVER].port == b->end[!side].port &&
            !memcmp(&a->end[CLIENT].address, &b->end[side].address, sizeof(struct address)) &&
            !memcmp(&a->end[SERVER].address, &b->end[!side].address, sizeof(struct address));
    return is_same;
}

static bool has_neighbour(const struct keyed *list, guint count, guint i)
{
    return (i > 0 && list[i - 1].key == list[i].key) ||
           (i + 1 < count && list[i + 1].key == list[i].key);
}

static uint32_t wrong_alike(const struct analysis *a, const struct host_marks *marks)
{
    uint32_t wrong = 0;
    bool is_told[TUPLES] = {false};
    GArray *alike = tuples_alike(a, marks);
    const struct keyed *list = (const struct keyed *)(const void *)alike->data;
    for (guint i = 0; i < alike->len; i++) {
        is_told[list[i].item] = has_neighbour(list, alike->len, i);
        wrong += i > 0 && list[i - 1].key == list[i].key && list[i - 1].item >= list[i].item;
    }
    for (size_t i = 0; i < TUPLES; i++) {
        bool has_other = false;
        for (size_t k = 0; k < TUPLES; k++)
            has_other |= k != i && is_same_tuple(&a->records[i], &a->records[k]);
        wrong += is_told[i] != has_other;
    }
    g_array_unref(alike);
    return wrong;
}

static void addresses_and_ports_that_come_again_are_told_in_both_directions(void)
{
    struct record records[TUPLES];
    uint32_t pair_of[TUPLES];
    struct host_marks marks[TUPLES];
    GRand *random = g_rand_new_with_seed(7);
    for (size_t i = 0; i < TUPLES; i++) {
        records[i] = opened((uint8_t)g_rand_int_range(random, 1, 4), 0, (int64_t)i);
        for (enum side side = CLIENT; side <= SERVER; side++) {
            records[i].end[side].port = (uint16_t)g_rand_int_range(random, 1, 7);
            records[i].end[side].address = ipv4(10, 0, 0, (uint8_t)g_rand_int_range(random, 1, 5));
        }
    }
    struct analysis a = {.records = records, .record_count = TUPLES, .pair_of = pair_of};
    a.pairs = pairs_new(records, TUPLES, pair_of, marks);
    CU_ASSERT_EQUAL(wrong_alike(&a, marks), 0);
    CU_ASSERT_EQUAL(wrong_alike(&a, NULL), 0);
    pairs_free(a.pairs);
    g_rand_free(random);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("pairs", NULL, NULL);
    CU_ADD_TEST(suite, clients_are_split_by_agent_and_the_busiest_is_first);
    CU_ADD_TEST(suite, two_names_of_one_connection_are_told);
    CU_ADD_TEST(suite, connections_that_differ_are_no_twins);
    CU_ADD_TEST(suite, addresses_and_ports_that_come_again_are_told_in_both_directions);
    CU_ADD_TEST(suite, a_connection_of_several_agents_makes_the_client_a_proxy);
    CU_ADD_TEST(suite, connections_without_a_request_join_the_only_agent);
    CU_ADD_TEST(suite, a_pair_adds_up_its_connections);
    CU_ADD_TEST(suite, what_was_not_measured_does_not_count);
    CU_ADD_TEST(suite, loopback_is_known_by_address);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
