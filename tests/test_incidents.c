// SPDX-License-Identifier: BSD-2-Clause
// The claims of the published incidents, each shown by the report of a sample: incidents.def.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/truth.h"

struct claim {
    const char *row, *sample, *path, *op, *value;
};

static const struct claim claims[] = {
#define CLAIM(row, sample, path, op, value) {row, sample, path, op, value},
#include "incidents.def"
#undef CLAIM
};

// The report as the program writes it; caller puts it. NULL when it fails.
static json_object *report_of(const char *sample)
{
    const char *program = g_getenv("CONNREUSE"), *top = g_getenv("top_srcdir");
    char *base = g_build_filename(top ? top : ".", "samples", sample, NULL);
    char *path = truth_capture(base);
    const char *command[] = {program ? program : "src/connreuse", "-q", "-T", "json", path, NULL};
    char *text = NULL;
    int status = -1;
    bool ran = g_spawn_sync(NULL, (char **)command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text,
                            NULL, &status, NULL);
    json_object *report = ran && status == 0 ? json_tokener_parse(text) : NULL;
    g_free(text);
    g_free(path);
    g_free(base);
    return report;
}

static bool is_so(json_object *element, const char *condition)
{
    char **sides = g_strsplit(condition, "=", 2);
    json_object *value = NULL;
    bool has = sides[1] && json_object_object_get_ex(element, sides[0], &value) && value;
    bool result = has && strcmp(json_object_get_string(value), sides[1]) == 0;
    g_strfreev(sides);
    return result;
}

// The first element that meets all conditions, or the one with this number.
static json_object *element_of(json_object *array, const char *wanted)
{
    if (!json_object_is_type(array, json_type_array))
        return NULL;
    size_t count = json_object_array_length(array);
    if (g_ascii_isdigit(wanted[0])) {
        size_t index = strtoul(wanted, NULL, 10);
        return index < count ? json_object_array_get_idx(array, index) : NULL;
    }
    char **conditions = g_strsplit(wanted, ",", 0);
    json_object *found = NULL;
    for (size_t i = 0; i < count && !found; i++) {
        json_object *element = json_object_array_get_idx(array, i);
        bool all = true;
        for (char **each = conditions; *each; each++)
            all &= is_so(element, *each);
        found = all ? element : NULL;
    }
    g_strfreev(conditions);
    return found;
}

// One key of a path, with its element: "pairs[0]".
static json_object *step(json_object *from, const char *word)
{
    char **parts = g_strsplit_set(word, "[]", 3);
    json_object *next = NULL;
    if (json_object_is_type(from, json_type_object))
        json_object_object_get_ex(from, parts[0], &next);
    if (next && parts[1])
        next = element_of(next, parts[1]);
    g_strfreev(parts);
    return next;
}

// The value at a path of the report, counted up by one; NULL: there is none.
static json_object *value_at(json_object *report, const char *path)
{
    char **words = g_strsplit(path, ".", 0);
    json_object *value = report, *length = NULL;
    for (char **word = words; *word && value; word++) {
        if (strcmp(*word, "#") == 0 && json_object_is_type(value, json_type_array))
            value = length = json_object_new_int64((int64_t)json_object_array_length(value));
        else
            value = step(value, *word);
    }
    g_strfreev(words);
    return length ? length : json_object_get(value);
}

static bool rises(json_object *array)
{
    if (!json_object_is_type(array, json_type_array) || json_object_array_length(array) < 2)
        return false;
    size_t count = json_object_array_length(array);
    bool falls = false;
    for (size_t i = 1; i < count; i++)
        falls |= json_object_get_double(json_object_array_get_idx(array, i)) <
                 json_object_get_double(json_object_array_get_idx(array, i - 1));
    return !falls && json_object_get_double(json_object_array_get_idx(array, count - 1)) >
                         json_object_get_double(json_object_array_get_idx(array, 0));
}

static bool holds(const struct claim *claim, json_object *value)
{
    if (strcmp(claim->op, "none") == 0)
        return !value;
    if (!value)
        return false;
    if (strcmp(claim->op, "rises") == 0)
        return rises(value);
    if (strcmp(claim->op, "is") == 0)
        return strcmp(json_object_get_string(value), claim->value) == 0;
    if (strcmp(claim->op, "has") == 0)
        return strstr(json_object_get_string(value), claim->value) != NULL;
    double number = json_object_get_double(value), wanted = g_ascii_strtod(claim->value, NULL);
    if (json_object_is_type(value, json_type_boolean))
        number = json_object_get_boolean(value);
    switch (claim->op[0]) {
    case '=':
        return number >= wanted - 1e-9 && number <= wanted + 1e-9;
    case '>':
        return number >= wanted;
    case '<':
        return number <= wanted;
    default:
        return false;
    }
}

static void each_claim_is_shown(void)
{
    GHashTable *reports = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                                (GDestroyNotify)(void (*)(void))json_object_put);
    for (size_t i = 0; i < G_N_ELEMENTS(claims); i++) {
        const struct claim *claim = &claims[i];
        json_object *report = g_hash_table_lookup(reports, claim->sample);
        if (!report) {
            report = report_of(claim->sample);
            g_hash_table_insert(reports, (char *)claim->sample, report);
        }
        CU_ASSERT_PTR_NOT_NULL(report);
        json_object *value = report ? value_at(report, claim->path) : NULL;
        bool is_shown = report && holds(claim, value);
        if (!is_shown)
            printf("\n    %s: %s of %s is %s, not %s %s", claim->row, claim->path, claim->sample,
                   value ? json_object_get_string(value) : "missing", claim->op, claim->value);
        CU_ASSERT_TRUE(is_shown);
        json_object_put(value);
    }
    g_hash_table_destroy(reports);
}

// The rows of the incidents, so that none is forgotten.
static void each_row_has_a_claim(void)
{
    static const unsigned rows[] = {7, 6, 5, 9, 6}; // the last of each incident, from .1 on
    for (unsigned incident = 0; incident < G_N_ELEMENTS(rows); incident++) {
        for (unsigned row = 1; row <= rows[incident]; row++) {
            char name[16];
            g_snprintf(name, sizeof(name), "%u.%u ", incident, row);
            bool found = false;
            for (size_t i = 0; i < G_N_ELEMENTS(claims); i++)
                found |= g_str_has_prefix(claims[i].row, name);
            CU_ASSERT_TRUE(found);
        }
    }
}

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 99;
    CU_pSuite suite = CU_add_suite("incidents", NULL, NULL);
    CU_ADD_TEST(suite, each_claim_is_shown);
    CU_ADD_TEST(suite, each_row_has_a_claim);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    unsigned failures = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failures != 0;
}
