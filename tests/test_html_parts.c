// SPDX-License-Identifier: BSD-2-Clause
// Charts of the page: what is rare stays visible beside what is frequent, letters don't touch.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "report/html_area.h"
#include "report/html_gaps.h"
#include "report/html_words.h"

static void expect_text(char *text, const char *expected)
{
    CU_ASSERT_STRING_EQUAL(text, expected);
    g_free(text);
}

static void one_of_a_million_is_not_nothing(void)
{
    const uint64_t values[] = {1000000, 1, 0};
    expect_text(html_area(values, 3, 1000000), "0,100 0,100 0,2 333,2 333,98 666,98 666,100 "
                                               "1000,100 1000,100");
}

static void add_gaps(struct html_gaps *gaps, unsigned count, double seconds, const char *by)
{
    json_object *row = json_object_new_object(), *close = json_object_new_object();
    json_object_object_add(close, "by", json_object_new_string(by));
    json_object_object_add(row, "close", close);
    json_object_object_add(row, "idle_before_close_seconds", json_object_new_double(seconds));
    for (unsigned i = 0; i < count; i++)
        html_gaps_add(gaps, row);
    json_object_put(row);
}

// The text at `key` of the chart, or of a row of it.
static const char *at(json_object *chart, const char *list, size_t row, const char *key)
{
    if (list == NULL)
        return tree_get_text(chart, key);
    return tree_get_text(tree_at(tree_get_array(tree_get(chart, list), "rows"), row), key);
}

static void timeouts_stay_visible_beside_many_closes_at_once(void)
{
    struct html_gaps *gaps = html_gaps_new();
    json_object *document = json_object_new_object();
    add_gaps(gaps, 8, 0.002, "client");
    add_gaps(gaps, 2, 5, "server");
    json_object *chart = html_gaps_chart(gaps, document);
    CU_ASSERT_STRING_EQUAL(at(chart, NULL, 0, "most"), "8");
    json_object_put(chart);
    add_gaps(gaps, 92, 0.002, "client");
    chart = html_gaps_chart(gaps, document);
    CU_ASSERT_STRING_EQUAL(at(chart, NULL, 0, "most"), "4");
    CU_ASSERT_STRING_EQUAL(at(chart, "cuts", 0, "count"), "100");
    json_object_put(chart);
    json_object_put(document);
    html_gaps_free(gaps);
}

static void letters_too_near_for_a_line_stand_in_two(void)
{
    struct html_gaps *gaps = html_gaps_new();
    json_object *document = json_tokener_parse(
        "{\"settings\":[{\"kind\":\"idle-timeout\",\"value\":5.1},{\"kind\":\"max-age\",\"value\":"
        "9},"
        "{\"kind\":\"idle-timeout\",\"value\":5.0},{\"kind\":\"idle-timeout\",\"value\":60.0}]}");
    add_gaps(gaps, 3, 5, "server");
    add_gaps(gaps, 3, 60, "server");
    json_object *chart = html_gaps_chart(gaps, document);
    static const char *const letters[] = {"A", "B", "C"}, *const lines[] = {"12", "25", "12"};
    for (size_t i = 0; i < 3; i++) {
        CU_ASSERT_STRING_EQUAL(at(chart, "marks", i, "letter"), letters[i]);
        CU_ASSERT_STRING_EQUAL(at(chart, "marks", i, "y"), lines[i]);
    }
    CU_ASSERT_STRING_EQUAL(at(chart, "marks", 3, "letter"), "");
    json_object_put(chart);
    json_object_put(document);
    html_gaps_free(gaps);
}

static void a_clock_names_the_day_where_another_one_ends(void)
{
    static const char time[] = "2023-11-14T22:13:20.123456789Z";
    expect_text(html_clock(time, "2023-11-14T22:13:59.000000000Z"), "22:13:20.123");
    expect_text(html_clock(time, "2023-11-14T22:14:00.000000000Z"), "22:13:20");
    expect_text(html_clock(time, "2023-11-15T22:13:20.000000000Z"), "2023-11-14 22:13:20");
    expect_text(html_clock("yesterday", time), "-");
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("parts of the page", NULL, NULL);
    CU_ADD_TEST(suite, one_of_a_million_is_not_nothing);
    CU_ADD_TEST(suite, timeouts_stay_visible_beside_many_closes_at_once);
    CU_ADD_TEST(suite, letters_too_near_for_a_line_stand_in_two);
    CU_ADD_TEST(suite, a_clock_names_the_day_where_another_one_ends);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
