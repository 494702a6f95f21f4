// SPDX-License-Identifier: BSD-2-Clause
// The page: whole and lossless, small, hostile text tamed, nothing asked of any server.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/embedded.h"
#include "html_page.h"
#include "html_rows.h"
#include "report/html.h"
#include "report/html_words.h"
#include "report/saved.h"
#include "report/tree.h"
#include "report_fixture.h"

static const char hostile[] = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
                              "\"'`><!--{{x}}{{#y}}\xff\xc3\x28\xe2\x80\xa8&amp;";

static json_object *document_with(struct fixture *f, size_t connections, const char *names,
                                  int64_t held)
{
    fixture_init(f, connections, slice_of(names, strlen(names)));
    f->options.max_connections = held;
    return document_new(&f->report);
}

static size_t page_size(size_t connections, int64_t held)
{
    struct fixture f;
    json_object *document = document_with(&f, connections, "", held);
    char *page = page_of(document);
    size_t size = strlen(page);
    free(page);
    json_object_put(document);
    fixture_clear(&f);
    return size;
}

static void is_small_without_rows_and_grows_by_300_bytes_a_row_at_most(void)
{
    CU_ASSERT_TRUE(page_size(0, 0) <= 100000);
    size_t without = page_size(10000, 0), with = page_size(10000, -1);
    printf("\n    10,000 rows add %zu bytes ", with - without);
    CU_ASSERT_TRUE(with - without <= 3000000);
}

static void lets_only_its_own_script_and_style_run(void)
{
    struct fixture f;
    json_object *document = document_with(&f, 20, "", -1);
    char *page = page_of(document);
    static const char *const elements[] = {"script", "style"};
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++) {
        char *open = g_strdup_printf("<%s>", elements[i]);
        char *close = g_strdup_printf("</%s>", elements[i]);
        char *inside = page_between(page, open, close);
        guint8 digest[32];
        gsize length = sizeof digest;
        GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
        g_checksum_update(sum, (const guchar *)inside, -1);
        g_checksum_get_digest(sum, digest, &length);
        char *hash = g_base64_encode(digest, length);
        char *policy = g_strdup_printf("%s-src 'sha256-%s'", elements[i], hash);
        CU_ASSERT_EQUAL(page_count(page, policy), 1);
        CU_ASSERT_EQUAL(page_count(page, open), 1);
        g_checksum_free(sum);
        g_free(policy);
        g_free(hash);
        g_free(inside);
        g_free(open);
        g_free(close);
    }
    CU_ASSERT_EQUAL(page_count(page, "content=\"default-src 'none'; script-src 'sha256-"), 1);
    CU_ASSERT_EQUAL(page_count(page, "unsafe"), 0);
    free(page);
    json_object_put(document);
    fixture_clear(&f);
}

// A time stands in words that the JSON has, and in those of the page, side by side.
static void writes_units_as_the_other_reports_do(void)
{
    char *text = html_seconds(0.00085);
    CU_ASSERT_STRING_EQUAL(text, "850 us");
    g_free(text);
    struct slice page = embedded_find("page.html");
    CU_ASSERT_PTR_NULL(g_strstr_len((const char *)page.at, (gssize)page.length, "µs"));
    CU_ASSERT_PTR_NOT_NULL(g_strstr_len((const char *)page.at, (gssize)page.length, "' us'"));
}

// A report of nothing has no headings without a word below them.
static void says_where_there_is_nothing(void)
{
    for (size_t connections = 0; connections <= 20; connections += 20) {
        json_object *document = json_tokener_parse("{}");
        struct fixture f;
        if (connections) {
            json_object_put(document);
            document = document_with(&f, connections, "", -1);
        }
        char *page = page_of(document);
        CU_ASSERT_EQUAL(page_count(page, "There is nothing to draw."), connections == 0);
        CU_ASSERT_EQUAL(page_count(page, "median -"), 0);
        free(page);
        json_object_put(document);
        if (connections)
            fixture_clear(&f);
    }
}

// Rows below the window's end are drawn when it comes to show them.
static void draws_rows_anew_when_the_window_grows(void)
{
    struct slice page = embedded_find("page.html");
    CU_ASSERT_PTR_NOT_NULL(
        g_strstr_len((const char *)page.at, (gssize)page.length, "addEventListener('resize'"));
}

static void asks_no_server_for_anything(void)
{
    char *page = NULL;
    struct fixture f;
    json_object *document = document_with(&f, 20, "", -1);
    page = page_of(document);
    char *style = page_between(page, "<style>", "</style>");
    char *script = page_between(page, "<script>", "</script>");
    CU_ASSERT_EQUAL(page_count(style, "url("), page_count(style, "url(#"));
    CU_ASSERT_EQUAL(page_count(style, "@import"), 0);
    CU_ASSERT_EQUAL(page_count(script, "fetch(") + page_count(script, "import(") +
                        page_count(script, "XMLHttpRequest") + page_count(script, "innerHTML") +
                        page_count(script, "eval("),
                    0);
    CU_ASSERT_TRUE(page_is_tame(page));
    g_free(style);
    g_free(script);
    free(page);
    json_object_put(document);
    fixture_clear(&f);
}

// Puts text into every string of a tree that a reader of saved reports could meet.
static json_object *poisoned(json_object *value, const char *text)
{
    if (json_object_is_type(value, json_type_string)) {
        char *both = g_strconcat(json_object_get_string(value), text, NULL);
        json_object *copy = json_object_new_string(both);
        g_free(both);
        return copy;
    }
    if (json_object_is_type(value, json_type_array)) {
        json_object *list = json_object_new_array();
        for (size_t i = 0; i < json_object_array_length(value); i++)
            json_object_array_add(list, poisoned(json_object_array_get_idx(value, i), text));
        return list;
    }
    if (json_object_is_type(value, json_type_object)) {
        json_object *object = json_object_new_object();
        json_object_object_foreach(value, key, member)
        {
            json_object_object_add(object, key, poisoned(member, text));
        }
        return object;
    }
    return json_object_get(value);
}

// The document with its rows as trees, as a saved one has them.
static json_object *saved_copy(json_object *document)
{
    char *text = NULL;
    size_t length = 0;
    GError *error = NULL;
    FILE *out = open_memstream(&text, &length);
    const struct report_options options = {.width = 80};
    CU_ASSERT_TRUE_FATAL(view_write(document, REPORT_JSON, &options, out, &error));
    fclose(out);
    json_object *saved = saved_parse(text, length, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(saved);
    free(text);
    return saved;
}

static void check_tame(json_object *document)
{
    char *page = page_of(document);
    char *json = page_between(page, "id=\"report\">", "</script>");
    json_object *data = json_tokener_parse(json);
    CU_ASSERT_TRUE(page_is_tame(page));
    CU_ASSERT_EQUAL(page_count(page, "</script"), 2);
    CU_ASSERT_EQUAL(page_count(page, "<script"), 2);
    CU_ASSERT_EQUAL(page_count(json, "<") + page_count(json, ">") + page_count(json, "&"), 0);
    CU_ASSERT_EQUAL(page_count(page, "\xe2\x80\xa8"), 0);
    CU_ASSERT_PTR_NOT_NULL(data);
    json_object_put(data);
    g_free(json);
    free(page);
}

static void tames_hostile_text_from_the_wire(void)
{
    struct fixture f;
    json_object *document = document_with(&f, 60, hostile, -1);
    check_tame(document);
    char *page = page_of(document);
    CU_ASSERT_TRUE(page_count(page, "&lt;/script&gt;&lt;script&gt;alert(1)") > 10);
    CU_ASSERT_TRUE(page_count(page, "{{x}}{{#y}}") > 10);
    free(page);
    json_object_put(document);
    fixture_clear(&f);
}

static void tames_hostile_text_anywhere_in_a_saved_report(void)
{
    struct fixture f;
    json_object *document = document_with(&f, 30, "", -1);
    json_object *saved = saved_copy(document), *bad = poisoned(saved, hostile);
    check_tame(bad);
    json_object_put(bad);
    json_object_put(saved);
    json_object_put(document);
    fixture_clear(&f);
}

static void makes_the_same_page_of_a_saved_report(void)
{
    struct fixture f;
    json_object *document = document_with(&f, 100, "", -1);
    json_object *saved = saved_copy(document);
    char *page = page_of(document), *again = page_of(saved);
    CU_ASSERT_STRING_EQUAL(page, again);
    free(page);
    free(again);
    json_object_put(saved);
    json_object_put(document);
    fixture_clear(&f);
}

static void shows_every_section_without_its_script(void)
{
    static const char *const words[] = {
        "id=\"verdict\"",
        "id=\"causes\"",
        "id=\"findings\"",
        "id=\"charts\"",
        "id=\"pairs\"",
        "id=\"connections\"",
        "id=\"probes\"",
        "id=\"limits\"",
        "id=\"run\"",
        "Requests per connection",
        "Gaps before the close",
        "Settings at work",
        "Timeouts that collide",
        "Opens and closes over time",
        "Sockets by TCP state",
        "What another pool would do",
        "server-idle-timeout</a>",
        "100 connections",

        "cut short in packet 9",
    };
    struct fixture f;
    json_object *document = document_with(&f, 100, "", -1);
    char *page = page_of(document), *body = page_between(page, "<body>", "<script");
    const char *before = body;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strstr(body, words[i]) == NULL)
            printf("\n    missing: %s", words[i]);
        CU_ASSERT_PTR_NOT_NULL(strstr(body, words[i]));
    }
    for (size_t i = 0; i < 9; i++) { // in their order
        const char *section = strstr(before, words[i]);
        CU_ASSERT_PTR_NOT_NULL(section);
        before = section ? section : before;
    }
    CU_ASSERT_EQUAL(page_count(body, "{{"), 0);
    g_free(body);
    free(page);
    json_object_put(document);
    fixture_clear(&f);
}

static void survives_documents_that_lack_everything(void)
{
    static const char *const texts[] = {
        "{}",
        "{\"connections\":[]}",
        "{\"connections\":{\"rows\":[null,1,\"a\",[],{}]}}",
        "{\"findings\":[{}],\"causes\":[1],\"pairs\":[[]],\"what_if\":[{\"curve\":[{}]}],"
        "\"sockets\":{\"hosts\":[{\"series\":{\"time\":[1,2]}}]},\"settings\":[{\"candidates\":[1]}"
        "]}",
        "{\"requests_per_connection\":[{\"from\":18446744073709551615,\"to\":1}],"
        "\"totals\":{\"connections\":-5,\"reuse_ratio\":1e308}}",
        "{\"inputs\":[{\"first\":\"9999-99-99T99:99:99Z\",\"last\":\"2100-01-01T00:00:00Z\"},{}],"
        "\"connections\":{\"rows\":[{\"start\":\"1901-01-01T00:00:00Z\",\"duration_seconds\":1e300,"
        "\"end\":\"2110-12-31T23:59:59.999999999Z\",\"idle_before_close_seconds\":1e-300}]}}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        json_object *document = json_tokener_parse(texts[i]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(document);
        check_tame(document);
        json_object_put(document);
    }
}

// Rows in columns give back every text, number and time of the rows.
static void keeps_every_value_of_every_row(void)
{
    struct fixture f;
    json_object *document = document_with(&f, 400, "x-1.2.3 \"q\" 007 18446744073709551615", -1);
    json_object *saved = saved_copy(document);
    char *page = page_of(document);
    char *json = page_between(page, "id=\"report\">", "</script>");
    json_object *data = json_tokener_parse(json);
    json_object *table = tree_get(tree_get(data, "connections"), "table");
    json_object *rows = tree_get_array(tree_get(saved, "connections"), "rows");
    CU_ASSERT_EQUAL(tree_get_count(table, "rows"), 400);
    CU_ASSERT_EQUAL(html_rows_check(table, rows), 400);
    json_object_put(data);
    g_free(json);
    free(page);
    json_object_put(saved);
    json_object_put(document);
    fixture_clear(&f);
}

static void tells_when_it_cannot_write(void)
{
    struct fixture f;
    json_object *document = document_with(&f, 20, "", -1);
    GError *error = NULL;
    FILE *full = fopen("/dev/full", "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(full);
    CU_ASSERT_FALSE(html_write(document, &f.options, full, &error));
    CU_ASSERT_PTR_NOT_NULL(error);
    g_clear_error(&error);
    fclose(full);
    json_object_put(document);
    fixture_clear(&f);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("html", NULL, NULL);
    CU_ADD_TEST(suite, is_small_without_rows_and_grows_by_300_bytes_a_row_at_most);
    CU_ADD_TEST(suite, lets_only_its_own_script_and_style_run);
    CU_ADD_TEST(suite, writes_units_as_the_other_reports_do);
    CU_ADD_TEST(suite, says_where_there_is_nothing);
    CU_ADD_TEST(suite, draws_rows_anew_when_the_window_grows);
    CU_ADD_TEST(suite, asks_no_server_for_anything);
    CU_ADD_TEST(suite, tames_hostile_text_from_the_wire);
    CU_ADD_TEST(suite, tames_hostile_text_anywhere_in_a_saved_report);
    CU_ADD_TEST(suite, makes_the_same_page_of_a_saved_report);
    CU_ADD_TEST(suite, shows_every_section_without_its_script);
    CU_ADD_TEST(suite, survives_documents_that_lack_everything);
    CU_ADD_TEST(suite, keeps_every_value_of_every_row);
    CU_ADD_TEST(suite, tells_when_it_cannot_write);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
