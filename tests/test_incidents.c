// SPDX-License-Identifier: BSD-2-Clause
// The claims of the published incidents, each shown by the report of a sample: incidents.def.
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <glib.h>
#include <json-c/json.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/truth.h"

struct claim {
    const char *row, *sample, *path, *op, *value, *source;
};

static const struct claim claims[] = {
#define CLAIM(row, sample, path, op, value, source) {row, sample, path, op, value, source},
#include "incidents.def"
#undef CLAIM
};

// A sample, or a recording that is none for its size. Without a suffix; caller frees.
static char *base_of(const char *sample)
{
    const char *top = g_getenv("top_srcdir");
    char *base = g_build_filename(top ? top : ".", "samples", sample, NULL);
    char *path = g_strconcat(base, ".truth", NULL);
    if (!g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_free(base);
        base = g_build_filename(top ? top : ".", "tests", "data", "incidents", sample, NULL);
    }
    g_free(path);
    return base;
}

// The report as the program writes it; caller puts it. NULL when it fails.
static json_object *report_of(const char *sample)
{
    const char *program = g_getenv("CONNREUSE");
    char *base = base_of(sample), *path = truth_capture(base);
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

// How many connections the recorder's log has: all, or with this cause.
static char *count_truths(const char *path, const char *cause)
{
    GArray *truths = truths_load(path);
    unsigned count = 0;
    for (guint i = 0; i < truths->len; i++) {
        const struct truth *truth = &g_array_index(truths, struct truth, i);
        count += truth->port != 0 && (!cause || strcmp(truth->causes, cause) == 0);
    }
    g_array_free(truths, TRUE);
    return g_strdup_printf("%u", count);
}

// What the recorder measured: the line "# KEY = VALUE (where from)" of a truth; NULL without one.
static char *measured(const char *path, const char *key)
{
    char *text = NULL, *start = g_strdup_printf("# %s = ", key), *value = NULL;
    g_file_get_contents(path, &text, NULL, NULL);
    char **lines = g_strsplit(text ? text : "", "\n", -1);
    for (char **line = lines; *line && !value; line++)
        if (g_str_has_prefix(*line, start))
            value = g_strndup(*line + strlen(start), strcspn(*line + strlen(start), " "));
    g_strfreev(lines);
    g_free(start);
    g_free(text);
    return value;
}

// The value of a claim: as it stands, or from the truth of its sample, "@KEY", or of another,
// "@KEY:SAMPLE"; "@connections" and "@connections=CAUSE" are counted there. Caller frees.
static char *value_of(const struct claim *claim)
{
    if (claim->value[0] != '@')
        return g_strdup(claim->value);
    char **parts = g_strsplit(claim->value + 1, ":", 2);
    char *base = base_of(parts[1] ? parts[1] : claim->sample);
    char *path = g_strconcat(base, ".truth", NULL), *value;
    if (g_str_has_prefix(parts[0], "connections"))
        value = count_truths(path, strchr(parts[0], '=') ? strchr(parts[0], '=') + 1 : NULL);
    else
        value = measured(path, parts[0]);
    if (!value)
        printf("\n    no %s in %s", parts[0], path);
    g_free(path);
    g_free(base);
    g_strfreev(parts);
    return value;
}

static json_object *value_at(json_object *report, const char *path);

static bool is_so(json_object *element, const char *condition)
{
    char **sides = g_strsplit(condition, "=", 2);
    json_object *value = sides[1] ? value_at(element, sides[0]) : NULL;
    bool result = value && strcmp(json_object_get_string(value), sides[1]) == 0;
    json_object_put(value);
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

// Where the first word of a path ends: a point within brackets is none.
static size_t word_length(const char *path)
{
    size_t length = 0;
    for (bool inside = false; path[length] && (inside || path[length] != '.'); length++)
        inside = path[length] == '[' || (inside && path[length] != ']');
    return length;
}

// The value at a path of the report, counted up by one; NULL: there is none.
static json_object *value_at(json_object *report, const char *path)
{
    json_object *value = report, *length = NULL;
    while (*path && value) {
        char *word = g_strndup(path, word_length(path));
        if (strcmp(word, "#") == 0 && json_object_is_type(value, json_type_array))
            value = length = json_object_new_int64((int64_t)json_object_array_length(value));
        else if (strcmp(word, "last") == 0 && json_object_is_type(value, json_type_array))
            value = json_object_array_get_idx(value, json_object_array_length(value) - 1);
        else
            value = step(value, word);
        path += strlen(word);
        path += *path == '.';
        g_free(word);
    }
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

// The number itself, or the one that follows the words after "after" in a text.
static double number_of(const char *op, json_object *value)
{
    const char *words = strstr(op, " after "), *text = json_object_get_string(value);
    if (json_object_is_type(value, json_type_boolean))
        return json_object_get_boolean(value);
    if (!words)
        return json_object_get_double(value);
    const char *found = strstr(text, words + strlen(" after "));
    return found ? g_ascii_strtod(found + strlen(words) - strlen(" after "), NULL) : NAN;
}

static bool holds(const char *op, const char *wanted, json_object *value)
{
    if (strcmp(op, "none") == 0)
        return !value;
    if (!value)
        return false;
    if (strcmp(op, "rises") == 0)
        return rises(value);
    if (strcmp(op, "is") == 0)
        return strcmp(json_object_get_string(value), wanted) == 0;
    if (strcmp(op, "has") == 0)
        return strstr(json_object_get_string(value), wanted) != NULL;
    double number = number_of(op, value), goal = g_ascii_strtod(wanted, NULL);
    double room = op[0] == '~' ? fabs(goal) * g_ascii_strtod(op + 1, NULL) / 100 + 1e-9 : 1e-9;
    switch (op[0]) {
    case '=':
    case '~':
        return number >= goal - room && number <= goal + room;
    case '>':
        return number >= goal;
    case '<':
        return number <= goal;
    default:
        return false;
    }
}

static void expect_claim(const struct claim *claim, json_object *report)
{
    char *wanted = value_of(claim);
    json_object *value = report ? value_at(report, claim->path) : NULL;
    bool is_shown = report && wanted && holds(claim->op, wanted, value);
    if (!is_shown)
        printf("\n    %s: %s of %s is %s, not %s %s (%s)", claim->row, claim->path, claim->sample,
               value ? json_object_get_string(value) : "missing", claim->op,
               wanted ? wanted : claim->value, claim->source);
    CU_ASSERT_TRUE(is_shown);
    json_object_put(value);
    g_free(wanted);
}

static void each_claim_is_shown(void)
{
    GHashTable *reports = g_hash_table_new_full(g_str_hash, g_str_equal, NULL,
                                                (GDestroyNotify)(void (*)(void))json_object_put);
    for (size_t i = 0; i < G_N_ELEMENTS(claims); i++) {
        const struct claim *claim = &claims[i];
        char *base = base_of(claim->sample);
        bool is_readable = truth_is_readable(base);
        g_free(base);
        if (!is_readable)
            continue; // this build reads no gzip: truth_samples says so
        json_object *report = g_hash_table_lookup(reports, claim->sample);
        if (!report) {
            report = report_of(claim->sample);
            g_hash_table_insert(reports, (char *)claim->sample, report);
        }
        CU_ASSERT_PTR_NOT_NULL(report);
        expect_claim(claim, report);
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
