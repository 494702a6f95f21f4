// SPDX-License-Identifier: BSD-2-Clause
// Inferred settings from hand-made records and verdicts.
#include <CUnit/Basic.h>

#include "analysis_by_hand.h"
#include "judge/settings.h"
#include "judge/sockets.h"

// The first of this kind of a host, or NULL. `host.port` is 0 for the client role.
static const struct setting *find_setting(const GArray *settings, enum side role,
                                          struct endpoint host, enum setting_kind kind)
{
    for (guint i = 0; i < settings->len; i++) {
        const struct setting *setting = &g_array_index(settings, struct setting, i);
        if (setting->kind == kind && setting->role == role && setting->host.port == host.port &&
            memcmp(&setting->host.address, &host.address, sizeof host.address) == 0)
            return setting;
    }
    return NULL;
}

static struct known_defaults *known;

static void idle_close(struct by_hand *hand, int i, enum side side, int64_t gap)
{
    struct record r = opened(1, (uint16_t)(1000 + i), i * 1000);
    asked(&r, 2, i * 1000 + 5, i * 1000 + 10);
    closed(&r, side, i * 1000 + 10 + gap, i * 1000 + 11 + gap);
    r.names[NAME_AGENT] = name(hand, "Go-http-client/1.1");
    r.names[NAME_SOFTWARE] = name(hand, "nginx/1.22.1");
    judged(hand, r, side == CLIENT ? CAUSE_CLIENT_IDLE_TIMEOUT : CAUSE_SERVER_IDLE_TIMEOUT);
}

static const struct setting *setting_at(const struct analysis *a, guint index)
{
    CU_ASSERT_TRUE_FATAL(index < a->settings->len);
    return &g_array_index(a->settings, struct setting, index);
}

static const char *candidate(const struct setting *setting)
{
    if (!setting->candidates || setting->candidates->len == 0)
        return "";
    return ((struct known_default *)setting->candidates->pdata[0])->product;
}

static void equal_gaps_are_one_idle_timeout_with_its_candidates(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 12; i++)
        idle_close(&hand, i, CLIENT, 90000 + i);
    struct analysis *a = by_hand_settle(&hand, 200000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 1);
    const struct setting *setting = setting_at(a, 0);
    CU_ASSERT_EQUAL(setting->kind, SETTING_IDLE_TIMEOUT);
    CU_ASSERT_EQUAL(setting->role, CLIENT);
    CU_ASSERT_EQUAL(setting->host.port, 0);
    CU_ASSERT_EQUAL(setting->n, 12);
    CU_ASSERT_EQUAL(setting->value, 90006 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(setting->low, 90000 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(setting->high, 90011 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(setting->advertised, NANOS_UNKNOWN);
    CU_ASSERT_TRUE(g_str_has_prefix(candidate(setting), "Go net/http"));
    CU_ASSERT_EQUAL(setting->candidates->len, 1);
    by_hand_clear(&hand);
}

static void different_gaps_are_several_timeouts_of_one_host(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 6; i++)
        idle_close(&hand, i, CLIENT, i < 4 ? 90000 : 30000);
    struct analysis *a = by_hand_settle(&hand, 200000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 2);
    CU_ASSERT_EQUAL(setting_at(a, 0)->n, 4);
    CU_ASSERT_EQUAL(setting_at(a, 1)->n, 2);
    CU_ASSERT_EQUAL(setting_at(a, 1)->value, 30000 * NANOS_PER_MS);
    by_hand_clear(&hand);
}

static void a_reuse_after_a_longer_stay_disproves_a_timeout(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    idle_close(&hand, 0, SERVER, 75000);
    for (int i = 1; i < 3; i++) {
        struct record r = opened(2, (uint16_t)(1000 + i), i * 1000);
        asked(&r, 5, i * 1000 + 5, i * 1000 + 10);
        r.idle_max = 120 * NANOS_PER_SECOND;
        judged(&hand, r, CAUSE_OPEN);
    }
    struct analysis *a = by_hand_settle(&hand, 400000);
    a->settings = settings_new(a, known);
    const struct setting *server = find_setting(
        a->settings, SERVER, (struct endpoint){ipv4(10, 0, 1, 1), 80}, SETTING_IDLE_TIMEOUT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(server);
    CU_ASSERT_EQUAL(server->value, NANOS_UNKNOWN);
    CU_ASSERT_EQUAL(server->low, 120 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(server->high, NANOS_UNKNOWN);
    CU_ASSERT_EQUAL(server->n, 2);
    by_hand_clear(&hand);
}

static void advertised_and_observed_stand_side_by_side(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++) {
        idle_close(&hand, i, SERVER, 6002 + i);
        struct record *r = &g_array_index(hand.records, struct record, (guint)i);
        r->advertised_timeout = 5;
        r->names[NAME_SOFTWARE] = 0;
    }
    struct analysis *a = by_hand_settle(&hand, 20000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 1);
    CU_ASSERT_EQUAL(setting_at(a, 0)->advertised, 5 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(setting_at(a, 0)->value, 6003 * NANOS_PER_MS);
    CU_ASSERT_TRUE(g_str_has_prefix(candidate(setting_at(a, 0)), "Node http.Server"));
    by_hand_clear(&hand);
}

static void an_announced_timeout_is_told_even_when_none_was_seen(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct record r = opened(1, 1000, 0);
    asked(&r, 1, 5, 10);
    r.advertised_timeout = 5;
    judged(&hand, r, CAUSE_OPEN);
    struct analysis *a = by_hand_settle(&hand, 1000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 1);
    CU_ASSERT_EQUAL(setting_at(a, 0)->value, NANOS_UNKNOWN);
    CU_ASSERT_EQUAL(setting_at(a, 0)->low, NANOS_UNKNOWN);
    CU_ASSERT_EQUAL(setting_at(a, 0)->advertised, 5 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(setting_at(a, 0)->n, 0);
    by_hand_clear(&hand);
}

static void a_late_sweep_is_one_range_for_the_client_that_sweeps(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    static const int gaps[] = {5003, 5900, 7100, 8300};
    for (int i = 0; i < 4; i++) {
        idle_close(&hand, i, CLIENT, gaps[i]);
        g_array_index(hand.records, struct record, (guint)i).names[NAME_AGENT] =
            name(&hand, "Java/17.0.15");
    }
    struct analysis *a = by_hand_settle(&hand, 20000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 1);
    CU_ASSERT_EQUAL(setting_at(a, 0)->low, 5003 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(setting_at(a, 0)->high, 8300 * NANOS_PER_MS);
    CU_ASSERT_TRUE(g_str_has_prefix(candidate(setting_at(a, 0)), "JDK HttpURLConnection"));
    by_hand_clear(&hand);
}

static void pool_limits_are_counts(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 5; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 100);
        asked(&r, 3, i * 100 + 5, i * 100 + 10);
        closed(&r, CLIENT, i * 100 + 11, i * 100 + 12);
        r.names[NAME_AGENT] = name(&hand, "Go-http-client/1.1");
        struct verdict *v = judged(&hand, r, CAUSE_CLIENT_POOL_LIMIT);
        v->group = GROUP_KEPT_PEERS;
        v->value = 2;
        v->kept_peers = i == 0 ? 1 : 2;
    }
    struct analysis *a = by_hand_settle(&hand, 1000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 1);
    CU_ASSERT_EQUAL(setting_at(a, 0)->kind, SETTING_POOL_LIMIT);
    CU_ASSERT_EQUAL(setting_at(a, 0)->value, 2);
    CU_ASSERT_EQUAL(setting_at(a, 0)->low, 1);
    CU_ASSERT_EQUAL(setting_at(a, 0)->high, 2);
    CU_ASSERT_TRUE(g_str_has_prefix(candidate(setting_at(a, 0)), "Go net/http DefaultMaxIdle"));
    by_hand_clear(&hand);
}

static void waits_for_a_response_and_keep_alive_probes_are_settings(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 5000);
        asked(&r, 1, i * 5000 + 2, i * 5000 + 3);
        r.at[AT_RESPONSE_BEGIN] = r.at[AT_RESPONSE_END] = (struct moment){0, 0};
        closed(&r, CLIENT, i * 5000 + 3002, i * 5000 + 3003);
        r.end[CLIENT].probes = 3;
        r.probe_period_ms = 15090;
        judged(&hand, r, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
    }
    struct analysis *a = by_hand_settle(&hand, 20000);
    a->settings = settings_new(a, known);
    struct endpoint client = {ipv4(10, 0, 0, 1), 0};
    const struct setting *wait =
        find_setting(a->settings, CLIENT, client, SETTING_RESPONSE_TIMEOUT);
    const struct setting *period =
        find_setting(a->settings, CLIENT, client, SETTING_TCP_KEEPALIVE_PERIOD);
    CU_ASSERT_PTR_NOT_NULL_FATAL(wait);
    CU_ASSERT_PTR_NOT_NULL_FATAL(period);
    CU_ASSERT_EQUAL(wait->value, 3000 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(wait->n, 3);
    CU_ASSERT_EQUAL(period->value, 15090 * NANOS_PER_MS);
    CU_ASSERT_TRUE(g_str_has_prefix(candidate(period), "Go net.Dialer"));
    by_hand_clear(&hand);
}

static void a_probe_period_ranks_candidates_without_an_agent(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 1000);
        closed(&r, CLIENT, i * 1000 + 90001, i * 1000 + 90002);
        r.gap = 90000 * NANOS_PER_MS;
        r.end[CLIENT].probes = 5;
        r.probe_period_ms = 15090;
        judged(&hand, r, CAUSE_UNUSED_CONNECTION);
    }
    struct analysis *a = by_hand_settle(&hand, 100000);
    a->settings = settings_new(a, known);
    const struct setting *idle = find_setting(
        a->settings, CLIENT, (struct endpoint){ipv4(10, 0, 0, 1), 0}, SETTING_IDLE_TIMEOUT);
    CU_ASSERT_PTR_NOT_NULL_FATAL(idle);
    CU_ASSERT_EQUAL(idle->n, 3);
    CU_ASSERT_TRUE(g_str_has_prefix(candidate(idle), "Go net/http"));
    by_hand_clear(&hand);
}

static void one_lone_or_doubtful_value_is_no_setting(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    idle_close(&hand, 0, CLIENT, 1234);
    g_array_index(hand.verdicts, struct verdict, 0).confidence = CONFIDENCE_AMBIGUOUS;
    struct record unused = opened(1, 2000, 0);
    closed(&unused, SERVER, 5000, 5001);
    unused.gap = 5000 * NANOS_PER_MS;
    judged(&hand, unused, CAUSE_UNUSED_CONNECTION);
    struct analysis *a = by_hand_settle(&hand, 10000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 0);
    by_hand_clear(&hand);
}

static void dials_replaced_after_the_same_time_are_a_connect_timeout(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 4; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 3000);
        r.facts = UINT64_C(1) << FACT_SYN;
        r.at[AT_ESTABLISHED] = (struct moment){0, 0};
        judged(&hand, r, CAUSE_CONNECT_TIMEOUT);
    }
    struct analysis *a = by_hand_settle(&hand, 20000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 1);
    CU_ASSERT_EQUAL(setting_at(a, 0)->kind, SETTING_CONNECT_TIMEOUT);
    CU_ASSERT_EQUAL(setting_at(a, 0)->value, 3 * NANOS_PER_SECOND);
    CU_ASSERT_EQUAL(setting_at(a, 0)->n, 3);
    by_hand_clear(&hand);
}

static void a_wait_may_have_begun_at_the_connect(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 1000);
        asked(&r, 1, i * 1000 + 20, i * 1000 + 20);
        closed(&r, CLIENT, i * 1000 + 700, i * 1000 + 701);
        happens(&r, AT_ESTABLISHED, i * 1000 + 19);
        judged(&hand, r, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
    }
    struct analysis *a = by_hand_settle(&hand, 9000);
    a->settings = settings_new(a, known);
    const struct setting *setting = setting_at(a, 0);
    CU_ASSERT_EQUAL(setting->kind, SETTING_RESPONSE_TIMEOUT);
    CU_ASSERT_EQUAL(setting->low, 680 * NANOS_PER_MS);
    CU_ASSERT_EQUAL(setting->high, 700 * NANOS_PER_MS);
    by_hand_clear(&hand);
}

static void a_close_held_back_by_a_full_window_times_nothing(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 3; i++) {
        struct record r = opened(1, (uint16_t)(1000 + i), i * 1000);
        asked(&r, 1, i * 1000 + 2, i * 1000 + 4);
        closed(&r, SERVER, i * 1000 + 3500, i * 1000 + 3501);
        if (i == 0)
            r.stalled_ms = 3400;
        else
            r.facts |= UINT64_C(1) << FACT_CLIENT_STALLED;
        judged(&hand, r, CAUSE_SERVER_TIMEOUT_WRITING_RESPONSE);
    }
    struct analysis *a = by_hand_settle(&hand, 9000);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 0);
    by_hand_clear(&hand);
}

static void nothing_gives_no_settings(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    struct analysis *a = by_hand_settle(&hand, 0);
    a->settings = settings_new(a, known);
    CU_ASSERT_EQUAL(a->settings->len, 0);
    by_hand_clear(&hand);
}

int main(void)
{
    known = known_defaults_embedded();
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("settings", NULL, NULL);
    CU_ADD_TEST(suite, equal_gaps_are_one_idle_timeout_with_its_candidates);
    CU_ADD_TEST(suite, different_gaps_are_several_timeouts_of_one_host);
    CU_ADD_TEST(suite, a_reuse_after_a_longer_stay_disproves_a_timeout);
    CU_ADD_TEST(suite, advertised_and_observed_stand_side_by_side);
    CU_ADD_TEST(suite, an_announced_timeout_is_told_even_when_none_was_seen);
    CU_ADD_TEST(suite, a_late_sweep_is_one_range_for_the_client_that_sweeps);
    CU_ADD_TEST(suite, pool_limits_are_counts);
    CU_ADD_TEST(suite, waits_for_a_response_and_keep_alive_probes_are_settings);
    CU_ADD_TEST(suite, a_probe_period_ranks_candidates_without_an_agent);
    CU_ADD_TEST(suite, one_lone_or_doubtful_value_is_no_setting);
    CU_ADD_TEST(suite, dials_replaced_after_the_same_time_are_a_connect_timeout);
    CU_ADD_TEST(suite, a_wait_may_have_begun_at_the_connect);
    CU_ADD_TEST(suite, a_close_held_back_by_a_full_window_times_nothing);
    CU_ADD_TEST(suite, nothing_gives_no_settings);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    known_defaults_free(known);
    return failed != 0;
}
