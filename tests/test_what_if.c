// SPDX-License-Identifier: BSD-2-Clause
// Pool replay: models by themselves, and captures of clients that are simulated by other means.
#include <CUnit/Basic.h>
#include <stdlib.h>

#include "analysis_by_hand.h"
#include "judge/pool_replay.h"
#include "judge/settings.h"
#include "judge/what_if.h"

static const struct pool_setting boundless = {
    POOL_PER_HOST, UINT32_MAX, INT64_MAX, INT64_MAX, 0, 0, 0};

static GArray *requests_new(void)
{
    return g_array_new(FALSE, FALSE, sizeof(struct replay_request));
}

static void request(GArray *requests, enum replay_kind kind, uint32_t host, int64_t begin,
                    int64_t end)
{
    struct replay_request r = {
        .begin = at_ms(begin),
        .end = at_ms(end),
        .next = INT64_MAX,
        .host = host,
        .kind = (uint8_t)kind,
        .leaves_wait = true,
    };
    g_array_append_val(requests, r);
}

static struct pool_result run(GArray *requests, struct pool_setting setting)
{
    struct pool_replay *replay = pool_replay_new(requests, 4, at_ms(1000000));
    struct pool_result result = pool_replay_run(replay, setting);
    struct pool_result again = pool_replay_run(replay, setting);
    CU_ASSERT_EQUAL(result.opens, again.opens);
    CU_ASSERT_EQUAL(result.closes, again.closes);
    pool_replay_free(replay);
    return result;
}

static void surplus_connections_are_closed_when_they_return(void)
{
    GArray *requests = requests_new();
    for (int i = 0; i < 5; i++)
        request(requests, REPLAY_REQUEST, 0, 0, 100 + i);
    for (int i = 0; i < 5; i++)
        request(requests, REPLAY_REQUEST, 0, 1000, 1100 + i);
    struct pool_setting two = boundless;
    two.limit = 2;
    struct pool_result all = run(requests, boundless), some = run(requests, two);
    CU_ASSERT_EQUAL(all.opens, 5);
    CU_ASSERT_EQUAL(all.closes, 0);
    CU_ASSERT_EQUAL(some.opens, 5 + 3);
    CU_ASSERT_EQUAL(some.closes, 3 + 3);
    CU_ASSERT_EQUAL(some.time_wait_peak, 6);
    g_array_free(requests, TRUE);
}

static void time_wait_ends_after_60_seconds(void)
{
    GArray *requests = requests_new();
    for (int i = 0; i < 10; i++)
        request(requests, REPLAY_REQUEST, 0, i * 20000, i * 20000 + 1);
    struct pool_setting none = boundless;
    none.limit = 0;
    CU_ASSERT_EQUAL(run(requests, none).opens, 10);
    CU_ASSERT_EQUAL(run(requests, none).time_wait_peak, 3);
    g_array_free(requests, TRUE);
}

static void idle_connections_expire_by_the_shorter_timeout(void)
{
    GArray *requests = requests_new();
    for (int i = 0; i < 10; i++)
        request(requests, REPLAY_REQUEST, 0, i * 7000, i * 7000 + 10);
    struct pool_setting five = boundless, ten = boundless, server = boundless;
    five.idle_timeout = 5 * NANOS_PER_SECOND;
    ten.idle_timeout = 10 * NANOS_PER_SECOND;
    server.server_timeout = 5 * NANOS_PER_SECOND;
    CU_ASSERT_EQUAL(run(requests, five).opens, 10);
    CU_ASSERT_EQUAL(run(requests, five).closes, 10);
    CU_ASSERT_TRUE(run(requests, five).time_wait_peak > 0);
    CU_ASSERT_EQUAL(run(requests, ten).opens, 1);
    CU_ASSERT_EQUAL(run(requests, server).opens, 10);
    CU_ASSERT_EQUAL(run(requests, server).time_wait_peak, 0);
    g_array_free(requests, TRUE);
}

static void a_total_limit_evicts_the_least_recently_used_host(void)
{
    GArray *requests = requests_new();
    for (int round = 0; round < 10; round++)
        for (int host = 0; host < 3; host++)
            request(requests, REPLAY_REQUEST, (uint32_t)host, round * 1000 + host * 100,
                    round * 1000 + host * 100 + 10);
    struct pool_setting total = boundless;
    total.model = POOL_TOTAL;
    total.limit = 2;
    CU_ASSERT_EQUAL(run(requests, boundless).opens, 3);
    CU_ASSERT_EQUAL(run(requests, total).opens, 30);
    total.limit = 3;
    CU_ASSERT_EQUAL(run(requests, total).opens, 3);
    total.model = POOL_PER_HOST;
    total.limit = 1;
    CU_ASSERT_EQUAL(run(requests, total).opens, 3);
    g_array_free(requests, TRUE);
}

static void closes_that_no_pool_explains_happen_at_any_setting(void)
{
    GArray *requests = requests_new();
    for (int i = 0; i < 6; i++)
        request(requests, i % 2 ? REPLAY_LAST : REPLAY_REQUEST, 0, i * 100, i * 100 + 10);
    CU_ASSERT_EQUAL(run(requests, boundless).opens, 3);
    CU_ASSERT_EQUAL(run(requests, boundless).closes, 3);
    g_array_free(requests, TRUE);
}

static void spare_dials_are_made_only_when_nothing_is_idle(void)
{
    GArray *requests = requests_new();
    request(requests, REPLAY_DIAL, 0, 0, 1);
    request(requests, REPLAY_REQUEST, 0, 10, 20);
    request(requests, REPLAY_DIAL, 0, 30, 31);
    request(requests, REPLAY_SEED, 1, 0, 0);
    request(requests, REPLAY_REQUEST, 1, 10, 20);
    CU_ASSERT_EQUAL(run(requests, boundless).opens, 1);
    g_array_free(requests, TRUE);
}

static void a_request_limit_of_the_server_wears_connections_out(void)
{
    GArray *requests = requests_new();
    for (int i = 0; i < 100; i++)
        request(requests, REPLAY_REQUEST, 0, i * 100, i * 100 + 10);
    struct pool_setting ten = boundless;
    ten.max_requests = 10;
    CU_ASSERT_EQUAL(run(requests, ten).opens, 10);
    g_array_free(requests, TRUE);
}

static void closes_by_rst_leave_no_time_wait(void)
{
    GArray *requests = requests_new();
    for (int i = 0; i < 12; i++)
        request(requests, REPLAY_REQUEST, 0, i * 100, i * 100 + 10);
    struct pool_setting none = boundless;
    none.limit = 0;
    none.closes = 30;
    none.resets = 10;
    CU_ASSERT_EQUAL(run(requests, none).closes, 12);
    CU_ASSERT_EQUAL(run(requests, none).time_wait_peak, 8);
    none.resets = 30;
    CU_ASSERT_EQUAL(run(requests, none).time_wait_peak, 0);
    g_array_free(requests, TRUE);
}

static void a_connection_dialled_in_advance_is_idle_until_its_first_request(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record spare = opened(1, 1001, 0), other = opened(1, 1002, 500);
    asked(&spare, 1, 1000, 1010);
    asked(&other, 1, 500, 510);
    exchanged(&hand, &spare, 1000, 1010);
    exchanged(&hand, &other, 500, 510);
    judged(&hand, spare, CAUSE_OPEN);
    judged(&hand, other, CAUSE_OPEN);
    struct analysis *a = by_hand_settle(&hand, 2000);
    by_hand_replay(a, &hand, 2);
    CU_ASSERT_EQUAL_FATAL(a->what_ifs->len, 1);
    CU_ASSERT_EQUAL(g_array_index(a->what_ifs, struct what_if, 0).captured.opens, 2);
    CU_ASSERT_EQUAL(g_array_index(a->what_ifs, struct what_if, 0).shared_opens, 1);
    CU_ASSERT_EQUAL(g_array_index(a->what_ifs, struct what_if, 0).pools,
                    2); // as nothing was shared
    CU_ASSERT_EQUAL(g_array_index(a->what_ifs, struct what_if, 0).replayed_opens, 2);
    by_hand_clear(&hand);
}

// One pool shares what the client opened anew; several let the one that it kept expire.
static void pools_that_open_too_many_explain_no_more_than_one(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++) {
        struct record r = opened(1, (uint16_t)(1001 + i), 500 * i);
        asked(&r, 1, 500 * i, 500 * i + 10);
        exchanged(&hand, &r, 500 * i, 500 * i + 10);
        if (i == 0)
            exchanged(&hand, &r, 20000, 20010);
        judged(&hand, r, CAUSE_OPEN);
    }
    struct analysis *a = by_hand_settle(&hand, 21000);
    const struct setting five_seconds = {
        .host = {a->records[0].end[CLIENT].address, 0},
        .role = CLIENT,
        .kind = SETTING_IDLE_TIMEOUT,
        .value = 5 * NANOS_PER_SECOND,
        .low = 5 * NANOS_PER_SECOND,
        .high = 5 * NANOS_PER_SECOND,
    };
    a->settings = g_array_new(FALSE, FALSE, sizeof five_seconds);
    g_array_append_val(a->settings, five_seconds);
    by_hand_replay(a, &hand, 1);
    CU_ASSERT_EQUAL_FATAL(a->what_ifs->len, 1);
    const struct what_if *w = &g_array_index(a->what_ifs, struct what_if, 0);
    CU_ASSERT_EQUAL(w->captured.opens, 3);
    CU_ASSERT_EQUAL(w->pools, 1);
    CU_ASSERT_EQUAL(w->replayed_opens, 2);
    by_hand_clear(&hand);
}

// A client of `workers` that each ask, wait and ask again; its pool is a plain stack.
struct simulation {
    struct by_hand hand;
    int workers, limit;
};

struct simulated {
    struct record record;
    int64_t idle_since;
    bool is_closed;
};

static void simulated_end(struct simulation *sim, struct simulated *c, int64_t now)
{
    asked(&c->record, c->record.requests, now - 5, now);
    closed(&c->record, CLIENT, now, now + 1);
    answered(&c->record, SERVER, now + 1, now + 2);
    c->is_closed = true;
    struct verdict *v = judged(&sim->hand, c->record, CAUSE_CLIENT_POOL_LIMIT);
    v->group = GROUP_KEPT_PEERS;
    v->value = v->kept_peers = (uint32_t)sim->limit;
}

static void simulate(struct simulation *sim, int steps)
{
    struct simulated *all = g_new0(struct simulated, 100000);
    int count = 0, stacked = 0;
    int *stack = g_new(int, 100000), *busy = g_new(int, (gsize)sim->workers);
    int64_t *until = g_new0(int64_t, (gsize)sim->workers),
            *begun = g_new0(int64_t, (gsize)sim->workers);
    uint32_t random = 12345;
    by_hand_init(&sim->hand);
    for (int w = 0; w < sim->workers; w++)
        busy[w] = -1;
    for (int64_t now = 1; now < steps; now++) {
        for (int w = 0; w < sim->workers; w++) {
            if (until[w] > now)
                continue;
            random = random * 1664525 + 1013904223;
            until[w] = now + 50 + (random >> 16) % 400;
            if (busy[w] < 0) {
                busy[w] = stacked > 0 ? stack[--stacked] : count++;
                struct simulated *c = &all[busy[w]];
                if (c->record.requests++ == 0) {
                    uint32_t before = c->record.requests;
                    c->record = opened(1, (uint16_t)(1000 + busy[w]), now);
                    c->record.requests = before;
                }
                begun[w] = c->record.requests == 1 ? now + 1 : now; // a dial takes its time
                continue;
            }
            struct simulated *c = &all[busy[w]];
            exchanged(&sim->hand, &c->record, begun[w], now);
            if (stacked < sim->limit)
                stack[stacked++] = busy[w];
            else
                simulated_end(sim, c, now);
            busy[w] = -1;
        }
    }
    for (int i = 0; i < count; i++)
        if (!all[i].is_closed)
            judged(&sim->hand, all[i].record, CAUSE_OPEN);
    g_free(all);
    g_free(stack);
    g_free(busy);
    g_free(until);
    g_free(begun);
}

// Records come in order of their first frame.
static int compare_frames(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    return x->at[AT_START].frame < y->at[AT_START].frame ? -1 : 1;
}

static void order(struct by_hand *hand)
{
    qsort(hand->records->data, hand->records->len, sizeof(struct record), compare_frames);
    for (guint i = 0; i < hand->records->len; i++) {
        const struct record *r = &g_array_index(hand->records, struct record, i);
        g_array_index(hand->verdicts, struct verdict, i).cause =
            r->close_how == CLOSE_OPEN ? CAUSE_OPEN : CAUSE_CLIENT_POOL_LIMIT;
    }
}

static void replay_at_the_captured_limit_is_within_10_percent(void)
{
    static const int limits[] = {1, 2, 5, 10};
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        struct simulation sim = {.workers = 20, .limit = limits[i]};
        simulate(&sim, 200000);
        order(&sim.hand);
        for (guint v = 0; v < sim.hand.verdicts->len; v++) {
            struct verdict *verdict = &g_array_index(sim.hand.verdicts, struct verdict, v);
            verdict->group = GROUP_KEPT_PEERS;
            verdict->value = limits[i];
        }
        struct analysis *a = by_hand_settle(&sim.hand, 200000);
        struct known_defaults *known = known_defaults_new("", 0, NULL);
        a->settings = settings_new(a, known);
        by_hand_replay(a, &sim.hand, 1);
        CU_ASSERT_EQUAL_FATAL(a->what_ifs->len, 1);
        const struct what_if *w = &g_array_index(a->what_ifs, struct what_if, 0);
        double ratio = (double)w->replayed_opens / (double)w->captured.opens;
        CU_ASSERT_EQUAL(w->captured.limit, (uint32_t)limits[i]);
        CU_ASSERT_TRUE(ratio > 0.9 && ratio < 1.1);
        CU_ASSERT_TRUE(w->recommended.limit > (uint32_t)limits[i] || limits[i] == 10);
        CU_ASSERT_TRUE(w->recommended.opens <= w->replayed_opens);
        CU_ASSERT_TRUE(w->curve->len <= WHAT_IF_POINTS);
        printf("\n    limit %d: captured %d opens, replayed %d, recommended %u with %d ", limits[i],
               (int)w->captured.opens, (int)w->replayed_opens, w->recommended.limit,
               (int)w->recommended.opens);
        known_defaults_free(known);
        by_hand_clear(&sim.hand);
    }
}

static void curve_falls_with_the_limit_and_ends_without_one(void)
{
    struct simulation sim = {.workers = 20, .limit = 2};
    simulate(&sim, 200000);
    order(&sim.hand);
    struct analysis *a = by_hand_settle(&sim.hand, 200000);
    by_hand_replay(a, &sim.hand, 1);
    CU_ASSERT_EQUAL_FATAL(a->what_ifs->len, 1);
    const GArray *curve = g_array_index(a->what_ifs, struct what_if, 0).curve;
    uint64_t before = UINT64_MAX;
    for (guint i = 0; i < curve->len; i++) {
        const struct what_if_point *point = &g_array_index(curve, struct what_if_point, i);
        CU_ASSERT_TRUE(point->opens <= before);
        before = point->opens;
    }
    CU_ASSERT_EQUAL(g_array_index(curve, struct what_if_point, curve->len - 1).limit, UINT32_MAX);
    CU_ASSERT_EQUAL(before, 20);
    by_hand_clear(&sim.hand);
}

static void nothing_gives_nothing(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct analysis *a = by_hand_settle(&hand, 0);
    by_hand_replay(a, &hand, 1);
    CU_ASSERT_EQUAL(a->what_ifs->len, 0);
    by_hand_clear(&hand);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("what if", NULL, NULL);
    CU_ADD_TEST(suite, surplus_connections_are_closed_when_they_return);
    CU_ADD_TEST(suite, time_wait_ends_after_60_seconds);
    CU_ADD_TEST(suite, idle_connections_expire_by_the_shorter_timeout);
    CU_ADD_TEST(suite, a_total_limit_evicts_the_least_recently_used_host);
    CU_ADD_TEST(suite, closes_that_no_pool_explains_happen_at_any_setting);
    CU_ADD_TEST(suite, spare_dials_are_made_only_when_nothing_is_idle);
    CU_ADD_TEST(suite, a_request_limit_of_the_server_wears_connections_out);
    CU_ADD_TEST(suite, closes_by_rst_leave_no_time_wait);
    CU_ADD_TEST(suite, a_connection_dialled_in_advance_is_idle_until_its_first_request);
    CU_ADD_TEST(suite, pools_that_open_too_many_explain_no_more_than_one);
    CU_ADD_TEST(suite, replay_at_the_captured_limit_is_within_10_percent);
    CU_ADD_TEST(suite, curve_falls_with_the_limit_and_ends_without_one);
    CU_ADD_TEST(suite, nothing_gives_nothing);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
