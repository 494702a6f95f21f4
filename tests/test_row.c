// SPDX-License-Identifier: BSD-2-Clause
// Rows: numbers, times and strings as JSON text, and the record of one connection.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "report/json_text.h"
#include "report/row_parts.h"
#include "report/tree.h"
#include "report_fixture.h"

static const struct slice nothing = {NULL, 0};

static void expect_seconds(int64_t nanos, const char *expected)
{
    GString *text = g_string_new(NULL);
    json_text_seconds(text, nanos);
    json_text_end(text);
    CU_ASSERT_STRING_EQUAL(text->str, expected);
    g_string_free(text, TRUE);
}

static void seconds_keep_nanoseconds_and_drop_zeros(void)
{
    expect_seconds(0, "0");
    expect_seconds(1, "0.000000001");
    expect_seconds(4100000, "0.0041");
    expect_seconds(90 * NANOS_PER_SECOND, "90");
    expect_seconds(90 * NANOS_PER_SECOND + 10, "90.00000001");
    expect_seconds(-1500000000, "-1.5");
    expect_seconds(-1, "-0.000000001");
    expect_seconds(INT64_MAX, "9223372036.854775807");
    expect_seconds(INT64_MIN + 1, "-9223372036.854775807");
    expect_seconds(NANOS_UNKNOWN, "null");
}

static void seconds_read_back_as_the_same_nanoseconds(void)
{
    uint64_t state = 1;
    for (int i = 0; i < 100000; i++) {
        char text[JSON_TEXT_NUMBER];
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
        int64_t nanos = (int64_t)(state >> (1 + i % 50));
        seconds_text(nanos, text);
        CU_ASSERT_PTR_NULL_FATAL(strpbrk(text, "eE"));
        char *end;
        int64_t again = strtoll(text, &end, 10) * NANOS_PER_SECOND;
        int64_t unit = NANOS_PER_SECOND / 10;
        CU_ASSERT_TRUE(*end == '\0' || (*end == '.' && end[strlen(end) - 1] != '0'));
        for (end += *end == '.'; *end != '\0'; end++, unit /= 10)
            again += (*end - '0') * unit;
        CU_ASSERT_EQUAL_FATAL(again, nanos);
    }
}

static void expect_time(int64_t time, const char *expected)
{
    char text[JSON_TEXT_NUMBER];
    time_text(time, text);
    CU_ASSERT_STRING_EQUAL(text, expected);
}

static void times_are_rfc_3339_in_utc(void)
{
    expect_time(0, "1970-01-01T00:00:00.000000000Z");
    expect_time(-1, "1969-12-31T23:59:59.999999999Z");
    expect_time(INT64_C(951782400000000000), "2000-02-29T00:00:00.000000000Z");
    expect_time(INT64_C(951868799999999999), "2000-02-29T23:59:59.999999999Z");
    expect_time(INT64_C(1709251200000000001), "2024-03-01T00:00:00.000000001Z");
    expect_time(INT64_MAX, "2262-04-11T23:47:16.854775807Z");
    expect_time(INT64_MIN + 1, "1677-09-21T00:12:43.145224193Z");
}

static void times_agree_with_the_c_library(void)
{
    for (int64_t day = -100000; day < 100000; day += 13) {
        char text[JSON_TEXT_NUMBER], expected[64];
        int64_t seconds = day * 86400 + day * 7919 % 86400;
        GDateTime *date = g_date_time_new_from_unix_utc(seconds);
        char *whole = g_date_time_format(date, "%Y-%m-%dT%H:%M:%S");
        snprintf(expected, sizeof expected, "%s.000000000Z", whole);
        time_text(seconds * NANOS_PER_SECOND, text);
        CU_ASSERT_STRING_EQUAL_FATAL(text, expected);
        g_free(whole);
        g_date_time_unref(date);
    }
}

static void expect_string(const char *bytes, size_t length, size_t most, const char *expected)
{
    GString *text = g_string_new(NULL);
    json_text_string(text, slice_of(bytes, length), most, false);
    json_text_end(text);
    CU_ASSERT_STRING_EQUAL(text->str, expected);
    g_string_free(text, TRUE);
}

static void strings_from_the_wire_are_safe_json(void)
{
    expect_string("shop", 4, 128, "\"shop\"");
    expect_string("a\"b\\c", 5, 128, "\"a\\\"b\\\\c\"");
    expect_string("\x1b[31m", 5, 128, "\"\\\\x1B[31m\"");
    expect_string("a\0b", 3, 128, "\"a\\\\x00b\"");
    expect_string("\xff", 1, 128, "\"\xef\xbf\xbd\"");
    expect_string("abcdef", 6, 3, "\"abc\xe2\x80\xa6\"");
    expect_string("", 0, 128, "\"\"");
}

static void append_row(GString *text, const struct fixture *f, size_t index)
{
    struct rows *rows = rows_new(&f->report);
    rows_write(text, rows, index);
    rows_free(rows);
}

// The row as a tree; the caller puts it.
static json_object *row_of(const struct fixture *f, size_t index)
{
    GString *text = g_string_new(NULL);
    append_row(text, f, index);
    json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    json_object *row = json_tokener_parse_ex(tokener, text->str, (int)text->len + 1);
    CU_ASSERT_EQUAL_FATAL(json_tokener_get_error(tokener), json_tokener_success);
    json_tokener_free(tokener);
    g_string_free(text, TRUE);
    return row;
}

static void every_key_stands_in_every_row_in_order(void)
{
    static const char keys[] =
        " type schema id community_id client server start end duration_seconds handshake_seconds"
        " idle_before_close_seconds idle_max_seconds requests responses responses_complete"
        " outstanding host user_agent server_software first_request last_request last_status close"
        " body evidence filter labels probe twin ladder processes";
    struct fixture f;
    fixture_init(&f, 20, nothing);
    for (size_t i = 0; i < 20; i++) {
        json_object *row = row_of(&f, i);
        GString *found = g_string_new(NULL);
        json_object_object_foreach(row, key, value)
        {
            (void)value;
            g_string_append_printf(found, " %s", key);
        }
        CU_ASSERT_STRING_EQUAL(found->str, keys);
        g_string_free(found, TRUE);
        json_object_put(row);
    }
    fixture_clear(&f);
}

static bool is_null(json_object *object, const char *key)
{
    json_object *value;
    return json_object_object_get_ex(object, key, &value) && value == NULL;
}

static void unknown_counts_of_opaque_connections_are_null(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing);
    json_object *row = row_of(&f, 5);
    CU_ASSERT_TRUE(is_null(row, "requests"));
    CU_ASSERT_TRUE(is_null(row, "responses"));
    CU_ASSERT_TRUE(is_null(row, "responses_complete"));
    CU_ASSERT_TRUE(is_null(row, "outstanding"));
    CU_ASSERT_TRUE(is_null(row, "host"));
    CU_ASSERT_TRUE(is_null(tree_get(row, "first_request"), "method"));
    CU_ASSERT_TRUE(is_null(tree_get(row, "body"), "expected_bytes"));
    json_object_put(row);
    row = row_of(&f, 8); // never established: nothing was asked, and that is known
    CU_ASSERT_FALSE(is_null(row, "requests"));
    CU_ASSERT_TRUE(is_null(row, "handshake_seconds"));
    json_object_put(row);
    fixture_clear(&f);
}

static void close_tells_the_wire(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing);
    json_object *row = row_of(&f, 1), *close = tree_get(row, "close");
    CU_ASSERT_STRING_EQUAL(tree_get_text(close, "by"), "server");
    CU_ASSERT_STRING_EQUAL(tree_get_text(close, "how"), "fin");
    CU_ASSERT_STRING_EQUAL(tree_get_text(close, "cause"), "server-idle-timeout");
    CU_ASSERT_STRING_EQUAL(tree_get_text(close, "family"), "idle-expiry");
    CU_ASSERT_TRUE(is_null(close, "runner_up"));
    json_object_put(row);
    row = row_of(&f, 2);
    close = tree_get(row, "close");
    CU_ASSERT_TRUE(is_null(close, "by") && is_null(close, "how") && is_null(close, "frame"));
    json_object_put(row);
    row = row_of(&f, 6);
    close = tree_get(row, "close");
    CU_ASSERT_STRING_EQUAL(tree_get_text(close, "by"), "network");
    CU_ASSERT_STRING_EQUAL(tree_get_text(close, "how"), "timeout");
    CU_ASSERT_TRUE(is_null(close, "frame") && is_null(close, "time"));
    json_object_put(row);
    row = row_of(&f, 7);
    CU_ASSERT_STRING_EQUAL(tree_get_text(tree_get(row, "close"), "reason"), "loss");
    CU_ASSERT_TRUE(is_null(row, "handshake_seconds"));
    json_object_put(row);
    fixture_clear(&f);
}

static void evidence_has_the_gap_and_what_the_group_says(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing);
    json_object *row = row_of(&f, 1), *evidence = tree_get(row, "evidence");
    size_t count = tree_length(evidence);
    CU_ASSERT_EQUAL_FATAL(count, 4);
    CU_ASSERT_STRING_EQUAL(tree_get_text(tree_at(evidence, 2), "what"),
                           "server's FIN, 60.005 s after the last response");
    CU_ASSERT_STRING_EQUAL(tree_get_text(tree_at(evidence, 3), "what"),
                           "212 connections closed after the same gap of 60.000 s");
    for (size_t i = 1; i < count; i++)
        CU_ASSERT_TRUE(tree_get_count(tree_at(evidence, i - 1), "frame") <=
                       tree_get_count(tree_at(evidence, i), "frame"));
    json_object_put(row);
    row = row_of(&f, 4);
    evidence = tree_get(row, "evidence");
    CU_ASSERT_STRING_EQUAL(tree_get_text(tree_at(evidence, tree_length(evidence) - 1), "what"),
                           "first RST, 1234 of 4096 body bytes received");
    json_object_put(row);
    fixture_clear(&f);
}

static void frames_count_within_their_input(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing); // 20 frames a connection; input 1 holds the first 100 of them
    json_object *row = row_of(&f, 0), *close = tree_get(row, "close");
    CU_ASSERT_EQUAL(tree_get_count(close, "input"), 1);
    CU_ASSERT_EQUAL(tree_get_count(close, "frame"), 11);
    json_object_put(row);
    row = row_of(&f, 9);
    close = tree_get(row, "close");
    CU_ASSERT_EQUAL(tree_get_count(close, "input"), 0);
    CU_ASSERT_EQUAL(tree_get_count(close, "frame"), 9 * 20 + 11 - 100);
    json_object_put(row);
    fixture_clear(&f);
}

static void repeated_ids_are_numbered(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing);
    struct record *records = f.analysis.records;
    records[4] = records[7] = records[2];
    f.analysis.pair_of[4] = f.analysis.pair_of[7] = f.analysis.pair_of[2];
    char ids[3][ROW_ID];
    struct rows *rows = rows_new(&f.report);
    rows_id(rows, 2, ids[0]);
    rows_id(rows, 4, ids[1]);
    rows_id(rows, 7, ids[2]);
    CU_ASSERT_EQUAL(strlen(ids[0]), 17);
    CU_ASSERT_TRUE(strncmp(ids[0], ids[1], 17) == 0 && strncmp(ids[0], ids[2], 17) == 0);
    CU_ASSERT_STRING_EQUAL(ids[1] + 17, ".2");
    CU_ASSERT_STRING_EQUAL(ids[2] + 17, ".3");
    rows_free(rows);
    fixture_clear(&f);
}

static void filters_name_frames_only_when_ports_are_used_again(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing);
    f.analysis.records[3].end[CLIENT] = f.analysis.records[0].end[CLIENT];
    f.analysis.records[3].end[SERVER] = f.analysis.records[0].end[SERVER];
    f.analysis.pair_of[3] = f.analysis.pair_of[0];
    struct rows *rows = rows_new(&f.report);
    GString *text = g_string_new(NULL);
    row_filter_append(text, rows, 1);
    json_text_end(text);
    CU_ASSERT_STRING_EQUAL(
        text->str,
        "ip.addr == 10.0.0.2 && ip.addr == 10.0.1.1 && tcp.port == 32769 && tcp.port == 80");
    g_string_truncate(text, 0);
    row_filter_append(text, rows, 3);
    json_text_end(text);
    CU_ASSERT_STRING_EQUAL(text->str,
                           "ip.addr == 10.0.0.1 && ip.addr == 10.0.1.0 && tcp.port == 32768 && "
                           "tcp.port == 8080 && frame.number >= 61 && frame.number <= 72");
    g_string_free(text, TRUE);
    rows_free(rows);
    fixture_clear(&f);
}

static void evidence_of_findings_has_a_ladder(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing); // the last one is evidence
    json_object *row = row_of(&f, 1);
    CU_ASSERT_EQUAL(tree_length(tree_get(row, "ladder")), 0);
    json_object_put(row);
    row = row_of(&f, 9);
    json_object *ladder = tree_get(row, "ladder");
    CU_ASSERT_EQUAL_FATAL(tree_length(ladder), 9);
    CU_ASSERT_STRING_EQUAL(tree_get_text(tree_at(ladder, 0), "from"), "client");
    CU_ASSERT_STRING_EQUAL(tree_get_text(tree_at(ladder, 0), "what"), "first packet");
    for (size_t i = 1; i < 9; i++)
        CU_ASSERT_TRUE(tree_get_count(tree_at(ladder, i - 1), "frame") <=
                       tree_get_count(tree_at(ladder, i), "frame"));
    json_object_put(row);
    fixture_clear(&f);
}

static void processes_stand_at_the_end_that_is_told(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing);
    json_object *row = row_of(&f, 1);
    CU_ASSERT_EQUAL(tree_length(tree_get(row, "processes")), 0);
    json_object_put(row);
    row = row_of(&f, 7);
    CU_ASSERT_EQUAL_FATAL(tree_length(tree_get(row, "processes")), 1);
    json_object *process = tree_at(tree_get(row, "processes"), 0);
    CU_ASSERT_STRING_EQUAL(tree_get_text(process, "end"), "client");
    CU_ASSERT_EQUAL(tree_get_count(process, "pid"), 4711);
    CU_ASSERT_STRING_EQUAL(tree_get_text(process, "command"), "/usr/bin/pay");
    CU_ASSERT_TRUE(is_null(process, "container_name"));
    json_object_put(row);
    row = row_of(&f, 2);
    CU_ASSERT_EQUAL_FATAL(tree_length(tree_get(row, "processes")), 1);
    CU_ASSERT_TRUE(is_null(tree_at(tree_get(row, "processes"), 0), "end"));
    json_object_put(row);
    fixture_clear(&f);
}

static void labels_stand_in_every_row(void)
{
    char *labels[] = {(char *)"pod=a\"b", (char *)"zone=0", (char *)"zone=1", (char *)"empty",
                      NULL};
    struct fixture f;
    fixture_init(&f, 3, nothing);
    f.options.labels = labels;
    json_object *row = row_of(&f, 1), *object = tree_get(row, "labels");
    CU_ASSERT_STRING_EQUAL(tree_get_text(object, "pod"), "a\"b");
    CU_ASSERT_STRING_EQUAL(tree_get_text(object, "zone"), "1");
    CU_ASSERT_STRING_EQUAL(tree_get_text(object, "empty"), "");
    json_object_put(row);
    fixture_clear(&f);
}

static void hostile_names_leave_rows_valid(void)
{
    uint8_t bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)i;
    for (size_t from = 0; from < 256; from += 16) {
        struct fixture f;
        fixture_init(&f, 10, slice_of(bytes + from, 16));
        for (size_t i = 0; i < 10; i++) {
            GString *text = g_string_new(NULL);
            append_row(text, &f, i);
            for (size_t k = 0; k < text->len; k++)
                CU_ASSERT_TRUE((uint8_t)text->str[k] >= 0x20 && text->str[k] != 0x7f);
            g_string_free(text, TRUE);
            json_object_put(row_of(&f, i));
        }
        fixture_clear(&f);
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("row", NULL, NULL);
    CU_ADD_TEST(suite, seconds_keep_nanoseconds_and_drop_zeros);
    CU_ADD_TEST(suite, seconds_read_back_as_the_same_nanoseconds);
    CU_ADD_TEST(suite, times_are_rfc_3339_in_utc);
    CU_ADD_TEST(suite, times_agree_with_the_c_library);
    CU_ADD_TEST(suite, strings_from_the_wire_are_safe_json);
    CU_ADD_TEST(suite, every_key_stands_in_every_row_in_order);
    CU_ADD_TEST(suite, unknown_counts_of_opaque_connections_are_null);
    CU_ADD_TEST(suite, close_tells_the_wire);
    CU_ADD_TEST(suite, evidence_has_the_gap_and_what_the_group_says);
    CU_ADD_TEST(suite, frames_count_within_their_input);
    CU_ADD_TEST(suite, repeated_ids_are_numbered);
    CU_ADD_TEST(suite, filters_name_frames_only_when_ports_are_used_again);
    CU_ADD_TEST(suite, evidence_of_findings_has_a_ladder);
    CU_ADD_TEST(suite, processes_stand_at_the_end_that_is_told);
    CU_ADD_TEST(suite, labels_stand_in_every_row);
    CU_ADD_TEST(suite, hostile_names_leave_rows_valid);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
