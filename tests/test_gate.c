// SPDX-License-Identifier: BSD-2-Clause
// Tests of --fail-on: which expressions are read, what they say of an analysis, and which exit
// status wins.
#include <CUnit/Basic.h>
#include <math.h>
#include <stdlib.h>

#include "command/gate.h"
#include "command/status.h"
#include "judge/finding.h"

// An analysis of 20 connections, 5 of them unread-body, with 100 requests, 80 of them reused.
static struct analysis *measured(void)
{
    struct analysis *all = g_new0(struct analysis, 1);
    all->totals = (struct totals){.connections = 20,
                                  .counted_requests = 100,
                                  .reused = 80,
                                  .opened_with_syn = 20,
                                  .per_connection = {5, 4, 8, 9, 9, 20}};
    all->first = 0;
    all->last = INT64_C(10000000000);
    all->causes = g_array_new(FALSE, FALSE, sizeof(struct cause_row));
    all->families = g_array_new(FALSE, FALSE, sizeof(struct family_row));
    all->findings = g_array_new(FALSE, TRUE, sizeof(struct finding));
    const struct cause_row rows[] = {{CAUSE_UNREAD_BODY, "client", 3, {0}},
                                     {CAUSE_UNREAD_BODY, "server", 2, {0}},
                                     {CAUSE_OPEN, "none", 15, {0}}};
    g_array_append_vals(all->causes, rows, G_N_ELEMENTS(rows));
    const struct family_row family = {FAMILY_INCOMPLETE_BODY, 5};
    g_array_append_val(all->families, family);
    const struct finding finding = {.id = FINDING_BODY_NOT_DRAINED};
    g_array_append_val(all->findings, finding);
    return all;
}

static void measured_free(struct analysis *all)
{
    g_array_free(all->causes, TRUE);
    g_array_free(all->families, TRUE);
    g_array_free(all->findings, TRUE);
    g_free(all);
}

static enum gate_result judged(const char *expression, const struct analysis *all, double *value)
{
    struct gate *gate = gate_new(expression, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(gate);
    enum gate_result result = gate_judge(gate, all, value);
    gate_free(gate);
    return result;
}

static void every_metric_has_its_value(void)
{
    static const struct {
        const char *metric;
        double value;
    } metrics[] = {
        {"reuse_ratio", 0.8},
        {"requests_per_connection.mean", 5},
        {"requests_per_connection.p50", 4},
        {"requests_per_connection.p90", 8},
        {"requests_per_connection.p99", 9},
        {"connections", 20},
        {"opens_per_second", 2},
        {"cause:unread-body", 5},
        {"cause:half-close", 0},
        {"family:incomplete-body", 5},
        {"finding:body-not-drained", 1},
        {"finding:reuse-good", 0},
    };
    struct analysis *all = measured();
    for (size_t i = 0; i < G_N_ELEMENTS(metrics); i++) {
        char *expression = g_strdup_printf("%s >= 0", metrics[i].metric);
        double value;
        CU_ASSERT_EQUAL(judged(expression, all, &value), GATE_FAILS);
        CU_ASSERT_DOUBLE_EQUAL(value, metrics[i].value, 1e-9);
        g_free(expression);
    }
    measured_free(all);
}

static void every_operator_compares(void)
{
    struct analysis *all = measured();
    double value;
    CU_ASSERT_EQUAL(judged("connections<20", all, &value), GATE_PASSES);
    CU_ASSERT_EQUAL(judged("connections<=20", all, &value), GATE_FAILS);
    CU_ASSERT_EQUAL(judged("connections==20", all, &value), GATE_FAILS);
    CU_ASSERT_EQUAL(judged("connections==21", all, &value), GATE_PASSES);
    CU_ASSERT_EQUAL(judged("connections>=20", all, &value), GATE_FAILS);
    CU_ASSERT_EQUAL(judged("connections>20", all, &value), GATE_PASSES);
    CU_ASSERT_EQUAL(judged("  connections  >  19.5 ", all, &value), GATE_FAILS);
    measured_free(all);
}

static void a_percent_sign_asks_for_the_share(void)
{
    struct analysis *all = measured();
    double value;
    CU_ASSERT_EQUAL(judged("cause:unread-body>24%", all, &value), GATE_FAILS);
    CU_ASSERT_DOUBLE_EQUAL(value, 25, 1e-9);
    CU_ASSERT_EQUAL(judged("family:incomplete-body > 25 %", all, &value), GATE_PASSES);
    measured_free(all);
}

static void emptiness_is_no_pass(void)
{
    struct analysis *all = measured();
    double value;
    all->totals.counted_requests = 0;
    CU_ASSERT_EQUAL(judged("reuse_ratio<0.9", all, &value), GATE_NOTHING);
    all->totals.per_connection = (struct distribution){.mean = NAN};
    CU_ASSERT_EQUAL(judged("requests_per_connection.mean<2", all, &value), GATE_NOTHING);
    CU_ASSERT_EQUAL(judged("requests_per_connection.p50<2", all, &value), GATE_NOTHING);
    all->last = all->first;
    CU_ASSERT_EQUAL(judged("opens_per_second>1", all, &value), GATE_NOTHING);
    CU_ASSERT_EQUAL(judged("time_wait_peak>1", all, &value), GATE_NOTHING);
    all->totals.connections = 0;
    CU_ASSERT_EQUAL(judged("connections>5", all, &value), GATE_NOTHING);
    CU_ASSERT_EQUAL(judged("cause:half-close>0", all, &value), GATE_NOTHING);
    measured_free(all);
}

static void what_is_no_expression_is_an_error(void)
{
    static const char *const wrong[] = {
        "",
        "reuse_ratio",
        "reuse_ratio<",
        "<1",
        "reuse_ratio=1",
        "reuse_ratio<1x",
        "reuse_ratio<nan",
        "reuse_ratio<1%",
        "reuse_ratio<<1",
        "cause:>0",
        "cause:none>0",
        "family:x>0",
        "finding:x>0",
        "finding:reuse-good>1%",
        "requests_per_connection.p42>1",
        "requests_per_connection>1",
        "cause:unread-body>5%%",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GError *error = NULL;
        CU_ASSERT_PTR_NULL(gate_new(wrong[i], &error));
        CU_ASSERT_PTR_NOT_NULL_FATAL(error);
        CU_ASSERT_PTR_NOT_NULL(strstr(error->message, "--fail-on"));
        g_error_free(error);
    }
}

static void the_first_of_2_5_7_3_4_6_1_is_the_status(void)
{
    static const enum status order[] = {2, 5, 7, 3, 4, 6, 1, 0};
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(order); j++)
            CU_ASSERT_EQUAL(status_join(order[i], order[j]), order[MIN(i, j)]);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("gate", NULL, NULL);
    CU_ADD_TEST(suite, every_metric_has_its_value);
    CU_ADD_TEST(suite, every_operator_compares);
    CU_ADD_TEST(suite, a_percent_sign_asks_for_the_share);
    CU_ADD_TEST(suite, emptiness_is_no_pass);
    CU_ADD_TEST(suite, what_is_no_expression_is_an_error);
    CU_ADD_TEST(suite, the_first_of_2_5_7_3_4_6_1_is_the_status);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
