// SPDX-License-Identifier: BSD-2-Clause
// Totals, cause rows and the histogram of requests per connection.
#include <CUnit/Basic.h>
#include <math.h>

#include "by_hand.h"
#include "judge/summary.h"

static void add(struct tally *tally, uint32_t requests, enum cause cause, bool is_probe)
{
    struct record r = opened(1, 1000, 0);
    struct verdict v = {.cause = (uint8_t)cause, .runner_up = CAUSE_NONE, .is_probe = is_probe};
    if (requests)
        asked(&r, requests, 2, 10);
    if (cause != CAUSE_OPEN)
        closed(&r, CLIENT, 11, 12);
    if (cause == CAUSE_OPAQUE_CLOSED)
        r.phase = PHASE_OPAQUE;
    tally_add(tally, &r, &v);
}

static GArray *histogram_of(const struct tally *tally)
{
    GArray *spread = tally_spread(tally), *rows = spread_histogram(spread);
    g_array_free(spread, TRUE);
    return rows;
}

static void ratios_leave_out_probes_and_opaque_connections(void)
{
    struct tally *tally = tally_new();
    struct totals totals;
    add(tally, 5, CAUSE_CLIENT_IDLE_TIMEOUT, false);
    add(tally, 1, CAUSE_OPEN, false);
    add(tally, 1, CAUSE_CLIENT_ASKED_CLOSE, true);
    add(tally, 0, CAUSE_OPAQUE_CLOSED, false);
    tally_totals(tally, &totals);
    CU_ASSERT_EQUAL(totals.connections, 4);
    CU_ASSERT_EQUAL(totals.closed, 3);
    CU_ASSERT_EQUAL(totals.open, 1);
    CU_ASSERT_EQUAL(totals.requests, 7);
    CU_ASSERT_EQUAL(totals.counted_requests, 6);
    CU_ASSERT_EQUAL(totals.reused, 4);
    CU_ASSERT_EQUAL(totals.probe_connections, 1);
    CU_ASSERT_EQUAL(totals.probe_requests, 1);
    CU_ASSERT_EQUAL(totals.opaque, 1);
    CU_ASSERT_EQUAL(totals.per_connection.connections, 2);
    CU_ASSERT_DOUBLE_EQUAL(totals.per_connection.mean, 3, 1e-9);
    tally_free(tally);
}

static void percentiles_are_nearest_rank(void)
{
    struct tally *tally = tally_new();
    struct totals totals;
    for (uint32_t i = 1; i <= 10; i++)
        add(tally, i, CAUSE_OPEN, false);
    tally_totals(tally, &totals);
    CU_ASSERT_EQUAL(totals.per_connection.p50, 5);
    CU_ASSERT_EQUAL(totals.per_connection.p90, 9);
    CU_ASSERT_EQUAL(totals.per_connection.p99, 10);
    CU_ASSERT_EQUAL(totals.per_connection.max, 10);
    tally_free(tally);
}

static void nothing_adds_up_to_nothing(void)
{
    struct tally *tally = tally_new();
    struct totals totals;
    tally_totals(tally, &totals);
    CU_ASSERT_TRUE(isnan(totals.per_connection.mean));
    CU_ASSERT_EQUAL(totals.counted_requests, 0);
    GArray *rows = histogram_of(tally);
    CU_ASSERT_EQUAL(rows->len, 0);
    g_array_free(rows, TRUE);
    tally_free(tally);
}

static void the_histogram_is_exact_to_100_then_in_1_2_5_decades(void)
{
    static const uint32_t requests[] = {0, 100, 101, 200, 201, 500, 501, 1000, 1001, 2001, 10001};
    static const uint64_t ranges[][3] = {
        {0, 0, 1},      {100, 100, 1},   {101, 200, 2},   {201, 500, 2},
        {501, 1000, 2}, {1001, 2000, 1}, {2001, 5000, 1}, {10001, 20000, 1},
    };
    struct tally *tally = tally_new();
    for (size_t i = 0; i < G_N_ELEMENTS(requests); i++)
        add(tally, requests[i], CAUSE_OPEN, false);
    GArray *rows = histogram_of(tally);
    CU_ASSERT_EQUAL_FATAL(rows->len, G_N_ELEMENTS(ranges));
    for (guint i = 0; i < rows->len; i++) {
        const struct histogram_row *row = &g_array_index(rows, struct histogram_row, i);
        CU_ASSERT_EQUAL(row->from, ranges[i][0]);
        CU_ASSERT_EQUAL(row->to, ranges[i][1]);
        CU_ASSERT_EQUAL(row->connections, ranges[i][2]);
    }
    g_array_free(rows, TRUE);
    tally_free(tally);
}

static void causes_are_ordered_and_families_led_by_the_verdict(void)
{
    struct tally *tally = tally_new();
    add(tally, 1, CAUSE_OPEN, false);
    add(tally, 1, CAUSE_OPEN, false);
    add(tally, 1, CAUSE_CLIENT_POOL_LIMIT, false);
    add(tally, 1, CAUSE_SERVER_SAID_CLOSE, false);
    GArray *causes = tally_causes(tally), *families = causes_families(causes);
    CU_ASSERT_EQUAL_FATAL(causes->len, 3);
    CU_ASSERT_EQUAL(g_array_index(causes, struct cause_row, 0).cause, CAUSE_OPEN);
    CU_ASSERT_STRING_EQUAL(g_array_index(causes, struct cause_row, 0).by, "none");
    CU_ASSERT_EQUAL(g_array_index(causes, struct cause_row, 0).confidence[CONFIDENCE_PROVEN], 2);
    // Whom it blames: either side closes after server-said-close; here the client did.
    CU_ASSERT_STRING_EQUAL(g_array_index(causes, struct cause_row, 1).by, "client");
    CU_ASSERT_EQUAL(g_array_index(families, struct family_row, 0).family, FAMILY_CONNECTION_CLOSE);
    CU_ASSERT_EQUAL(families->len, 3);
    g_array_free(families, TRUE);
    g_array_free(causes, TRUE);
    tally_free(tally);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("summary", NULL, NULL);
    CU_ADD_TEST(suite, ratios_leave_out_probes_and_opaque_connections);
    CU_ADD_TEST(suite, percentiles_are_nearest_rank);
    CU_ADD_TEST(suite, nothing_adds_up_to_nothing);
    CU_ADD_TEST(suite, the_histogram_is_exact_to_100_then_in_1_2_5_decades);
    CU_ADD_TEST(suite, causes_are_ordered_and_families_led_by_the_verdict);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
