// SPDX-License-Identifier: BSD-2-Clause
// Idle timeouts that collide, from hand-made records, settings and exchanges.
#include <CUnit/Basic.h>

#include "analysis_by_hand.h"
#include "judge/conflicts.h"
#include "judge/record_index.h"
#include "judge/settings.h"

static void setting_add(struct analysis *a, enum side role, int64_t ms, int64_t advertised_ms)
{
    struct setting setting = {
        .host = role == CLIENT ? (struct endpoint){ipv4(10, 0, 0, 1), 0}
                               : (struct endpoint){ipv4(10, 0, 1, 1), 80},
        .role = role,
        .kind = SETTING_IDLE_TIMEOUT,
        .value = ms * NANOS_PER_MS,
        .low = ms * NANOS_PER_MS,
        .high = ms * NANOS_PER_MS,
        .n = 5,
        .advertised = advertised_ms ? advertised_ms * NANOS_PER_MS : NANOS_UNKNOWN,
    };
    if (!a->settings)
        a->settings = g_array_new(FALSE, TRUE, sizeof(struct setting));
    g_array_append_val(a->settings, setting);
}

// A connection with one exchange, idle from ms + 10 on.
static struct record idle(struct by_hand *hand, uint16_t port, int64_t ms)
{
    struct record r = opened(1, port, ms);
    asked(&r, 1, ms + 5, ms + 10);
    exchanged(hand, &r, ms + 5, ms + 10);
    return r;
}

// The server closes after `stay`; the request crosses it and is reset.
static void race(struct by_hand *hand, uint16_t port, int64_t ms, int64_t stay)
{
    struct record r = idle(hand, port, ms);
    closed(&r, SERVER, ms + 10 + stay, ms + 11 + stay);
    reset(&r, SERVER, ms + 12 + stay);
    exchanged(hand, &r, ms + 10 + stay, -1);
    judged(hand, r, CAUSE_KEEPALIVE_RACE);
}

static const struct conflict *only_conflict(const struct analysis *a)
{
    CU_ASSERT_EQUAL_FATAL(a->conflicts->len, 1);
    return &g_array_index(a->conflicts, struct conflict, 0);
}

static void find(struct analysis *a, const struct by_hand *hand)
{
    struct exchange_log log = by_hand_log(hand);
    a->conflicts = conflicts_new(a, &log);
    exchange_log_free(&log);
}

static struct analysis *settle(struct by_hand *hand, int64_t client_ms, int64_t server_ms)
{
    struct analysis *a = by_hand_settle(hand, 1000000);
    if (client_ms)
        setting_add(a, CLIENT, client_ms, 0);
    if (server_ms)
        setting_add(a, SERVER, server_ms, 0);
    find(a, hand);
    return a;
}

static void longer_client_timeout_is_a_conflict_with_advice(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    judged(&hand, idle(&hand, 1000, 0), CAUSE_OPEN);
    struct analysis *a = settle(&hand, 90000, 60000);
    const struct conflict *c = only_conflict(a);
    CU_ASSERT_EQUAL(c->client_value, 90 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(c->server_value, 60 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(c->advice, 58 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(c->raced, 0);
    by_hand_clear(&hand);
}

static void shorter_client_timeout_is_none(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    judged(&hand, idle(&hand, 1000, 0), CAUSE_OPEN);
    struct analysis *a = settle(&hand, 4000, 5000);
    CU_ASSERT_EQUAL(a->conflicts->len, 0);
    by_hand_clear(&hand);
}

static void server_that_closes_idle_connections_outlived_by_its_client(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record r = idle(&hand, 1000, 0);
    closed(&r, SERVER, 5010, 5011);
    judged(&hand, r, CAUSE_SERVER_IDLE_TIMEOUT);
    struct analysis *a = settle(&hand, 0, 5000);
    const struct conflict *c = only_conflict(a);
    CU_ASSERT_EQUAL(c->client_value, NANOS_UNKNOWN);
    CU_ASSERT_EQUAL(c->advice, 4 * NANOS_PER_SECOND);
    by_hand_clear(&hand);
}

static void announced_timeout_below_the_observed_one_rules_the_advice(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    judged(&hand, idle(&hand, 1000, 0), CAUSE_OPEN);
    struct analysis *a = by_hand_settle(&hand, 1000);
    setting_add(a, CLIENT, 90000, 0);
    setting_add(a, SERVER, 6000, 5000);
    find(a, &hand);
    CU_ASSERT_EQUAL(only_conflict(a)->advice, 4 * NANOS_PER_SECOND);
    by_hand_clear(&hand);
}

static void races_are_counted_with_acknowledgement_and_retry(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    race(&hand, 1000, 0, 5000);
    race(&hand, 1001, 10000, 5000);
    race(&hand, 1002, 20000, 5000);
    fact(&g_array_index(hand.records, struct record, 0), FACT_HALF_CLOSE);
    g_array_index(hand.exchanges, struct exchange, 5).is_idempotent = false;
    struct record retry = opened(1, 2000, 5015); // the first race failed at 5012
    asked(&retry, 1, 5020, 5025);
    judged(&hand, retry, CAUSE_OPEN);
    exchanged(&hand, &retry, 5020, 5025);
    exchanged(&hand, &retry, 18000, 18005); // too late for the second one's 15012
    exchanged(&hand, &retry, 25030, 25035); // in time for the third, but of another kind
    struct analysis *a = settle(&hand, 0, 5000);
    const struct conflict *c = only_conflict(a);
    CU_ASSERT_EQUAL(c->raced, 3);
    CU_ASSERT_EQUAL(c->acknowledged, 1);
    CU_ASSERT_EQUAL(c->retried, 1);
    CU_ASSERT_EQUAL(c->not_idempotent, 1);
    by_hand_clear(&hand);
}

static void requests_after_nearly_the_timeout_would_race(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record r = idle(&hand, 1000, 0);
    static const int64_t stays[] = {100, 4950, 4890, 4899, 4900, 3000};
    int64_t now = 10;
    for (size_t i = 0; i < G_N_ELEMENTS(stays); i++) {
        exchanged(&hand, &r, now + stays[i], now + stays[i] + 5);
        now += stays[i] + 5;
    }
    judged(&hand, r, CAUSE_OPEN);
    struct analysis *a = settle(&hand, 90000, 5000);
    CU_ASSERT_EQUAL(only_conflict(a)->would_race, 2); // from 4.9 s on: 2 % of 5 s
    by_hand_clear(&hand);
}

static void races_without_settings_are_conflicts_too(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    race(&hand, 1000, 0, 5000);
    struct analysis *a = settle(&hand, 0, 0);
    const struct conflict *c = only_conflict(a);
    CU_ASSERT_EQUAL(c->raced, 1);
    CU_ASSERT_EQUAL(c->server_value, NANOS_UNKNOWN);
    CU_ASSERT_EQUAL(c->advice, NANOS_UNKNOWN);
    by_hand_clear(&hand);
}

static void nothing_gives_no_conflicts(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct analysis *a = settle(&hand, 0, 0);
    CU_ASSERT_EQUAL(a->conflicts->len, 0);
    by_hand_clear(&hand);
}

static void records_are_found_by_their_first_frame(void)
{
    enum { COUNT = 1000 };
    uint32_t frames[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        frames[i] = 1 + i * i * 4; // sparse, uneven
    struct record_index *index = record_index_new(frames, COUNT);
    for (uint32_t i = 0; i < COUNT; i++) {
        CU_ASSERT_EQUAL(record_index_find(index, 1 + i * i * 4), i);
        CU_ASSERT_EQUAL(record_index_find(index, 2 + i * i * 4), RECORD_NONE);
    }
    CU_ASSERT_EQUAL(record_index_find(index, 0), RECORD_NONE);
    CU_ASSERT_EQUAL(record_index_find(index, UINT32_MAX), RECORD_NONE);
    record_index_free(index);
    index = record_index_new(NULL, 0);
    CU_ASSERT_EQUAL(record_index_find(index, 1), RECORD_NONE);
    record_index_free(index);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("conflicts", NULL, NULL);
    CU_ADD_TEST(suite, longer_client_timeout_is_a_conflict_with_advice);
    CU_ADD_TEST(suite, shorter_client_timeout_is_none);
    CU_ADD_TEST(suite, server_that_closes_idle_connections_outlived_by_its_client);
    CU_ADD_TEST(suite, announced_timeout_below_the_observed_one_rules_the_advice);
    CU_ADD_TEST(suite, races_are_counted_with_acknowledgement_and_retry);
    CU_ADD_TEST(suite, requests_after_nearly_the_timeout_would_race);
    CU_ADD_TEST(suite, races_without_settings_are_conflicts_too);
    CU_ADD_TEST(suite, nothing_gives_no_conflicts);
    CU_ADD_TEST(suite, records_are_found_by_their_first_frame);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
