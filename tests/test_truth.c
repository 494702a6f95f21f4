// SPDX-License-Identifier: BSD-2-Clause
// Every sample against its truth, which the recorded programs wrote. Poorer forms of the samples:
// test_degraded.c.
#include <CUnit/Basic.h>
#include <stdio.h>

#include "judged.h"
#include "tests/truth.h"

struct score {
    unsigned connections, right;
};

static void tell(const char *name, const struct record *r, const struct verdict *v,
                 const struct truth *truth)
{
    const char *runner = cause_key((enum cause)v->runner_up), *reason = reason_key(v->reason);
    printf("\n    %s port %u frame %u: %s, %s, %s%s%s, truth %s %s", name, r->end[CLIENT].port,
           r->at[AT_START].frame, cause_key(v->cause), confidence_key(v->confidence),
           runner ? runner : "no runner-up", reason ? " " : "", reason ? reason : "", truth->causes,
           truth->by);
}

// Who closed first, where the programs know it.
static bool is_by(const struct truth *truth, const struct record *record)
{
    if (strcmp(truth->by, "client") == 0)
        return record->close_by == CLOSE_BY_CLIENT;
    if (strcmp(truth->by, "server") == 0)
        return record->close_by == CLOSE_BY_SERVER;
    return true;
}

static void score_sample(struct score *score, const char *base)
{
    char *capture = truth_capture(base), *truth_path = g_strconcat(base, ".truth", NULL);
    GArray *truths = truths_load(truth_path);
    struct judged *judged = judged_new(capture);
    CU_ASSERT_PTR_NOT_NULL(judged);
    for (size_t i = 0; judged && i < judged->analysis->record_count; i++) {
        const struct record *record = &judged->analysis->records[i];
        const struct verdict *verdict = &judged->analysis->verdicts[i];
        const struct endpoint client = {record->end[CLIENT].address, record->end[CLIENT].port};
        const struct truth *truth = truths_take(truths, &client);
        CU_ASSERT_PTR_NOT_NULL(truth);
        if (!truth)
            continue;
        bool is_right = truth_names(truth, (enum cause)verdict->cause) && is_by(truth, record);
        score->connections++;
        score->right += is_right;
        if (!is_right)
            tell(base, record, verdict, truth);
    }
    judged_free(judged);
    g_array_free(truths, TRUE);
    g_free(truth_path);
    g_free(capture);
}

static void each_connection_has_its_cause(void)
{
    struct score score = {0, 0};
    unsigned skipped;
    GPtrArray *bases = truth_samples(&skipped);
    for (guint i = 0; i < bases->len; i++)
        score_sample(&score, bases->pdata[i]);
    printf("\n    %u of %u connections of %u samples\n", score.right, score.connections,
           bases->len);
    CU_ASSERT(score.connections > 100);
    CU_ASSERT_EQUAL(score.right, score.connections);
    g_ptr_array_free(bases, TRUE);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("truth", NULL, NULL);
    CU_ADD_TEST(suite, each_connection_has_its_cause);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
