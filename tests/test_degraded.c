// SPDX-License-Identifier: BSD-2-Clause
// Every sample in poorer forms, against its truth. A cause may become weaker or unattributed; it
// must not become another one.
#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/decode.h"
#include "tests/engine_judged.h"
#include "judge/rule_lists.h"
#include "judge/rules.h"
#include "tests/remains.h"

#define GROUPS_TOLD 25

enum outcome {
    RIGHT,
    RUNNER_UP,    // ambiguous, with the truth as runner-up
    UNATTRIBUTED, // with what is missing as reason
    HIDDEN,       // what decides was removed: remains_hide()
    ABSENT,       // no record
    UNSURE,       // another cause, but ambiguous
    WRONG,        // another cause, claimed
    OUTCOMES
};

static const char *const outcome_names[OUTCOMES] = {"right",  "runner-up", "unattributed", "hidden",
                                                    "absent", "unsure",    "wrong"};

// Outcomes of all samples and seeds. The budget may only go down (wrong, unsure) or up (right).
struct row {
    struct degradation form;
    struct {
        uint32_t wrong, unsure; // at most
        uint32_t right;         // percent of the connections, at least
    } budget;
};

static const struct row rows[] = {
    {{"as recorded", DEGRADE_NOT, 0, 1}, {0, 0, 100}},
    {{"1 % missing", DEGRADE_LOSS, 10, 5}, {0, 1, 96}},
    {{"5 % missing", DEGRADE_LOSS, 50, 5}, {0, 3, 85}},
    {{"1 % in bursts", DEGRADE_BURSTS, 10, 5}, {0, 0, 97}},
    {{"5 % in bursts", DEGRADE_BURSTS, 50, 5}, {0, 3, 89}},
    {{"snaplen 256", DEGRADE_SNAPLEN, 256, 1}, {0, 0, 92}},
    {{"snaplen 128", DEGRADE_SNAPLEN, 128, 1}, {0, 1, 47}},
    {{"snaplen 96", DEGRADE_SNAPLEN, 96, 1}, {0, 1, 44}},
    {{"snaplen 64", DEGRADE_SNAPLEN, 64, 1}, {0, 1, 28}},
    {{"client's packets", DEGRADE_CLIENT, 0, 1}, {0, 0, 60}},
    {{"server's packets", DEGRADE_SERVER, 0, 1}, {0, 0, 69}},
    {{"cut by 10 %", DEGRADE_CUT, 10, 1}, {0, 1, 73}},
    {{"cut by 25 %", DEGRADE_CUT, 25, 1}, {0, 2, 35}},
    {{"swapped", DEGRADE_SWAP, 0, 3}, {0, 1, 99}},
    {{"doubled in 60 us", DEGRADE_DOUBLE, 60, 1}, {0, 0, 100}},
    {{"doubled in 1 ms", DEGRADE_DOUBLE, 1000, 1}, {0, 0, 100}},
};

struct score {
    struct rule_lists *lists;
    uint32_t connections, count[OUTCOMES];
    GHashTable *groups; // text of what went wrong -> GPtrArray of where
};

struct judged {
    struct names *names;
    struct engine *engine;
    struct analysis *analysis;
};

static struct analysis *judge(struct judged *judged, const struct degraded *degraded)
{
    struct analysis_input input = {
        .names = judged->names, .first = NANOS_UNKNOWN, .last = NANOS_UNKNOWN};
    for (guint i = 0; i < degraded->packets->len; i++) {
        int64_t time = g_array_index(degraded->packets, struct packet, i).time;
        input.first = input.first == NANOS_UNKNOWN ? time : MIN(input.first, time);
        input.last = MAX(input.last, time);
    }
    return engine_judged(judged->engine, engine_records(judged->engine), input);
}

static struct judged judged_new(const struct degraded *degraded)
{
    struct judged judged = {.names = names_new(&limits_default)};
    judged.engine = engine_new(&limits_default, judged.names, &(struct engine_options){NULL});
    struct decoder *decoder = decoder_new(&limits_default);
    int64_t clock = 0;
    for (guint i = 0; i < degraded->packets->len; i++) {
        const struct packet *packet = &g_array_index(degraded->packets, struct packet, i);
        clock = MAX(clock, packet->time);
        struct segment segment = {.clock = clock};
        if (decode_packet(decoder, packet, &segment) == DECODE_TCP)
            engine_take(judged.engine, &segment, 1);
    }
    engine_finish(judged.engine);
    judged.analysis = judge(&judged, degraded);
    decoder_free(decoder);
    return judged;
}

static void judged_free(struct judged *judged)
{
    analysis_free(judged->analysis);
    engine_free(judged->engine);
    names_free(judged->names);
}

static enum outcome outcome_of(const struct verdict *verdict, const struct truth *truth,
                               const struct remains *remains)
{
    if (truth_names(truth, (enum cause)verdict->cause))
        return RIGHT;
    bool is_ambiguous = verdict->confidence == CONFIDENCE_AMBIGUOUS;
    if (is_ambiguous && truth_names(truth, (enum cause)verdict->runner_up))
        return RUNNER_UP;
    if (verdict->cause == CAUSE_UNATTRIBUTED && verdict->reason != REASON_NO_RULE)
        return UNATTRIBUTED;
    if (remains_hide(remains, truth, verdict))
        return HIDDEN;
    return is_ambiguous || verdict->cause == CAUSE_UNATTRIBUTED ? UNSURE : WRONG;
}

// A connection that nothing tells apart has no line in the truth.
static const struct truth **truths_of(const struct whole *whole, GArray *truths)
{
    const struct truth **all = g_new0(const struct truth *, whole->connections->len + 1);
    for (guint i = 0; i < whole->connections->len; i++)
        all[i] = truths_take(truths,
                             &g_array_index(whole->connections, struct whole_connection, i).client);
    return all;
}

struct sample {
    const char *name;
    uint32_t seed; // of the form
    struct whole *whole;
    const struct truth **truth; // of each connection
};

static void tell(struct score *score, enum outcome outcome, const char *what, char *where)
{
    char *key = g_strdup_printf("%-12s %s", outcome_names[outcome], what);
    GPtrArray *list = g_hash_table_lookup(score->groups, key);
    if (list) {
        g_free(key);
    } else {
        list = g_ptr_array_new_with_free_func(g_free);
        g_hash_table_insert(score->groups, key, list);
    }
    g_ptr_array_add(list, where);
}

static bool is_told(enum outcome outcome)
{
    bool is_all = g_getenv("DEGRADED_ALL") != NULL;
    return outcome == WRONG || outcome == UNSURE || (is_all && outcome != RIGHT);
}

static void tell_record(struct score *score, const struct sample *sample, uint32_t connection,
                        const struct verdict *v, enum outcome outcome)
{
    const char *runner = cause_key((enum cause)v->runner_up), *reason = reason_key(v->reason);
    char *what = g_strdup_printf("%s -> %s/%s %s", sample->truth[connection]->causes,
                                 cause_key(v->cause), confidence_key(v->confidence),
                                 reason   ? reason
                                 : runner ? runner
                                          : "");
    const struct whole_connection *c =
        &g_array_index(sample->whole->connections, struct whole_connection, connection);
    char *where = g_strdup_printf("%s#%u:%u", sample->name, sample->seed, c->client.port);
    tell(score, outcome, what, where);
    g_free(what);
}

// The rules in order, and the lists of those that a close and phase leaves, say the same.
static void check_lists(struct rule_lists *lists, const struct record *record)
{
    struct verdict one = rules_judge(record), other = rule_lists_judge(lists, record);
    CU_ASSERT_TRUE(one.cause == other.cause && one.runner_up == other.runner_up &&
                   one.confidence == other.confidence && one.reason == other.reason);
}

static void score_form(struct score *score, const struct sample *sample,
                       const struct degradation *form)
{
    struct degraded *degraded = degraded_new(sample->whole, form, sample->seed);
    GArray *remains = remains_new(sample->whole, degraded);
    struct judged judged = judged_new(degraded);
    bool *seen = g_new0(bool, sample->whole->connections->len + 1);
    for (size_t i = 0; i < judged.analysis->record_count; i++) {
        check_lists(score->lists, &judged.analysis->records[i]);
        uint32_t frame = judged.analysis->records[i].at[AT_START].frame;
        uint32_t origin = g_array_index(degraded->origins, uint32_t, frame - 1);
        uint32_t c = g_array_index(sample->whole->packets, struct whole_packet, origin).connection;
        if (c == NO_CONNECTION || !sample->truth[c])
            continue;
        const struct verdict *verdict = &judged.analysis->verdicts[i];
        enum outcome outcome =
            outcome_of(verdict, sample->truth[c], &g_array_index(remains, struct remains, c));
        score->connections++;
        score->count[outcome]++;
        seen[c] = true;
        if (is_told(outcome))
            tell_record(score, sample, c, verdict, outcome);
    }
    for (guint c = 0; c < sample->whole->connections->len; c++) {
        bool is_absent = sample->truth[c] && !seen[c];
        score->connections += is_absent;
        score->count[ABSENT] += is_absent;
    }
    g_free(seen);
    judged_free(&judged);
    g_array_free(remains, TRUE);
    degraded_free(degraded);
}

static void score_sample(struct score *score, const char *base, const struct degradation *form)
{
    char *capture = truth_capture(base), *path = g_strconcat(base, ".truth", NULL);
    const char *slash = strrchr(base, '/');
    struct sample sample = {.name = slash ? slash + 1 : base, .whole = whole_load(capture)};
    CU_ASSERT_PTR_NOT_NULL_FATAL(sample.whole);
    GArray *truths = truths_load(path);
    sample.truth = truths_of(sample.whole, truths);
    for (sample.seed = 1; sample.seed <= form->seeds; sample.seed++)
        score_form(score, &sample, form);
    g_free(sample.truth);
    g_array_free(truths, TRUE);
    whole_free(sample.whole);
    g_free(path);
    g_free(capture);
}

static gint compare_groups(gconstpointer a, gconstpointer b, gpointer groups)
{
    const GPtrArray *left = g_hash_table_lookup(groups, a), *right = g_hash_table_lookup(groups, b);
    return left->len != right->len ? (left->len < right->len ? 1 : -1) : strcmp(a, b);
}

static void tell_groups(const struct score *score)
{
    unsigned told = 0, most = g_getenv("DEGRADED_ALL") ? UINT_MAX : GROUPS_TOLD;
    GList *keys =
        g_list_sort_with_data(g_hash_table_get_keys(score->groups), compare_groups, score->groups);
    for (GList *key = keys; key && told < most; key = key->next, told++) {
        const GPtrArray *where = g_hash_table_lookup(score->groups, key->data);
        printf("      %4u %s  %s %s\n", where->len, (const char *)key->data,
               (const char *)where->pdata[0], (const char *)where->pdata[where->len - 1]);
    }
    g_list_free(keys);
}

static void tell_score(const struct row *row, const struct score *score)
{
    printf("\n    %-17s %5u connections:", row->form.name, score->connections);
    for (int i = 0; i < OUTCOMES; i++)
        printf(" %u %s%s", score->count[i], outcome_names[i], i + 1 < OUTCOMES ? "," : "\n");
    tell_groups(score);
}

static void check_row(const struct row *row)
{
    struct score score = {.lists = rule_lists_new()};
    score.groups =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    unsigned skipped;
    GPtrArray *samples = truth_samples(&skipped);
    for (guint i = 0; i < samples->len; i++)
        score_sample(&score, samples->pdata[i], &row->form);
    tell_score(row, &score);
    CU_ASSERT(samples->len > 0);
    CU_ASSERT(score.count[WRONG] <= row->budget.wrong);
    CU_ASSERT(score.count[UNSURE] <= row->budget.unsure);
    // The share is that of all samples.
    CU_ASSERT(skipped > 0 || score.count[RIGHT] * 100 >= score.connections * row->budget.right);
    g_ptr_array_free(samples, TRUE);
    g_hash_table_destroy(score.groups);
    rule_lists_free(score.lists);
}

static void check_kind(enum degrade_kind kind)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].form.kind == kind)
            check_row(&rows[i]);
    }
}

static void test_as_recorded(void)
{
    check_kind(DEGRADE_NOT);
}

static void test_loss(void)
{
    check_kind(DEGRADE_LOSS);
    check_kind(DEGRADE_BURSTS);
}

static void test_snaplen(void)
{
    check_kind(DEGRADE_SNAPLEN);
}

static void test_one_direction(void)
{
    check_kind(DEGRADE_CLIENT);
    check_kind(DEGRADE_SERVER);
}

static void test_cut(void)
{
    check_kind(DEGRADE_CUT);
}

static void test_swapped(void)
{
    check_kind(DEGRADE_SWAP);
}

static void test_doubled(void)
{
    check_kind(DEGRADE_DOUBLE);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("poor captures", NULL, NULL);
    CU_add_test(suite, "a whole capture gives every cause", test_as_recorded);
    CU_add_test(suite, "missing packets make no cause wrong", test_loss);
    CU_add_test(suite, "cut packets make no cause wrong", test_snaplen);
    CU_add_test(suite, "a missing direction makes no cause wrong", test_one_direction);
    CU_add_test(suite, "missing ends make no cause wrong", test_cut);
    CU_add_test(suite, "packets in another order change no cause", test_swapped);
    CU_add_test(suite, "packets captured twice change no cause", test_doubled);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
