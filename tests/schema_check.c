// SPDX-License-Identifier: BSD-2-Clause
// One function per keyword of JSON Schema 2020-12; a table names them.
#include "schema_check.h"

#include <string.h>

struct check {
    json_object *root;
    GString *path, *faults;
    bool is_good;
};

static void check_value(struct check *c, json_object *schema, json_object *value);

static void fault(struct check *c, const char *keyword)
{
    c->is_good = false;
    g_string_append_printf(c->faults, "%s: %s\n", c->path->str, keyword);
}

static void check_below(struct check *c, json_object *schema, json_object *value, const char *step)
{
    size_t length = c->path->len;
    g_string_append_printf(c->path, "/%s", step);
    check_value(c, schema, value);
    g_string_truncate(c->path, length);
}

static bool is_kind(json_object *value, const char *kind)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return strcmp(kind, "null") == 0;
    case json_type_boolean:
        return strcmp(kind, "boolean") == 0;
    case json_type_int:
        return strcmp(kind, "integer") == 0 || strcmp(kind, "number") == 0;
    case json_type_double:
        return strcmp(kind, "number") == 0;
    case json_type_string:
        return strcmp(kind, "string") == 0;
    case json_type_array:
        return strcmp(kind, "array") == 0;
    case json_type_object:
        return strcmp(kind, "object") == 0;
    }
    return false;
}

static void check_type(struct check *c, json_object *type, json_object *value)
{
    bool is_right = false;
    if (json_object_is_type(type, json_type_string))
        is_right = is_kind(value, json_object_get_string(type));
    else
        for (size_t i = 0; i < json_object_array_length(type); i++)
            is_right |= is_kind(value, json_object_get_string(json_object_array_get_idx(type, i)));
    if (!is_right)
        fault(c, "type");
}

static void check_enum(struct check *c, json_object *list, json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        if (json_object_equal(json_object_array_get_idx(list, i), value))
            return;
    }
    fault(c, "enum");
}

static void check_required(struct check *c, json_object *list, json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(list, i));
        if (!json_object_object_get_ex(value, key, NULL))
            fault(c, key);
    }
}

static void check_members(struct check *c, json_object *schema, json_object *value)
{
    json_object *properties = NULL, *others = NULL;
    json_object_object_get_ex(schema, "properties", &properties);
    json_object_object_get_ex(schema, "additionalProperties", &others);
    json_object_object_foreach(value, key, member)
    {
        json_object *known = NULL;
        if (properties != NULL && json_object_object_get_ex(properties, key, &known))
            check_below(c, known, member, key);
        else if (json_object_is_type(others, json_type_object))
            check_below(c, others, member, key);
        else
            fault(c, key);
    }
}

static void check_items(struct check *c, json_object *items, json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(value); i++) {
        char step[24];
        g_snprintf(step, sizeof step, "%zu", i);
        check_below(c, items, json_object_array_get_idx(value, i), step);
    }
}

static void check_any(struct check *c, json_object *list, json_object *value)
{
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        GString *unused = g_string_new(NULL);
        struct check trial = {c->root, c->path, unused, true};
        check_value(&trial, json_object_array_get_idx(list, i), value);
        g_string_free(unused, TRUE);
        if (trial.is_good)
            return;
    }
    fault(c, "anyOf");
}

// "#/$defs/NAME"
static void check_reference(struct check *c, json_object *reference, json_object *value)
{
    json_object *definitions = NULL, *schema = NULL;
    json_object_object_get_ex(c->root, "$defs", &definitions);
    const char *name = strrchr(json_object_get_string(reference), '/') + 1;
    if (json_object_object_get_ex(definitions, name, &schema))
        check_value(c, schema, value);
    else
        fault(c, name);
}

static void check_pattern(struct check *c, json_object *pattern, json_object *value)
{
    if (!g_regex_match_simple(json_object_get_string(pattern), json_object_get_string(value), 0, 0))
        fault(c, "pattern");
}

static void check_keyword(struct check *c, const char *keyword, json_object *rule,
                          json_object *value)
{
    bool is_object = json_object_is_type(value, json_type_object);
    if (strcmp(keyword, "$ref") == 0)
        check_reference(c, rule, value);
    else if (strcmp(keyword, "type") == 0)
        check_type(c, rule, value);
    else if (strcmp(keyword, "enum") == 0)
        check_enum(c, rule, value);
    else if (strcmp(keyword, "const") == 0 && !json_object_equal(rule, value))
        fault(c, "const");
    else if (strcmp(keyword, "anyOf") == 0)
        check_any(c, rule, value);
    else if (strcmp(keyword, "required") == 0 && is_object)
        check_required(c, rule, value);
    else if (strcmp(keyword, "items") == 0 && json_object_is_type(value, json_type_array))
        check_items(c, rule, value);
    else if (strcmp(keyword, "pattern") == 0 && json_object_is_type(value, json_type_string))
        check_pattern(c, rule, value);
    else if (strcmp(keyword, "minimum") == 0 && value != NULL &&
             json_object_get_double(value) < json_object_get_double(rule))
        fault(c, "minimum");
    else if (strcmp(keyword, "maximum") == 0 && value != NULL &&
             json_object_get_double(value) > json_object_get_double(rule))
        fault(c, "maximum");
}

static void check_value(struct check *c, json_object *schema, json_object *value)
{
    static const char known[] = " $ref type enum const anyOf required items pattern minimum maximum"
                                " properties additionalProperties description title $schema $id"
                                " $defs ";
    json_object_object_foreach(schema, keyword, rule)
    {
        char *word = g_strdup_printf(" %s ", keyword);
        if (strstr(known, word) == NULL)
            fault(c, keyword);
        g_free(word);
        check_keyword(c, keyword, rule, value);
    }
    if (json_object_object_get_ex(schema, "additionalProperties", NULL) &&
        json_object_is_type(value, json_type_object))
        check_members(c, schema, value);
}

bool schema_check(json_object *root, json_object *schema, json_object *value, GString *faults)
{
    struct check c = {root, g_string_new(NULL), faults, true};
    check_value(&c, schema, value);
    g_string_free(c.path, TRUE);
    return c.is_good;
}
