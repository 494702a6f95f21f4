// SPDX-License-Identifier: BSD-2-Clause
// Reports are as the JSON Schema that ships with the program says, and the schema is strict.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdlib.h>

#include "base/embedded.h"
#include "report/tree.h"
#include "report_fixture.h"
#include "schema_check.h"

static const struct slice nothing = {NULL, 0};

static json_object *schema_new(void)
{
    struct slice text = embedded_find("report.schema.json");
    CU_ASSERT_TRUE_FATAL(text.length > 0);
    json_object *schema = json_tokener_parse((const char *)text.at);
    CU_ASSERT_PTR_NOT_NULL_FATAL(schema);
    return schema;
}

// A view of the fixture's report, read back; caller puts it.
static json_object *document_of(struct fixture *f)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    json_object *document = document_new(&f->report);
    CU_ASSERT_TRUE(view_write(document, REPORT_JSON, &f->options, out, NULL));
    fclose(out);
    json_object_put(document);
    document = json_tokener_parse(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(document);
    free(text);
    return document;
}

static bool is_valid(json_object *schema, const char *definition, json_object *value)
{
    GString *faults = g_string_new(NULL);
    json_object *part = definition ? tree_get(tree_get(schema, "$defs"), definition) : schema;
    bool is_good = schema_check(schema, part, value, faults);
    CU_ASSERT_EQUAL(is_good, faults->len == 0);
    g_string_free(faults, TRUE);
    return is_good;
}

static void reports_are_valid(void)
{
    json_object *schema = schema_new();
    for (size_t connections = 0; connections <= 100; connections = connections * 4 + 1) {
        struct fixture f;
        fixture_init(&f, connections, slice_of("\x1b\xff\"", 3));
        json_object *document = document_of(&f);
        GString *faults = g_string_new(NULL);
        if (!schema_check(schema, schema, document, faults))
            CU_FAIL(faults->str);
        CU_ASSERT_STRING_EQUAL(faults->str, "");
        g_string_free(faults, TRUE);
        json_object_put(document);
        fixture_clear(&f);
    }
    json_object_put(schema);
}

static void lines_of_ndjson_are_valid(void)
{
    json_object *schema = schema_new();
    struct fixture f;
    char *text = NULL;
    size_t length = 0;
    fixture_init(&f, 30, nothing);
    json_object *document = document_new(&f.report);
    FILE *out = open_memstream(&text, &length);
    CU_ASSERT_TRUE(ndjson_write(&f.report, document, out, NULL));
    fclose(out);
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        json_object *object = json_tokener_parse(line);
        CU_ASSERT_TRUE(is_valid(schema, tree_get_text(object, "type"), object));
        json_object_put(object);
    }
    free(text);
    json_object_put(document);
    fixture_clear(&f);
    json_object_put(schema);
}

static void a_key_too_few_or_too_many_is_invalid(void)
{
    json_object *schema = schema_new();
    struct fixture f;
    fixture_init(&f, 10, nothing);
    json_object *document = document_of(&f);
    json_object *row = tree_at(tree_get(tree_get(document, "connections"), "rows"), 0);
    CU_ASSERT_TRUE(is_valid(schema, NULL, document));
    json_object_object_add(row, "surprise", NULL);
    CU_ASSERT_FALSE(is_valid(schema, NULL, document));
    json_object_object_del(row, "surprise");
    CU_ASSERT_TRUE(is_valid(schema, NULL, document));
    json_object_object_del(tree_get(row, "close"), "reason");
    CU_ASSERT_FALSE(is_valid(schema, NULL, document));
    json_object_put(document);
    fixture_clear(&f);
    json_object_put(schema);
}

static void a_wrong_value_is_invalid(void)
{
    static const struct {
        const char *part, *key, *json;
    } wrong[] = {{"totals", "connections", "-1"},   {"totals", "connections", "\"3\""},
                 {"totals", "connections", "null"}, {"totals", "reuse_ratio", "1.5"},
                 {"run", "started", "\"today\""},   {"schema", "version", "\"2.0\""},
                 {"coverage", "skipped", "[]"},     {"coverage", "packets", "0.5"}};
    json_object *schema = schema_new();
    struct fixture f;
    fixture_init(&f, 10, nothing);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        json_object *document = document_of(&f);
        json_object_object_add(tree_get(document, wrong[i].part), wrong[i].key,
                               json_tokener_parse(wrong[i].json));
        CU_ASSERT_FALSE(is_valid(schema, NULL, document));
        json_object_put(document);
    }
    fixture_clear(&f);
    json_object_put(schema);
}

// Every object of the schema is closed and asks for all of its keys, the two open ones apart.
static void expect_strict(json_object *schema, unsigned *open)
{
    json_object *properties = tree_get(schema, "properties");
    if (json_object_is_type(properties, json_type_object) && tree_get(schema, "required") != NULL) {
        CU_ASSERT_EQUAL(tree_length(tree_get(schema, "required")),
                        (size_t)json_object_object_length(properties));
        CU_ASSERT_FALSE(tree_get_bool(schema, "additionalProperties"));
    }
    *open += json_object_is_type(tree_get(schema, "additionalProperties"), json_type_object);
    if (json_object_is_type(schema, json_type_object)) {
        json_object_object_foreach(schema, key, value)
        {
            (void)key;
            expect_strict(value, open);
        }
    }
    for (size_t i = 0; i < tree_length(schema); i++)
        expect_strict(tree_at(schema, i), open);
}

static void the_schema_is_strict(void)
{
    json_object *schema = schema_new();
    unsigned open = 0;
    expect_strict(schema, &open);
    CU_ASSERT_EQUAL(open, 3); // labels, and coverage.skipped of the document and the summary
    json_object_put(schema);
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return EXIT_FAILURE;
    CU_pSuite suite = CU_add_suite("schema", NULL, NULL);
    CU_ADD_TEST(suite, reports_are_valid);
    CU_ADD_TEST(suite, lines_of_ndjson_are_valid);
    CU_ADD_TEST(suite, a_key_too_few_or_too_many_is_invalid);
    CU_ADD_TEST(suite, a_wrong_value_is_invalid);
    CU_ADD_TEST(suite, the_schema_is_strict);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
