// SPDX-License-Identifier: BSD-2-Clause
// Hosts behind one address: bands of ports, or of clocks, that take turns.
#include <CUnit/Basic.h>

#include "analysis_by_hand.h"
#include "judge/hosts.h"

#define COUNT 12

// Two hosts that open connections in turn, by their ports.
static struct by_hand take_turns(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (uint16_t i = 0; i < COUNT; i++)
        judged(&hand, opened(1, (uint16_t)((i % 2 ? 30000 : 1000) + i), i * 10), CAUSE_OPEN);
    return hand;
}

// How many pairs there are then; the pair of each connection is that of every other one.
static guint split(struct by_hand *hand)
{
    const struct record *records = (const struct record *)(const void *)hand->records->data;
    uint32_t pair_of[COUNT];
    struct host_marks marks[COUNT];
    struct hosts hosts;
    GArray *pairs = pairs_new(records, COUNT, pair_of, marks);
    guint count = pairs->len;
    struct members by_pair = members_new(pair_of, COUNT, count);
    if (hosts_split(&hosts, marks, &by_pair, pairs, pair_of)) {
        count = hosts.pairs->len;
        for (size_t i = 2; i < COUNT; i++)
            CU_ASSERT_EQUAL(hosts.pair_of[i], hosts.pair_of[i - 2]);
        CU_ASSERT_NOT_EQUAL(hosts.pair_of[0], hosts.pair_of[1]);
        hosts_free(&hosts);
    }
    members_free(&by_pair);
    pairs_free(pairs);
    by_hand_clear(hand);
    return count;
}

static struct record *record_at(struct by_hand *hand, guint index)
{
    return &g_array_index(hand->records, struct record, index);
}

static void bands_of_ports_that_take_turns_are_hosts(void)
{
    struct by_hand hand = take_turns();
    CU_ASSERT_EQUAL(split(&hand), 2);
}

static void a_port_that_is_unknown_tells_no_hosts(void)
{
    struct by_hand hand = take_turns();
    record_at(&hand, 0)->end[CLIENT].port = 0;
    CU_ASSERT_EQUAL(split(&hand), 1);
}

static void a_host_takes_its_ports_in_ascending_order(void)
{
    struct by_hand hand = take_turns();
    record_at(&hand, 5)->end[CLIENT].port = 30500;
    CU_ASSERT_EQUAL(split(&hand), 1);
}

static void ports_in_one_band_after_the_other_are_one_host(void)
{
    struct by_hand hand = take_turns();
    for (guint i = 0; i < COUNT; i++)
        record_at(&hand, i)->end[CLIENT].port = (uint16_t)(i < COUNT / 2 ? 1000 + i : 30000 + i);
    CU_ASSERT_EQUAL(split(&hand), 1);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("hosts behind one address", NULL, NULL);
    CU_ADD_TEST(suite, bands_of_ports_that_take_turns_are_hosts);
    CU_ADD_TEST(suite, a_port_that_is_unknown_tells_no_hosts);
    CU_ADD_TEST(suite, a_host_takes_its_ports_in_ascending_order);
    CU_ADD_TEST(suite, ports_in_one_band_after_the_other_are_one_host);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
