// SPDX-License-Identifier: BSD-2-Clause
// Findings, settings and conflicts in words.
#include <CUnit/Basic.h>
#include <math.h>

#include "analysis_by_hand.h"
#include "judge/findings.h"
#include "judge/settings.h"
#include "report/finding_words.h"
#include "report/phrase.h"
#include "report/setting_words.h"

static struct record one_request(uint16_t port, int64_t ms, int64_t gap)
{
    struct record r = opened(1, port, ms);
    asked(&r, 1, ms + 2, ms + 5);
    closed(&r, CLIENT, ms + 5 + gap, ms + 6 + gap);
    answered(&r, SERVER, ms + 6 + gap, ms + 7 + gap);
    return r;
}

static bool has(const char *text, const char *part)
{
    bool found = text && strstr(text, part);
    if (!found)
        printf("\n    '%s' is not in '%s'\n", part, text);
    return found;
}

static void pool_limit_takes_its_numbers_from_the_replay(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    for (int i = 0; i < 10; i++)
        judged(&hand, one_request((uint16_t)(1000 + i), i * 10, 0), CAUSE_CLIENT_POOL_LIMIT);
    struct analysis *a = by_hand_settle(&hand, 1000);
    struct what_if what_if = {
        .pair = 0,
        .captured = {2, INT64_MAX, 10, 8, 8},
        .recommended = {20, INT64_MAX, 3, 0, 0},
        .replayed_opens = 11,
        .curve = g_array_new(FALSE, FALSE, sizeof(struct what_if_point)),
    };
    a->what_ifs = g_array_new(FALSE, FALSE, sizeof(struct what_if));
    g_array_append_val(a->what_ifs, what_if);
    a->findings = findings_new(a, NULL, 0);
    CU_ASSERT_EQUAL_FATAL(a->findings->len, 1);
    const struct finding *finding = &g_array_index(a->findings, struct finding, 0);
    CU_ASSERT_EQUAL(finding->id, FINDING_POOL_TOO_SMALL);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[1], 20, 0);
    CU_ASSERT_DOUBLE_EQUAL(finding->values[3], 3, 0);
    struct phrases *phrases = phrases_new();
    struct finding_words *words = finding_words_new(phrases, a, finding);
    CU_ASSERT_TRUE(has(words->title, "10 connections closed because the pool was full"));
    CU_ASSERT_TRUE(has(words->detail, "10.0.0.1 closed 10 connections to 10.0.1.1:80"));
    CU_ASSERT_TRUE(has(words->detail,
                       "10 were opened (the model gives 11); with a limit of 20 the same "
                       "requests would have needed 3"));
    CU_ASSERT_PTR_NULL(strstr(words->detail, "kept, every further")); // no limit known
    CU_ASSERT_STRING_EQUAL(words->filter, "(ip.addr == 10.0.0.1 && ip.addr == 10.0.1.1 && "
                                          "tcp.port == 80) && (tcp.flags.fin == 1)");
    CU_ASSERT_EQUAL(words->advice->len, 7);
    CU_ASSERT_TRUE(has(g_array_index(words->advice, struct advice, 0).text,
                       "MaxIdleConnsPerHost to about 20"));
    CU_ASSERT_TRUE(has(g_array_index(words->advice, struct advice, 3).text,
                       "new http.Agent({ keepAlive: true, maxFreeSockets: 20 })"));
    finding_words_free(words);
    phrases_free(phrases);
    g_array_free(what_if.curve, TRUE);
    by_hand_clear(&hand);
}

// A target ends where its place does, between two characters, and says that it goes on.
static void long_targets_are_cut_and_marked(void)
{
    struct by_hand hand;
    by_hand_init(&hand);
    char *target = g_strnfill(79, 'x');
    char *whole = g_strconcat("/", target + 1, "\xc3\xa9tc", NULL);
    char *cut = g_strconcat("For example at GET /", target + 1, "\xe2\x80\xa6.", NULL);
    for (int i = 0; i < 3; i++) {
        struct record r = one_request((uint16_t)(1000 + i), i * 10000, 0);
        r.names[NAME_LAST_METHOD] = name(&hand, "GET");
        r.names[NAME_LAST_TARGET] = name(&hand, whole);
        judged(&hand, r, CAUSE_CLIENT_TIMEOUT_AWAITING_RESPONSE);
    }
    struct analysis *a = by_hand_settle(&hand, 100000);
    a->findings = findings_new(a, NULL, 0);
    CU_ASSERT_TRUE_FATAL(a->findings->len > 0);
    struct phrases *phrases = phrases_new();
    struct finding_words *words =
        finding_words_new(phrases, a, &g_array_index(a->findings, struct finding, 0));
    CU_ASSERT_TRUE(has(words->detail, cut));
    finding_words_free(words);
    phrases_free(phrases);
    by_hand_clear(&hand);
    g_free(cut);
    g_free(whole);
    g_free(target);
}

static void check_sentence(const char *text, size_t least)
{
    CU_ASSERT_TRUE(strlen(text) > least);
    CU_ASSERT_PTR_NULL(strpbrk(text, "{}[]"));
    CU_ASSERT_PTR_NULL(strstr(text, "  "));
    CU_ASSERT_PTR_NULL(strstr(text, " ."));
    CU_ASSERT_PTR_NULL(strstr(text, ".."));
}

static void every_finding_has_words_and_advice(void)
{
    static const double values[][4] = {
        {NAN, 0, 3, 0.25}, {NAN, NAN, NAN, NAN}, {0, 0, 0, 0}, {5, 2, 1, 4}};
    struct by_hand hand;
    by_hand_init(&hand);
    judged(&hand, one_request(1000, 0, 0), CAUSE_OPEN);
    struct analysis *a = by_hand_settle(&hand, 1000);
    struct phrases *phrases = phrases_new();
    for (size_t i = 0; i < FINDINGS * G_N_ELEMENTS(values); i++) {
        struct finding finding = {
            .id = (enum finding_id)(i % FINDINGS), .connections = i % 2 ? 7 : 1, .pair_count = 1};
        memcpy(finding.values, values[i / FINDINGS], sizeof finding.values);
        struct finding_words *words = finding_words_new(phrases, a, &finding);
        check_sentence(words->title, 10);
        check_sentence(words->detail, 10);
        check_sentence(words->why, 10);
        CU_ASSERT_TRUE(strlen(words->title) < 120);
        CU_ASSERT_TRUE(words->advice->len == 1 || words->advice->len >= 7);
        CU_ASSERT_STRING_NOT_EQUAL(words->title, finding_key(finding.id));
        finding_words_free(words);
    }
    phrases_free(phrases);
    by_hand_clear(&hand);
}

static void check_phrase(const char *sentence, double number, const char *expected)
{
    const struct phrase_value values[] = {
        {"n", number, NULL}, {"m", NAN, NULL}, {"who", NAN, "10.0.0.1"}, {"nobody", NAN, ""}};
    GString *out = g_string_new(NULL);
    phrase_append(out, sentence, values, G_N_ELEMENTS(values));
    CU_ASSERT_STRING_EQUAL(out->str, expected);
    g_string_free(out, TRUE);
}

static void phrases_fill_places_and_drop_brackets(void)
{
    check_phrase("{n} of {who}", 28232, "28,232 of 10.0.0.1");
    check_phrase("{n:close|closes}", 1, "1 close");
    check_phrase("{n:close|closes}", 2, "2 closes");
    check_phrase("{n:s}", 90.0004, "90 s");
    check_phrase("{n:s}", 5.251, "5.25 s");
    check_phrase("{n:s}", 0.0123, "12 ms");
    check_phrase("{n:s}", 0.0000085, "8 us");
    check_phrase("{n:s}", 86400, "24 h");
    check_phrase("{n:%}", 0.934, "93%");
    check_phrase("{n:%}", 0.0123, "1.2%");
    check_phrase("{n:1}", 6.04, "6");
    check_phrase("{n:bytes}", 1536, "1.5 KiB");
    check_phrase("a[ {m}] b[ {n}] c", 3, "a b 3 c");
    check_phrase("a[ {n}] b", 0, "a b");
    check_phrase("{m} [{nobody}]", 3, "N");
    check_phrase("A. [{m}] B. [{m}]", 3, "A. B.");
    check_phrase("{n:s}", 0, "0 s");
    check_phrase("f({ x: {n} })", 3, "f({ x: 3 })");
    check_phrase("{unknown} {n", 3, "N {n");
}

static void settings_and_conflicts_have_words(void)
{
    struct known_defaults *known = known_defaults_embedded();
    struct setting setting = {
        .kind = SETTING_IDLE_TIMEOUT,
        .role = CLIENT,
        .value = 90 * NANOS_PER_SECOND,
        .low = 90 * NANOS_PER_SECOND,
        .high = 90 * NANOS_PER_SECOND,
        .n = 212,
        .advertised = NANOS_UNKNOWN,
        .candidates = known_defaults_find(known, SETTING_IDLE_TIMEOUT, CLIENT,
                                          90 * NANOS_PER_SECOND, slice_of("", 0)),
    };
    char *words = setting_words(&setting);
    CU_ASSERT_TRUE(has(words, "90 s (n=212): consistent with Go net/http"));
    g_free(words);
    setting.low = 5 * NANOS_PER_SECOND;
    words = setting_words(&setting);
    CU_ASSERT_TRUE(has(words, "5 s to 90 s (n=212)"));
    g_free(words);
    setting.value = setting.high = NANOS_UNKNOWN;
    words = setting_words(&setting);
    CU_ASSERT_TRUE(has(words, "over 5 s (n=212)"));
    g_free(words);
    g_ptr_array_free(setting.candidates, TRUE);
    known_defaults_free(known);
    struct conflict conflict = {0, 90 * NANOS_PER_SECOND, 60 * NANOS_PER_SECOND, 3, 1, 2, 1,
                                9, 58 * NANOS_PER_SECOND};
    words = conflict_words(&conflict);
    CU_ASSERT_TRUE(has(words, "idle connections after 60 s, the client after 90 s. 3 raced"));
    CU_ASSERT_TRUE(has(words, "A client idle timeout of 58 s closes the window."));
    g_free(words);
}

int main(void)
{
    CU_initialize_registry();
    CU_pSuite suite = CU_add_suite("words", NULL, NULL);
    CU_ADD_TEST(suite, pool_limit_takes_its_numbers_from_the_replay);
    CU_ADD_TEST(suite, long_targets_are_cut_and_marked);
    CU_ADD_TEST(suite, every_finding_has_words_and_advice);
    CU_ADD_TEST(suite, phrases_fill_places_and_drop_brackets);
    CU_ADD_TEST(suite, settings_and_conflicts_have_words);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    int failed = (int)CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed != 0;
}
