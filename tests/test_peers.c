// SPDX-License-Identifier: BSD-2-Clause
// Which idle peers count: in whose time, and where packets are missing.
#include "grouped.h"
#include "judge/rank_set.h"

// The capture is near the server, 40 ms from the client and back: what is used again at once by
// the client's clock is idle here for as long.
static void pools_are_ordered_in_the_time_of_their_client(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    served(&hand, 0, 10);
    served(&hand, 1, 11);
    struct record *busy = served(&hand, 2, 12);
    for (int i = 0; i < 40; i++)
        exchanged(&hand, busy, 53 + i * 45, 53 + i * 45 + 4);
    for (int i = 0; i < 4; i++) {
        struct record *r = served_and_closed(&hand, 300 + i * 360, 345 + i * 360, CLIENT, 41);
        r->gap = NANOS_PER_MS;
        r->rtt_us = 40000;
    }
    settle(&hand, 9000);
    for (guint i = 3; i < 7; i++) {
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_STRONG);
        CU_ASSERT_EQUAL(verdict_at(&hand, i)->kept_peers, 2);
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

static void add_a_damaged_pair(struct by_hand *hand)
{
    struct record *other = served(hand, 3000, 3010);
    other->end[SERVER].port = 81;
    fact(other, FACT_LOST_BYTES);
}

// Each is closed after its body; from the third on beside one whose end may be missing, as another
// connection's bytes are.
static void a_peer_that_is_never_seen_again_makes_no_pool(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 12; i++) {
        if (i == 3)
            served(&hand, 650, 660);
        served_and_closed(&hand, i * 200, i * 200 + 50, CLIENT, 1);
    }
    add_a_damaged_pair(&hand);
    settle(&hand, 9000);
    for (guint i = 0; i < 12; i++)
        if (i != 3)
            says(&hand, i, CAUSE_UNREAD_BODY, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

// Used again later: beside such peers the limit is known, whatever the last closes are beside.
static void peers_that_are_seen_again_show_the_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 2; i++)
        exchanged(&hand, served(&hand, i, 10 + i), 900, 910);
    for (int i = 0; i < 6; i++)
        served_and_closed(&hand, 100 + i * 200, 150 + i * 200, CLIENT, 1);
    add_a_damaged_pair(&hand);
    settle(&hand, 9000);
    for (guint i = 2; i < 8; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

// Half of the closes beside four peers, four of ten beside two: connections that the capture lacks
// may be the others.
static void a_mode_that_needs_missing_peers_is_left_open(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++)
        served(&hand, i, 10 + i);
    for (int i = 0; i < 10; i++)
        served_and_closed(&hand, 100 + i * 150, 150 + i * 150, CLIENT, 1);
    exchanged(&hand, record_at(&hand, 2), 850, 1900);
    exchanged(&hand, record_at(&hand, 3), 1000, 1900);
    for (guint i = 0; i < 4; i++)
        exchanged(&hand, record_at(&hand, i), 3000, 3010);
    fact(record_at(&hand, 13), FACT_RESYNCHRONIZED);
    settle(&hand, 9000);
    for (guint i = 4; i < 9; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

static void peers_that_are_never_seen_again_may_be_a_limit(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 2; i++)
        served(&hand, i, 10 + i);
    for (int i = 0; i < 4; i++)
        served_and_closed(&hand, 100 + i * 200, 150 + i * 200, CLIENT, 1);
    add_a_damaged_pair(&hand);
    settle(&hand, 9000);
    for (guint i = 2; i < 6; i++)
        says(&hand, i, CAUSE_CLIENT_POOL_LIMIT, CONFIDENCE_AMBIGUOUS);
    by_hand_clear(&hand);
}

static void what_is_never_seen_again_was_not_kept_after_its_body(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++) {
        struct record *r = served_and_closed(&hand, i * 300, i * 300 + 100, CLIENT, 1);
        exchanged(&hand, r, i * 300 + 2, i * 300 + 10); // an earlier request, no body
        struct exchange *both = &g_array_index(hand.exchanges, struct exchange, 2 * (guint)i);
        both[0].begin = at_ms(i * 300 + 50);
        both[1].has_body = false;
    }
    served(&hand, 700, 710);
    add_a_damaged_pair(&hand);
    settle(&hand, 9000);
    for (guint i = 0; i < 5; i++)
        says(&hand, i, CAUSE_UNREAD_BODY, CONFIDENCE_STRONG);
    by_hand_clear(&hand);
}

#define RANKS 3000

// Every answer about `rank`, by a look at each.
static bool answers(struct rank_set *set, const bool *is_in, uint32_t rank)
{
    uint32_t below = 0, from = 0;
    for (uint32_t i = 0; i < RANKS; i++) {
        below += is_in[i] && i < rank;
        from += is_in[i] && i >= rank;
    }
    return rank_set_below(set, rank) == below && rank_set_members(set) == below + from &&
           rank_set_has_below(set, rank) == (below > 0) &&
           rank_set_has_from(set, rank) == (from > 0);
}

// Few stay for long, so that words lie empty between them.
static void a_set_of_ranks_answers_as_a_look_at_each_does(void)
{
    GRand *random = g_rand_new_with_seed(1);
    struct rank_set *set = rank_set_new(RANKS);
    bool is_in[RANKS] = {false};
    uint32_t wrong = 0;
    for (uint32_t rank = 0; rank < RANKS; rank++) {
        rank_set_add(set, rank);
        is_in[rank] = true;
        uint32_t left = rank - MIN(rank, (uint32_t)g_rand_int_range(random, 0, 900));
        for (uint32_t i = left; i <= rank && g_rand_boolean(random); i += left % 7 + 1) {
            if (is_in[i])
                rank_set_remove(set, i);
            is_in[i] = false;
        }
        wrong += !answers(set, is_in, (uint32_t)g_rand_int_range(random, 0, RANKS + 1));
        wrong += !answers(set, is_in, rank) + !answers(set, is_in, rank + 1);
    }
    for (uint32_t rank = 0; rank < RANKS; rank++) {
        if (is_in[rank])
            rank_set_remove(set, rank);
        is_in[rank] = false;
        wrong += !answers(set, is_in, rank) + !answers(set, is_in, RANKS - rank);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    rank_set_free(set);
    g_rand_free(random);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("peers", NULL, NULL);
    CU_ADD_TEST(suite, pools_are_ordered_in_the_time_of_their_client);
    CU_ADD_TEST(suite, closes_mostly_beside_no_peer_are_no_pool_limit);
    CU_ADD_TEST(suite, peers_whose_close_may_be_missing_leave_the_limit_open);
    CU_ADD_TEST(suite, a_damaged_pool_and_unread_bodies_look_the_same);
    CU_ADD_TEST(suite, a_peer_that_is_never_seen_again_makes_no_pool);
    CU_ADD_TEST(suite, peers_that_are_seen_again_show_the_limit);
    CU_ADD_TEST(suite, a_mode_that_needs_missing_peers_is_left_open);
    CU_ADD_TEST(suite, peers_that_are_never_seen_again_may_be_a_limit);
    CU_ADD_TEST(suite, what_is_never_seen_again_was_not_kept_after_its_body);
    CU_ADD_TEST(suite, a_set_of_ranks_answers_as_a_look_at_each_does);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
