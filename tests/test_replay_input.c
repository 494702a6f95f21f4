// SPDX-License-Identifier: BSD-2-Clause
// From connections and their exchanges to what a pool is asked for.
#include <CUnit/Basic.h>

#include "analysis_by_hand.h"
#include "judge/replay_input.h"
#include "judge/what_if.h"

struct gathering {
    struct by_hand hand;
    struct exchange_log log;
    struct replay_input *input;
    const GArray *groups; // struct replay_group
};

// Asked once from 10 to 20 ms after it was opened.
static struct record asked_once(struct by_hand *hand, uint8_t client, int64_t open)
{
    struct record r = opened(client, (uint16_t)(1000 + hand->records->len), open);
    asked(&r, 1, open + 10, open + 20);
    exchanged(hand, &r, open + 10, open + 20);
    return r;
}

static void add(struct by_hand *hand, struct record r, int64_t gap, enum side side,
                enum cause cause)
{
    int64_t fin = (r.at[AT_RESPONSE_END].time - BEGIN) / NANOS_PER_MS + gap;
    closed(&r, side, fin, fin + 1);
    judged(hand, r, cause);
}

static const struct replay_group *group_at(const struct gathering *g, guint index)
{
    return &g_array_index(g->groups, struct replay_group, index);
}

static const struct replay_request *request_at(const struct gathering *g, guint index)
{
    return &g_array_index(group_at(g, 0)->requests, struct replay_request, index);
}

static void gather(struct gathering *g)
{
    struct analysis *a = by_hand_settle(&g->hand, 100000);
    g->log = by_hand_log(&g->hand);
    g->input = replay_input_new(a, &g->log);
    g->groups = replay_input_settle(g->input);
}

static void clear(struct gathering *g)
{
    replay_input_free(g->input);
    exchange_log_free(&g->log);
    by_hand_clear(&g->hand);
}

// The pool's own close is none of the requests'; another one ends the last request, or what is
// idle.
static void closes_are_the_pools_the_last_requests_or_of_what_is_idle(void)
{
    struct gathering g;
    by_hand_init(&g.hand);
    add(&g.hand, asked_once(&g.hand, 1, 0), 1, CLIENT, CAUSE_CLIENT_POOL_LIMIT);
    add(&g.hand, asked_once(&g.hand, 1, 100), 10, CLIENT, CAUSE_CLIENT_CANCELLED);
    add(&g.hand, asked_once(&g.hand, 1, 200), 300, SERVER, CAUSE_SERVER_SHUTDOWN);
    gather(&g);
    CU_ASSERT_EQUAL_FATAL(g.groups->len, 1);
    CU_ASSERT_EQUAL_FATAL(group_at(&g, 0)->requests->len, 4);
    CU_ASSERT_EQUAL(request_at(&g, 0)->kind, REPLAY_REQUEST);
    CU_ASSERT_EQUAL(request_at(&g, 0)->begin, at_ms(0)); // when it was dialled for it
    CU_ASSERT_EQUAL(request_at(&g, 1)->kind, REPLAY_LAST);
    CU_ASSERT_TRUE(request_at(&g, 1)->leaves_wait);
    CU_ASSERT_EQUAL(request_at(&g, 2)->kind, REPLAY_REQUEST);
    CU_ASSERT_EQUAL(request_at(&g, 3)->kind, REPLAY_END);
    CU_ASSERT_EQUAL(request_at(&g, 3)->begin, at_ms(520));
    CU_ASSERT_FALSE(request_at(&g, 3)->leaves_wait); // the server has it
    CU_ASSERT_EQUAL(group_at(&g, 0)->captured.closes, 1);
    CU_ASSERT_EQUAL(group_at(&g, 0)->opens, 3);
    clear(&g);
}

// A connection is back in its pool after as long as the quickest of the pool's own closes took.
static void the_quickest_close_tells_when_a_connection_is_back(void)
{
    struct gathering g;
    by_hand_init(&g.hand);
    add(&g.hand, asked_once(&g.hand, 1, 0), 3, CLIENT, CAUSE_CLIENT_POOL_LIMIT);
    add(&g.hand, asked_once(&g.hand, 1, 100), 2, CLIENT, CAUSE_CLIENT_POOL_LIMIT);
    struct record r = asked_once(&g.hand, 1, 200);
    reset(&r, CLIENT, 230);
    judged(&g.hand, r, CAUSE_CLIENT_POOL_LIMIT); // whose gap is unknown
    gather(&g);
    CU_ASSERT_EQUAL_FATAL(g.groups->len, 1);
    CU_ASSERT_EQUAL(group_at(&g, 0)->delay, 2 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(request_at(&g, 0)->end, at_ms(22));
    CU_ASSERT_EQUAL(group_at(&g, 0)->captured.closes, 3);
    CU_ASSERT_EQUAL(group_at(&g, 0)->captured.resets, 1);
    clear(&g);
}

static void requests_in_one_go_are_one_stay_and_what_met_a_close_is_none(void)
{
    struct gathering g;
    by_hand_init(&g.hand);
    struct record r = asked_once(&g.hand, 1, 0);
    exchanged(&g.hand, &r, 15, 40); // before the first is answered
    exchanged(&g.hand, &r, 60, -1);
    add(&g.hand, r, 50, SERVER, CAUSE_KEEPALIVE_RACE);
    add(&g.hand, asked_once(&g.hand, 1, 100), 1, CLIENT, CAUSE_CLIENT_POOL_LIMIT);
    gather(&g);
    CU_ASSERT_EQUAL_FATAL(g.groups->len, 1);
    CU_ASSERT_EQUAL_FATAL(group_at(&g, 0)->requests->len, 4);
    CU_ASSERT_EQUAL(request_at(&g, 0)->end, at_ms(41)); // and the delay
    CU_ASSERT_EQUAL(request_at(&g, 0)->next, at_ms(70));
    CU_ASSERT_EQUAL(request_at(&g, 1)->begin, INT64_MAX);
    CU_ASSERT_EQUAL(request_at(&g, 3)->kind, REPLAY_END);
    clear(&g);
}

// One was there before the capture, another one was dialled long before its first request.
static void connections_may_be_there_before_their_requests(void)
{
    struct gathering g;
    by_hand_init(&g.hand);
    struct record r = asked_once(&g.hand, 1, 100);
    r.facts &= ~(UINT64_C(1) << FACT_SYN);
    fact(&r, FACT_MIDSTREAM);
    judged(&g.hand, r, CAUSE_OPEN);
    r = opened(1, 2000, 200);
    asked(&r, 1, 300, 310);
    exchanged(&g.hand, &r, 300, 310);
    judged(&g.hand, r, CAUSE_OPEN);
    gather(&g);
    CU_ASSERT_EQUAL_FATAL(g.groups->len, 1);
    CU_ASSERT_EQUAL_FATAL(group_at(&g, 0)->requests->len, 4);
    CU_ASSERT_EQUAL(request_at(&g, 0)->begin, at_ms(110));
    CU_ASSERT_EQUAL(request_at(&g, 1)->kind, REPLAY_DIAL);
    CU_ASSERT_EQUAL(request_at(&g, 1)->end, at_ms(201));
    CU_ASSERT_EQUAL(request_at(&g, 2)->begin, at_ms(300));
    CU_ASSERT_EQUAL(request_at(&g, 3)->kind, REPLAY_SEED);
    CU_ASSERT_EQUAL(group_at(&g, 0)->opens, 1);
    clear(&g);
}

// Pairs of one client make one pool where its limit is over all hosts, else each its own.
static void a_limit_over_all_hosts_makes_one_pool(void)
{
    struct gathering g;
    for (int is_total = 0; is_total < 2; is_total++) {
        by_hand_init(&g.hand);
        for (int i = 0; i < 9; i++) {
            struct record r = asked_once(&g.hand, i < 7 ? 1 : 2, i * 100);
            r.end[SERVER].port = i < 4 ? 80 : 81;
            bool is_other = is_total && i > 3 && i < 7;
            add(&g.hand, r, 1, CLIENT,
                is_other ? CAUSE_CLIENT_POOL_LIMIT_TOTAL : CAUSE_LEAKED_CONNECTION);
        }
        gather(&g);
        CU_ASSERT_EQUAL_FATAL(g.groups->len, is_total ? 2 : 3);
        CU_ASSERT_EQUAL(group_at(&g, 0)->hosts, is_total ? 2 : 1);
        CU_ASSERT_EQUAL(group_at(&g, 0)->set_by, is_total ? 1 : 0);
        CU_ASSERT_EQUAL(group_at(&g, 0)->captured.model, is_total ? POOL_TOTAL : POOL_PER_HOST);
        CU_ASSERT_EQUAL(group_at(&g, 0)->captured.limit, is_total ? UINT32_MAX : 0);
        clear(&g);
    }
}

// The pool closed half of all, or fewer; no setting tells beyond how many.
static void a_limit_is_lacked_where_half_of_all_was_closed_by_one(void)
{
    for (int count = 4; count <= 5; count++) {
        struct gathering g;
        by_hand_init(&g.hand);
        for (int i = 0; i < count; i++)
            add(&g.hand, asked_once(&g.hand, 1, i * 100), 1, CLIENT,
                i < 2 ? CAUSE_CLIENT_POOL_LIMIT : CAUSE_CLIENT_CANCELLED);
        gather(&g);
        CU_ASSERT_EQUAL_FATAL(g.groups->len, 1);
        CU_ASSERT_EQUAL(group_at(&g, 0)->captured.limit, UINT32_MAX);
        CU_ASSERT_EQUAL(group_at(&g, 0)->lacks_limit, count == 4);
        clear(&g);
    }
}

// What came after the first request beyond the cap is as if it were after the capture.
static void a_cap_ends_the_capture(void)
{
    struct gathering g;
    by_hand_init(&g.hand);
    struct record r = asked_once(&g.hand, 1, 0);
    for (int i = 1; i < WHAT_IF_EXCHANGES; i++) {
        exchanged(&g.hand, &r, 20, 20);
        struct exchange *last = &g_array_index(g.hand.exchanges, struct exchange, (guint)i);
        last->begin += i * 100;
        last->end = last->begin + 50;
    }
    add(&g.hand, r, 50000, CLIENT, CAUSE_CLIENT_CANCELLED);
    add(&g.hand, asked_once(&g.hand, 1, 60000), 1, CLIENT, CAUSE_CLIENT_POOL_LIMIT);
    add(&g.hand, asked_once(&g.hand, 1, 60005), 1, CLIENT, CAUSE_CLIENT_POOL_LIMIT);
    struct record later = opened(1, 2000, 60015);
    judged(&g.hand, later, CAUSE_UNUSED_CONNECTION);
    gather(&g);
    CU_ASSERT_EQUAL_FATAL(g.groups->len, 1);
    CU_ASSERT_EQUAL(group_at(&g, 0)->horizon, at_ms(60010));
    CU_ASSERT_EQUAL(group_at(&g, 0)->opens, 1);
    CU_ASSERT_TRUE(group_at(&g, 0)->requests->len <= WHAT_IF_EXCHANGES + 1);
    clear(&g);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("what pools are asked for", NULL, NULL);
    CU_ADD_TEST(suite, closes_are_the_pools_the_last_requests_or_of_what_is_idle);
    CU_ADD_TEST(suite, the_quickest_close_tells_when_a_connection_is_back);
    CU_ADD_TEST(suite, requests_in_one_go_are_one_stay_and_what_met_a_close_is_none);
    CU_ADD_TEST(suite, connections_may_be_there_before_their_requests);
    CU_ADD_TEST(suite, a_limit_over_all_hosts_makes_one_pool);
    CU_ADD_TEST(suite, a_limit_is_lacked_where_half_of_all_was_closed_by_one);
    CU_ADD_TEST(suite, a_cap_ends_the_capture);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
