// SPDX-License-Identifier: BSD-2-Clause
// Pools of which too little is seen to tell their limits from unread bodies.
#include "grouped.h"

// One of all is damaged: a twentieth hides as many peers, or less.
static void a_pool_that_lacks_a_twentieth_is_left_open(void)
{
    for (int closes = 18; closes <= 19; closes++) {
        struct by_hand hand;
        by_hand_init(&hand);
        for (int i = 0; i < 2; i++)
            exchanged(&hand, served(&hand, i, 10 + i), 8000, 8010);
        fact(record_at(&hand, 0), FACT_LOST_BYTES);
        for (int i = 0; i < closes; i++)
            served_and_closed(&hand, 100 + i * 200, 150 + i * 200, CLIENT, 1);
        settle(&hand, 9000);
        for (guint i = 2; i < hand.records->len; i++)
            says(&hand, i, CAUSE_CLIENT_POOL_LIMIT,
                 closes == 18 ? CONFIDENCE_AMBIGUOUS : CONFIDENCE_CONSISTENT);
        by_hand_clear(&hand);
    }
}

// Two closes are too few to tell a limit. It may be one where peers are kept and bodies are read.
static void a_limit_is_possible_beside_peers_of_a_client_that_reads_bodies(void)
{
    for (int is_limit = 0; is_limit < 4; is_limit++) {
        bool has_peers = is_limit & 1, reads = is_limit & 2;
        struct by_hand hand;
        by_hand_init(&hand);
        int64_t open = has_peers ? 0 : 1000;
        for (int i = 0; i < 3; i++)
            exchanged(&hand, served(&hand, open + i, open + 10 + i), 8000, 8010);
        record_at(&hand, 0)->reused_after_body = reads;
        for (int i = 0; i < 2; i++)
            served_and_closed(&hand, 100 + i * 200, 150 + i * 200, CLIENT, 1);
        served(&hand, 7000, 7010);
        settle(&hand, 9000);
        for (guint i = 3; i < 5; i++) {
            says(&hand, i, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS);
            CU_ASSERT_EQUAL(verdict_at(&hand, i)->runner_up,
                            has_peers && reads ? CAUSE_CLIENT_POOL_LIMIT : CAUSE_CLIENT_SHUTDOWN);
        }
        by_hand_clear(&hand);
    }
}

// Closes beside 3, 6, 9 and 12 peers, and a late one, where packets are missing.
static void a_late_close_may_be_a_limits_where_packets_hide_it(void)
{
    enum { WHOLE, NO_READER, NO_PEERS, CASES };
    for (int lack = WHOLE; lack < CASES; lack++) {
        struct by_hand hand;
        by_hand_init(&hand);
        served_and_closed(&hand, 800, 1000, CLIENT, 100);
        for (int i = 0; i < 4; i++) {
            for (int k = 0; k < 3; k++)
                exchanged(&hand, served(&hand, i * 200 + k, i * 200 + 10 + k), 8000, 8010);
            served_and_closed(&hand, 100 + i * 200, 150 + i * 200, CLIENT, 1);
        }
        fact(record_at(&hand, 1), FACT_LOST_BYTES);
        record_at(&hand, 1)->reused_after_body = lack != NO_READER;
        if (lack == NO_PEERS)
            served_and_closed(&hand, -200, -100, CLIENT, 1);
        settle(&hand, 9000);
        CU_ASSERT_EQUAL(verdict_at(&hand, 0)->cause == CAUSE_CLIENT_POOL_LIMIT, lack == WHOLE);
        by_hand_clear(&hand);
    }
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("pool_doubts", NULL, NULL);
    CU_ADD_TEST(suite, a_pool_that_lacks_a_twentieth_is_left_open);
    CU_ADD_TEST(suite, a_limit_is_possible_beside_peers_of_a_client_that_reads_bodies);
    CU_ADD_TEST(suite, a_late_close_may_be_a_limits_where_packets_hide_it);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
