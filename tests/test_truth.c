// SPDX-License-Identifier: BSD-2-Clause
// Every sample against its truth, which the recorded programs wrote: as recorded, and with packets
// missing. A poor capture may make a cause weaker or unattributed, never wrong.
#include <CUnit/Basic.h>
#include <stdio.h>

#include "judge/rule_lists.h"
#include "judge/rules.h"
#include "judged.h"
#include "tests/truth.h"

struct score {
    unsigned connections, right, weaker, wrong;
};

static bool is_weaker(const struct distortion *d, const struct truth *truth,
                      const struct verdict *verdict)
{
    bool is_distorted =
        d->dropped || d->snaplen || d->client_only || d->server_only || d->cut_first || d->cut_last;
    if (!is_distorted)
        return false;
    if (verdict->cause == CAUSE_UNATTRIBUTED)
        return verdict->reason != REASON_NONE && verdict->reason != REASON_NO_RULE;
    // The silence that makes a leak is beyond the end of the capture.
    if (d->cut_last && truth_names(truth, CAUSE_CLOSE_WAIT_LEAK) &&
        verdict->confidence == CONFIDENCE_AMBIGUOUS)
        return true;
    // A close beyond the end of the capture is none.
    if (verdict->cause == CAUSE_OPEN)
        return d->cut_last > 0 || d->client_only || d->server_only ||
               truth_names(truth, CAUSE_LEAKED_CONNECTION) ||
               (d->dropped && verdict->confidence > CONFIDENCE_PROVEN);
    return verdict->confidence == CONFIDENCE_AMBIGUOUS &&
           truth_names(truth, (enum cause)verdict->runner_up);
}

static void tell(const char *name, const struct record *r, const struct verdict *v,
                 const char *causes)
{
    const char *runner = cause_key((enum cause)v->runner_up), *reason = reason_key(v->reason);
    printf("\n    %s port %u frame %u: %s, %s, %s%s%s, truth %s", name, r->end[CLIENT].port,
           r->at[AT_START].frame, cause_key(v->cause), confidence_key(v->confidence),
           runner ? runner : "no runner-up", reason ? " " : "", reason ? reason : "", causes);
}

static struct score score_sample(const char *base, const struct distortion *distortion, bool tells)
{
    struct score score = {0, 0, 0, 0};
    char *capture = truth_capture(base), *truth_path = g_strconcat(base, ".truth", NULL);
    GArray *truths = truths_load(truth_path);
    struct judged *judged = judged_new(capture, distortion);
    for (size_t i = 0; judged && i < judged->analysis->record_count; i++) {
        const struct record *record = &judged->analysis->records[i];
        const struct verdict *verdict = &judged->analysis->verdicts[i];
        const struct endpoint client = {record->end[CLIENT].address, record->end[CLIENT].port};
        const struct truth *truth = truths_take(truths, &client);
        if (!truth)
            continue;
        bool is_right = truth_names(truth, (enum cause)verdict->cause);
        bool weak = !is_right && is_weaker(distortion, truth, verdict);
        score.connections++;
        score.right += is_right;
        score.weaker += weak;
        score.wrong += !is_right && !weak;
        if (!is_right && !weak && tells)
            tell(base, record, verdict, truth->causes);
    }
    judged_free(judged);
    g_array_free(truths, TRUE);
    g_free(truth_path);
    g_free(capture);
    return score;
}

static struct score score_all(const struct distortion *distortion, const char *what)
{
    struct score all = {0, 0, 0, 0};
    GPtrArray *bases = truth_samples();
    for (guint i = 0; i < bases->len; i++) {
        struct score one = score_sample(bases->pdata[i], distortion, true);
        all.connections += one.connections;
        all.right += one.right;
        all.weaker += one.weaker;
        all.wrong += one.wrong;
    }
    printf("\n    %s: %u connections of %u samples: %u right, %u weaker, %u wrong\n", what,
           all.connections, bases->len, all.right, all.weaker, all.wrong);
    g_ptr_array_free(bases, TRUE);
    return all;
}

// The rules in order, and the lists of those that a close and phase leaves, say the same.
static unsigned count_differing(struct rule_lists *lists, const char *base,
                                const struct distortion *distortion)
{
    char *capture = truth_capture(base);
    struct judged *judged = judged_new(capture, distortion);
    unsigned differing = 0;
    for (size_t i = 0; judged && i < judged->analysis->record_count; i++) {
        const struct record *record = &judged->analysis->records[i];
        struct verdict one = rules_judge(record), other = rule_lists_judge(lists, record);
        differing += one.cause != other.cause || one.runner_up != other.runner_up ||
                     one.confidence != other.confidence || one.reason != other.reason;
    }
    judged_free(judged);
    g_free(capture);
    return differing;
}

static void test_lists(void)
{
    static const struct distortion forms[] = {
        {.dropped = 0}, {.dropped = 50}, {.snaplen = 96}, {.client_only = true}, {.cut_first = 20}};
    struct rule_lists *lists = rule_lists_new();
    GPtrArray *bases = truth_samples();
    for (size_t f = 0; f < G_N_ELEMENTS(forms); f++)
        for (guint i = 0; i < bases->len; i++)
            CU_ASSERT_EQUAL(count_differing(lists, bases->pdata[i], &forms[f]), 0);
    g_ptr_array_free(bases, TRUE);
    rule_lists_free(lists);
}

static void test_as_recorded(void)
{
    struct score score = score_all(&(struct distortion){.dropped = 0}, "as recorded");
    CU_ASSERT(score.connections > 100);
    CU_ASSERT_EQUAL(score.wrong, 0);
}

// TRUTH_SEEDS asks for more than one choice of the packets that are missing.
static void test_lossy(void)
{
    const char *asked = g_getenv("TRUTH_SEEDS");
    uint32_t seeds = asked ? (uint32_t)g_ascii_strtoull(asked, NULL, 10) : 1;
    for (uint32_t seed = 0; seed < seeds; seed++) {
        struct distortion few = {.dropped = 10, .seed = seed}, many = {.dropped = 50, .seed = seed};
        CU_ASSERT_EQUAL(score_all(&few, "1 % missing").wrong, 0);
        CU_ASSERT_EQUAL(score_all(&many, "5 % missing").wrong, 0);
    }
}

static void test_short(void)
{
    CU_ASSERT_EQUAL(score_all(&(struct distortion){.snaplen = 96}, "snaplen 96").wrong, 0);
}

static void test_one_direction(void)
{
    CU_ASSERT_EQUAL(score_all(&(struct distortion){.client_only = true}, "client only").wrong, 0);
    CU_ASSERT_EQUAL(score_all(&(struct distortion){.server_only = true}, "server only").wrong, 0);
}

static void test_cut(void)
{
    struct distortion cut = {.cut_first = 20, .cut_last = 20};
    CU_ASSERT_EQUAL(score_all(&cut, "cut at both ends").wrong, 0);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("truth", NULL, NULL);
    CU_add_test(suite, "every connection has the cause that its programs know", test_as_recorded);
    CU_add_test(suite, "missing packets make no cause wrong", test_lossy);
    CU_add_test(suite, "cut packets make no cause wrong", test_short);
    CU_add_test(suite, "a missing direction makes no cause wrong", test_one_direction);
    CU_add_test(suite, "missing ends make no cause wrong", test_cut);
    CU_add_test(suite, "lists of rules judge as the rules do", test_lists);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? 1 : 0;
}
