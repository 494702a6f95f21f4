// SPDX-License-Identifier: BSD-2-Clause
// The text report fits one screen, says what it has to, and never carries an escape of the wire.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "report/text_page.h"
#include "report/tree.h"
#include "report_fixture.h"

static const struct slice nothing = {NULL, 0};

static char *text_of(json_object *document, const struct report_options *options)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    CU_ASSERT_TRUE(view_write(document, REPORT_TEXT, options, out, NULL));
    fclose(out);
    CU_ASSERT_EQUAL(strlen(text), length);
    return text;
}

// Lines, widest line in columns, and bytes that steer a terminal.
struct measure {
    unsigned lines, columns, controls;
};

static struct measure measure(const char *text)
{
    struct measure m = {0, 0, 0};
    CU_ASSERT_TRUE(g_utf8_validate(text, -1, NULL));
    char **lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i] != NULL; i++) {
        m.lines += lines[i + 1] != NULL;
        m.columns = MAX(m.columns, text_columns(lines[i]));
        for (const char *at = lines[i]; *at != '\0'; at = g_utf8_next_char(at)) {
            gunichar c = g_utf8_get_char(at);
            m.controls += c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x202e;
        }
    }
    g_strfreev(lines);
    return m;
}

static void fits_one_screen(void)
{
    for (size_t connections = 0; connections <= 1000; connections = connections * 3 + 1) {
        struct fixture f;
        fixture_init(&f, connections, nothing);
        json_object *document = document_new(&f.report);
        char *text = text_of(document, &f.options);
        struct measure m = measure(text);
        CU_ASSERT_TRUE(m.lines <= 24);
        CU_ASSERT_TRUE(m.columns <= 80);
        CU_ASSERT_EQUAL(m.controls, 0);
        free(text);
        json_object_put(document);
        fixture_clear(&f);
    }
}

static void says_the_verdict_the_causes_and_what_next(void)
{
    struct fixture f;
    fixture_init(&f, 100, nothing);
    for (size_t i = 0; i < 100; i++)
        f.analysis.verdicts[i].cause = i < 60 ? CAUSE_UNREAD_BODY : CAUSE_OPEN;
    g_array_free(f.analysis.causes, TRUE);
    struct tally *tally = tally_new();
    for (size_t i = 0; i < 100; i++)
        tally_add(tally, &f.analysis.records[i], &f.analysis.verdicts[i]);
    f.analysis.causes = tally_causes(tally);
    tally_free(tally);
    json_object *document = document_new(&f.report);
    char *text = text_of(document, &f.options);
    const char *unread = strstr(text, "  unread-body"), *open = strstr(text, "  open");
    CU_ASSERT_TRUE(
        g_str_has_prefix(text, "100 connections (10 of them health probes), 89.1 opened"));
    CU_ASSERT_PTR_NOT_NULL(unread);
    CU_ASSERT_PTR_NOT_NULL(open);
    CU_ASSERT_TRUE(unread < open);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "60%"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "REQUESTS PER CONNECTION"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Coverage: 2,000 packets"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "Next: connreuse explain unread-body"));
    free(text);
    json_object_put(document);
    fixture_clear(&f);
}

static void is_coloured_only_when_asked(void)
{
    struct fixture f;
    fixture_init(&f, 100, nothing);
    json_object *document = document_new(&f.report);
    char *plain = text_of(document, &f.options);
    f.options.color = true;
    char *colored = text_of(document, &f.options);
    CU_ASSERT_PTR_NULL(strchr(plain, '\033'));
    CU_ASSERT_PTR_NOT_NULL(strchr(colored, '\033'));
    GRegex *ink = g_regex_new("\033\\[[0-9;]*m", 0, 0, NULL);
    char *stripped = g_regex_replace_literal(ink, colored, -1, 0, "", 0, NULL);
    CU_ASSERT_STRING_EQUAL(stripped, plain);
    g_free(stripped);
    g_regex_unref(ink);
    free(plain);
    free(colored);
    json_object_put(document);
    fixture_clear(&f);
}

static void the_wire_can_not_steer_the_terminal(void)
{
    static const char hostile[] = "\x1b[2J\x1b]0;owned\x07\r\n\xc2\x9b"
                                  "31m\xe2\x80\xaegnp\x7f\xff\xfe";
    struct fixture f;
    fixture_init(&f, 30, slice_of(hostile, sizeof hostile - 1));
    f.options.verbose = true;
    json_object *document = document_new(&f.report);
    char *text = text_of(document, &f.options);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "owned")); // the pairs name the host
    CU_ASSERT_EQUAL(measure(text).controls, 0);
    free(text);
    json_object_put(document);
    fixture_clear(&f);
}

static void a_saved_report_can_not_either(void)
{
    static const char report[] =
        "{\"schema\":{\"name\":\"connreuse.report\",\"version\":\"1.0\"},"
        "\"causes\":[{\"id\":\"\\u001b[2Jx\",\"by\":\"\\u009b1m\",\"share\":1e308,"
        "\"connections\":-1}],\"families\":[{\"id\":\"\\u001b\",\"share\":\"1\"}],"
        "\"findings\":[{\"title\":\"\\u001b]0;\\u0007\",\"severity\":\"\\u001b\","
        "\"advice\":[{\"stack\":\"\\u001b\",\"text\":\"\\r\"}]}],"
        "\"pairs\":[{\"client\":{\"address\":\"\\u001b\"},\"hosts\":[\"\\u001b\",1,null]}],"
        "\"inputs\":[{\"name\":\"\\u001b[31m\"}],\"warnings\":[{\"id\":\"\\u001b\"}],"
        "\"sockets\":{\"hosts\":[{\"peak\":{\"\\u001b\":1}}]},"
        "\"requests_per_connection\":[{\"from\":1,\"connections\":18446744073709551615}]}";
    struct report_options options = {.width = 80, .verbose = true};
    json_object *document = json_tokener_parse(report);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    char *text = text_of(document, &options);
    CU_ASSERT_EQUAL(measure(text).controls, 0);
    free(text);
    json_object_put(document);
}

static void wide_detail_keeps_to_its_width(void)
{
    static const int widths[] = {40, 80, 132, 200};
    struct fixture f;
    fixture_init(&f, 100, slice_of("\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e.example", 17));
    f.options.verbose = true;
    json_object *document = document_new(&f.report);
    for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
        f.options.width = widths[i];
        char *text = text_of(document, &f.options);
        CU_ASSERT_TRUE(measure(text).columns <= (unsigned)widths[i]);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "PAIRS"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "SETTINGS"));
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "WARNINGS"));
        free(text);
    }
    json_object_put(document);
    fixture_clear(&f);
}

static void words_are_broken_at_spaces(void)
{
    struct text_page page = {g_string_new(NULL), 20, false, 0};
    text_page_wrap(&page, INK_PLAIN, "  - ", "one two three four five six", 9);
    CU_ASSERT_STRING_EQUAL(page.text->str, "  - one two three\n    four five six\n");
    g_string_truncate(page.text, 0);
    text_page_wrap(&page, INK_PLAIN, "  - ", "one two three four five six", 1);
    CU_ASSERT_STRING_EQUAL(page.text->str, "  - one two three...\n");
    g_string_truncate(page.text, 0);
    text_page_wrap(&page, INK_PLAIN, "", "0123456789012345678901234", 9);
    CU_ASSERT_STRING_EQUAL(page.text->str, "01234567890123456789\n01234\n");
    g_string_free(page.text, TRUE);
}

static void expect_text(char *text, const char *expected)
{
    CU_ASSERT_STRING_EQUAL(text, expected);
    g_free(text);
}

// The first pair of a report of so many connections, as -v tells it.
static void nouns_agree_with_their_numbers(void)
{
    static const char *const said[] = {"      1 connection, 1 request, ",
                                       "      2 connections, 4 requests, "};
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++) {
        json_object *document = json_tokener_parse(
            i == 0 ? "{\"pairs\":[{\"connections\":1,\"requests\":1,\"reuse_ratio\":0}],"
                     "\"coverage\":{\"packets\":1,\"tcp_segments\":1}}"
                   : "{\"pairs\":[{\"connections\":2,\"requests\":4,\"reuse_ratio\":0.5}],"
                     "\"coverage\":{\"packets\":2,\"tcp_segments\":2,"
                     "\"skipped\":{\"not-tcp\":1200,\"headers-cut\":3}}}");
        const struct report_options options = {.width = 80, .verbose = true};
        char *text = text_of(document, &options);
        CU_ASSERT_PTR_NOT_NULL(strstr(text, said[i]));
        CU_ASSERT_PTR_NOT_NULL(
            strstr(text, i == 0 ? "1 packet, 1 TCP segment\n" : "2 packets, 2 TCP segments\n"));
        CU_ASSERT_EQUAL(strstr(text, "\nOthers:   1,200 not-tcp, 3 headers-cut\n") != NULL, i == 1);
        // What isn't known isn't told.
        CU_ASSERT_PTR_NOT_NULL(strstr(text, "at once at most\n"));
        free(text);
        json_object_put(document);
    }
}

// Everything that a first screen may hold, at its longest.
static void the_fullest_report_fits_one_screen_too(void)
{
    static const char *const causes[] = {"unread-body", "open", "client-pool-limit", "half-close"};
    GString *json = g_string_new("{\"run\":{\"title\":\"A title\"},\"totals\":{\"connections\":"
                                 "123456789,\"requests\":1234567890,\"opens_per_second\":12345.6},"
                                 "\"findings\":[{\"severity\":\"critical\",\"title\":\"");
    for (int i = 0; i < 30; i++)
        g_string_append(json, "words and ");
    g_string_append(json, "more\"}],\"families\":[");
    for (int i = 0; i < 12; i++)
        g_string_append_printf(json, "%s{\"id\":\"family-%d\",\"share\":0.08}", i ? "," : "", i);
    g_string_append(json, "],\"causes\":[");
    for (size_t i = 0; i < G_N_ELEMENTS(causes); i++)
        g_string_append_printf(json,
                               "%s{\"id\":\"%s\",\"by\":\"client\",\"connections\":9,"
                               "\"share\":0.25}",
                               i ? "," : "", causes[i]);
    g_string_append(json, "],\"requests_per_connection\":[");
    for (int i = 0, from = 0; i < 5; i++, from = from ? from * 10 : 1)
        g_string_append_printf(json, "%s{\"from\":%d,\"to\":%d,\"connections\":7}", i ? "," : "",
                               from, from);
    g_string_append(json, "],\"coverage\":{\"packets\":9},\"warnings\":[{\"id\":\"lossy\"}]}");
    json_object *document = json_tokener_parse(json->str);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    const struct report_options options = {.width = 80};
    char *text = text_of(document, &options);
    struct measure m = measure(text);
    CU_ASSERT_EQUAL(m.lines, 24);
    CU_ASSERT_TRUE(m.columns <= 80);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "% other.\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nCapture:  lossy (-v)\n"));
    CU_ASSERT_TRUE(
        g_str_has_suffix(text, "\nNext: connreuse -v FILE, connreuse -o report.html FILE\n"));
    free(text);
    json_object_put(document);
    g_string_free(json, TRUE);
}

static void columns_are_those_of_the_terminal(void)
{
    CU_ASSERT_EQUAL(text_columns("abc"), 3);
    CU_ASSERT_EQUAL(text_columns("\xe6\x97\xa5\xe6\x9c\xac"), 4); // wide characters
    CU_ASSERT_EQUAL(text_columns("e\xcc\x81"), 1);                // with an accent of its own
}

static void numbers_are_written_for_people(void)
{
    expect_text(text_count(0), "0");
    expect_text(text_count(1234567), "1,234,567");
    expect_text(text_percent(0.658), "65.8%");
    expect_text(text_percent(1), "100%");
    expect_text(text_percent(0.00001), "<0.1%");
    expect_text(text_percent(0.99999), ">99.9%");
    expect_text(text_seconds(90), "90.000 s");
    expect_text(text_seconds(0.0123), "12.3 ms");
    expect_text(text_seconds(0.000085), "85 us");
    expect_text(text_number(4.64), "4.6");
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("text report", NULL, NULL);
    CU_ADD_TEST(suite, fits_one_screen);
    CU_ADD_TEST(suite, says_the_verdict_the_causes_and_what_next);
    CU_ADD_TEST(suite, is_coloured_only_when_asked);
    CU_ADD_TEST(suite, the_wire_can_not_steer_the_terminal);
    CU_ADD_TEST(suite, a_saved_report_can_not_either);
    CU_ADD_TEST(suite, wide_detail_keeps_to_its_width);
    CU_ADD_TEST(suite, words_are_broken_at_spaces);
    CU_ADD_TEST(suite, nouns_agree_with_their_numbers);
    CU_ADD_TEST(suite, the_fullest_report_fits_one_screen_too);
    CU_ADD_TEST(suite, columns_are_those_of_the_terminal);
    CU_ADD_TEST(suite, numbers_are_written_for_people);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
