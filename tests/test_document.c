// SPDX-License-Identifier: BSD-2-Clause
// Documents: every key in its order, which rows are held, places, and the JSON and NDJSON views.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdlib.h>

#include "judge/finding.h"
#include "report/document_rows.h"
#include "report/places.h"
#include "report/saved.h"
#include "report/tree.h"
#include "report_fixture.h"

static const struct slice nothing = {NULL, 0};

// What a view writes; caller frees.
static char *view_text(json_object *document, enum report_format format, const struct fixture *f)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    GError *error = NULL;
    CU_ASSERT_TRUE(view_write(document, format, &f->options, out, &error));
    CU_ASSERT_PTR_NULL(error);
    fclose(out);
    return text;
}

static void expect_keys(json_object *object, const char *const *keys, size_t count)
{
    size_t k = 0;
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        CU_ASSERT_TRUE_FATAL(k < count);
        CU_ASSERT_STRING_EQUAL(key, keys[k]);
        k++;
    }
    CU_ASSERT_EQUAL(k, count);
}

static void every_key_is_there_even_when_nothing_is_known(void)
{
    static const char *const keys[] = {"schema",
                                       "tool",
                                       "run",
                                       "inputs",
                                       "coverage",
                                       "totals",
                                       "requests_per_connection",
                                       "families",
                                       "causes",
                                       "pairs",
                                       "findings",
                                       "settings",
                                       "conflicts",
                                       "sockets",
                                       "what_if",
                                       "connections",
                                       "warnings",
                                       "pairs_total"};
    for (size_t connections = 0; connections <= 10; connections += 10) {
        struct fixture f;
        fixture_init(&f, connections, nothing);
        json_object *document = document_new(&f.report);
        expect_keys(document, keys, G_N_ELEMENTS(keys));
        CU_ASSERT_EQUAL(tree_get_count(tree_get(document, "totals"), "connections"), connections);
        json_object *ratio = NULL, *totals = tree_get(document, "totals");
        CU_ASSERT_TRUE(json_object_object_get_ex(totals, "reuse_ratio", &ratio));
        CU_ASSERT_TRUE((ratio == NULL) == (connections == 0));
        json_object_put(document);
        fixture_clear(&f);
    }
}

static void shares_are_exact_decimals(void)
{
    struct fixture f;
    fixture_init(&f, 3, nothing);
    json_object *document = document_new(&f.report);
    json_object *cause = tree_at(tree_get(document, "causes"), 0);
    CU_ASSERT_STRING_EQUAL(json_object_to_json_string(tree_get(cause, "share")), "0.333333333");
    json_object_put(document);
    fixture_clear(&f);
}

// Counts the rows held of each cause.
static void count_rows(json_object *document, uint64_t counts[CAUSES])
{
    json_object *rows = tree_get(tree_get(document, "connections"), "rows");
    memset(counts, 0, CAUSES * sizeof *counts);
    for (size_t i = 0; i < tree_length(rows); i++) {
        json_object *row = document_row_open(tree_at(rows, i));
        counts[cause_find(tree_get_text(tree_get(row, "close"), "cause"))]++;
        json_object_put(row);
    }
}

static void rows_are_picked_evenly_per_cause(void)
{
    struct fixture f;
    uint64_t counts[CAUSES];
    fixture_init(&f, 1000, nothing);
    for (size_t i = 0; i < 1000; i++) // all but 18 of the opaque ones become open
        if (f.analysis.verdicts[i].cause == CAUSE_OPAQUE_CLOSED && i > 180)
            f.analysis.verdicts[i].cause = CAUSE_OPEN;
    f.options.max_connections = 500;
    json_object *document = document_new(&f.report);
    json_object *connections = tree_get(document, "connections");
    count_rows(document, counts);
    CU_ASSERT_EQUAL(tree_get_count(connections, "total"), 1000);
    CU_ASSERT_EQUAL(tree_get_count(connections, "included"), 500);
    CU_ASSERT_EQUAL(tree_length(tree_get(connections, "rows")), 500);
    CU_ASSERT_EQUAL(counts[CAUSE_OPAQUE_CLOSED], 18);
    for (int c = 0; c < CAUSES; c++)
        CU_ASSERT_TRUE(counts[c] == 0 || counts[c] == 18 || (counts[c] >= 53 && counts[c] <= 55));
    CU_ASSERT_PTR_NOT_NULL(strstr(tree_get_text(connections, "selection"), "500 of 1000"));
    json_object_put(document);
    fixture_clear(&f);
}

static void names_beyond_the_cap_are_told(void)
{
    struct fixture f;
    fixture_init(&f, 3, nothing);
    f.report.counts.names_refused = 7;
    json_object *document = document_new(&f.report);
    json_object *warnings = tree_get(document, "warnings");
    json_object *last = tree_at(warnings, tree_length(warnings) - 1);
    CU_ASSERT_EQUAL(tree_get_count(tree_get(document, "coverage"), "names_not_kept"), 7);
    CU_ASSERT_STRING_EQUAL(tree_get_text(last, "id"), "names-not-kept");
    json_object_put(document);
    fixture_clear(&f);
}

static void evidence_rows_are_always_held(void)
{
    struct fixture f;
    fixture_init(&f, 1000, nothing);
    f.options.max_connections = 20;
    struct finding *finding = &g_array_index(f.analysis.findings, struct finding, 0);
    finding->evidence_count = FINDING_LIST;
    for (uint32_t i = 0; i < FINDING_LIST; i++)
        finding->evidence[i] = 3 + 10 * (FINDING_LIST - 1 - i);
    json_object *document = document_new(&f.report);
    json_object *rows = tree_get(tree_get(document, "connections"), "rows");
    json_object *evidence = tree_get(tree_at(tree_get(document, "findings"), 0), "evidence");
    CU_ASSERT_EQUAL(tree_length(rows), 20);
    CU_ASSERT_EQUAL(tree_length(evidence), FINDING_LIST);
    for (size_t e = 0; e < tree_length(evidence); e++) {
        bool is_held = false;
        for (size_t i = 0; i < tree_length(rows); i++) {
            json_object *row = document_row_open(tree_at(rows, i));
            is_held |= strcmp(tree_get_text(row, "id"),
                              tree_get_text(tree_at(evidence, e), "connection")) == 0;
            json_object_put(row);
        }
        CU_ASSERT_TRUE(is_held);
        CU_ASSERT_TRUE(e == 0 || tree_get_count(tree_at(evidence, e - 1), "frame") <
                                     tree_get_count(tree_at(evidence, e), "frame"));
    }
    json_object_put(document);
    fixture_clear(&f);
}

static void rows_can_be_left_out_or_be_of_one_cause(void)
{
    struct fixture f;
    uint64_t counts[CAUSES];
    fixture_init(&f, 100, nothing);
    f.options.max_connections = 0;
    json_object *document = document_new(&f.report);
    CU_ASSERT_EQUAL(tree_length(tree_get(tree_get(document, "connections"), "rows")), 0);
    CU_ASSERT_STRING_EQUAL(tree_get_text(tree_get(document, "connections"), "selection"), "none");
    json_object_put(document);
    f.options.max_connections = -1;
    f.options.only_cause = CAUSE_UNREAD_BODY;
    document = document_new(&f.report);
    count_rows(document, counts);
    CU_ASSERT_EQUAL(counts[CAUSE_UNREAD_BODY], 10);
    CU_ASSERT_EQUAL(tree_get_count(tree_get(document, "connections"), "included"), 10);
    CU_ASSERT_EQUAL(tree_get_count(tree_get(document, "connections"), "total"), 100);
    json_object_put(document);
    fixture_clear(&f);
}

static void a_saved_document_gives_the_same_json_again(void)
{
    struct fixture f;
    uint8_t hostile[] = "\x1b]0;x\x07<\"\\\xe2\x80\xae\xff";
    fixture_init(&f, 50, slice_of(hostile, sizeof hostile - 1));
    json_object *document = document_new(&f.report);
    char *first = view_text(document, REPORT_JSON, &f);
    GError *error = NULL;
    json_object *saved = saved_parse(first, strlen(first), &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(saved);
    char *second = view_text(saved, REPORT_JSON, &f);
    CU_ASSERT_STRING_EQUAL(first, second);
    char *lines = view_text(document, REPORT_NDJSON, &f);
    char *saved_lines = view_text(saved, REPORT_NDJSON, &f);
    CU_ASSERT_STRING_EQUAL(lines, saved_lines);
    free(first);
    free(second);
    free(lines);
    free(saved_lines);
    json_object_put(saved);
    json_object_put(document);
    fixture_clear(&f);
}

static void ndjson_is_every_row_then_the_summary(void)
{
    struct fixture f;
    fixture_init(&f, 30, nothing);
    f.options.max_connections = 5;
    json_object *document = document_new(&f.report);
    char *text = NULL;
    size_t length = 0, lines = 0;
    FILE *out = open_memstream(&text, &length);
    GError *error = NULL;
    CU_ASSERT_TRUE(ndjson_write(&f.report, document, out, &error));
    fclose(out);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
        json_object *object = json_tokener_parse(line);
        CU_ASSERT_TRUE(g_str_has_prefix(line, "{\"type\":\""));
        CU_ASSERT_STRING_EQUAL(tree_get_text(object, "type"),
                               lines < 30 ? "connection" : "summary");
        if (lines == 30) {
            json_object *connections = tree_get(object, "connections");
            CU_ASSERT_PTR_NULL(tree_get(connections, "rows"));
            CU_ASSERT_EQUAL(tree_get_count(connections, "included"), 30);
        }
        json_object_put(object);
    }
    CU_ASSERT_EQUAL(lines, 31);
    free(text);
    json_object_put(document);
    fixture_clear(&f);
}

static void connections_are_ordered_by_input_and_frame(void)
{
    struct fixture f;
    fixture_init(&f, 30, nothing); // input 1 was read first
    json_object *document = document_new(&f.report);
    json_object *rows = tree_get(tree_get(document, "connections"), "rows");
    uint64_t before = 0;
    for (size_t i = 0; i < tree_length(rows); i++) {
        json_object *row = document_row_open(tree_at(rows, i));
        json_object *seen = tree_at(tree_get_array(row, "evidence"), 0);
        uint64_t place = tree_get_count(seen, "input") << 32 | tree_get_count(seen, "frame");
        CU_ASSERT_TRUE(seen == NULL || place > before);
        before = seen == NULL ? before : place;
        json_object_put(row);
    }
    CU_ASSERT_EQUAL(before >> 32, 1);
    json_object_put(document);
    fixture_clear(&f);
}

static void a_failed_write_is_an_error(void)
{
    struct fixture f;
    fixture_init(&f, 1000, nothing);
    json_object *document = document_new(&f.report);
    for (int format = 0; format < REPORT_FORMATS; format++) {
        FILE *full = fopen("/dev/full", "w");
        GError *error = NULL;
        CU_ASSERT_FALSE(view_write(document, (enum report_format)format, &f.options, full, &error));
        CU_ASSERT_PTR_NOT_NULL(error);
        CU_ASSERT_STRING_EQUAL(error->message, g_strerror(ENOSPC));
        g_clear_error(&error);
        fclose(full);
    }
    json_object_put(document);
    fixture_clear(&f);
}

static bool has_warning(json_object *document, const char *id)
{
    json_object *warnings = tree_get(document, "warnings");
    for (size_t i = 0; i < tree_length(warnings); i++) {
        if (strcmp(tree_get_text(tree_at(warnings, i), "id"), id) == 0)
            return true;
    }
    return false;
}

static void warnings_tell_what_the_capture_lacks(void)
{
    struct fixture f;
    fixture_init(&f, 10, nothing);
    f.inputs[0].info.clock_backwards = true;
    f.inputs[0].info.has_kernel_drops = true;
    f.inputs[0].info.kernel_drops = 3;
    f.inputs[0].info.noise_bytes = 12;
    f.inputs[0].info.first += 600 * NANOS_PER_SECOND;
    f.inputs[0].info.last += 600 * NANOS_PER_SECOND;
    f.report.counts.duplicates = 4;
    f.report.counts.evicted = 5;
    f.analysis.twins = 2;
    f.analysis.totals.snaplen_cut = 6;
    f.analysis.totals.one_direction = 1;
    json_object *document = document_new(&f.report);
    static const char *const ids[] = {"truncated-input",    "lossy",
                                      "midstream",          "one-direction",
                                      "snaplen-cut",        "duplicates",
                                      "clock-backwards",    "evicted",
                                      "kernel-drops",       "noise-before-capture",
                                      "gap-between-inputs", "nat-twins"};
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
        CU_ASSERT_TRUE(has_warning(document, ids[i]));
    CU_ASSERT_FALSE(has_warning(document, "all-opaque"));
    json_object_put(document);
    fixture_clear(&f);
}

static void a_good_capture_has_no_warnings(void)
{
    struct fixture f;
    fixture_init(&f, 7, nothing);
    f.inputs[1].info.truncated = false;
    json_object *document = document_new(&f.report);
    CU_ASSERT_EQUAL(tree_length(tree_get(document, "warnings")), 0);
    json_object_put(document);
    fixture_clear(&f);
}

static void places_are_found_in_inputs_of_any_order(void)
{
    static const struct report_run runs[] = {{10, 0}, {0, 0}, {15, 0}};
    const struct report_input inputs[4] = {{{.packets = 5}, &runs[0], 1},
                                           {{.packets = 10}, &runs[1], 1},
                                           {{.packets = 0}, NULL, 0},
                                           {{.packets = 1}, &runs[2], 1}};
    struct places places;
    places_init(&places, inputs, 4);
    for (uint32_t frame = 1; frame <= 16; frame++) {
        struct place place = places_find(&places, frame);
        CU_ASSERT_EQUAL(place.input, frame <= 10 ? 1 : frame <= 15 ? 0 : 3);
        CU_ASSERT_EQUAL(place.frame, frame <= 10 ? frame : frame <= 15 ? frame - 10 : 1);
    }
    places_clear(&places);
}

static void places_are_found_in_inputs_read_side_by_side(void)
{
    static const struct report_run one[] = {{0, 0}, {6, 4}}, other[] = {{4, 0}, {8, 2}};
    const struct report_input inputs[2] = {{{.packets = 6}, one, 2}, {{.packets = 4}, other, 2}};
    static const struct place expected[] = {{0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 1},
                                            {1, 2}, {0, 5}, {0, 6}, {1, 3}, {1, 4}};
    struct places places;
    places_init(&places, inputs, 2);
    for (uint32_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        CU_ASSERT_EQUAL(places_find(&places, i + 1).input, expected[i].input);
        CU_ASSERT_EQUAL(places_find(&places, i + 1).frame, expected[i].frame);
    }
    places_clear(&places);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("document", NULL, NULL);
    CU_ADD_TEST(suite, every_key_is_there_even_when_nothing_is_known);
    CU_ADD_TEST(suite, shares_are_exact_decimals);
    CU_ADD_TEST(suite, rows_are_picked_evenly_per_cause);
    CU_ADD_TEST(suite, names_beyond_the_cap_are_told);
    CU_ADD_TEST(suite, evidence_rows_are_always_held);
    CU_ADD_TEST(suite, rows_can_be_left_out_or_be_of_one_cause);
    CU_ADD_TEST(suite, a_saved_document_gives_the_same_json_again);
    CU_ADD_TEST(suite, ndjson_is_every_row_then_the_summary);
    CU_ADD_TEST(suite, connections_are_ordered_by_input_and_frame);
    CU_ADD_TEST(suite, a_failed_write_is_an_error);
    CU_ADD_TEST(suite, warnings_tell_what_the_capture_lacks);
    CU_ADD_TEST(suite, a_good_capture_has_no_warnings);
    CU_ADD_TEST(suite, places_are_found_in_inputs_of_any_order);
    CU_ADD_TEST(suite, places_are_found_in_inputs_read_side_by_side);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
