// SPDX-License-Identifier: BSD-2-Clause
// Reads a saved report and checks that it is one.
#include "report/saved.h"

#include <limits.h>
#include <string.h>

#include "base/embedded.h"
#include "report/tree.h"

#define SAVED_DEPTH 32 // a report nests less than half of it
#define SAVED_ERROR (g_quark_from_static_string("connreuse-saved"))

static json_object *saved_fail(json_object *document, const char *why, GError **error)
{
    g_set_error(error, SAVED_ERROR, 0, "%s; it has to be a report saved with -T json", why);
    json_object_put(document);
    return NULL;
}

static json_object *saved_read(const char *text, size_t length, enum json_tokener_error *why)
{
    json_tokener *tokener = json_tokener_new_ex(SAVED_DEPTH);
    json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
    json_object *document = json_tokener_parse_ex(tokener, text, (int)length);
    *why = json_tokener_get_error(tokener);
    json_tokener_free(tokener);
    return document;
}

static bool saved_has(json_object *document, json_object *properties, const char *key)
{
    json_object *part;
    const char *type = tree_get_text(tree_get(properties, key), "type");
    if (!json_object_object_get_ex(document, key, &part))
        return false;
    return !*type || strcmp(type, json_type_to_name(json_object_get_type(part))) == 0;
}

// The first part that every report has, and this one hasn't; NULL: none. Caller frees.
static char *saved_lacks(json_object *document)
{
    enum json_tokener_error why;
    struct slice text = embedded_find("report.schema.json");
    json_object *schema = saved_read((const char *)text.at, text.length, &why);
    json_object *required = tree_get(schema, "required");
    char *lacks = NULL;
    for (size_t i = 0; i < json_object_array_length(required) && !lacks; i++) {
        const char *key = json_object_get_string(json_object_array_get_idx(required, i));
        if (!saved_has(document, tree_get(schema, "properties"), key))
            lacks = g_strdup_printf("damaged: it has no valid \"%s\"", key);
    }
    json_object_put(schema);
    return lacks;
}

json_object *saved_parse(const char *text, size_t length, GError **error)
{
    if (length > INT_MAX)
        return saved_fail(NULL, "larger than a report can be", error);
    enum json_tokener_error why;
    json_object *document = saved_read(text, length, &why);
    if (why == json_tokener_continue)
        return saved_fail(document, "cut short", error);
    if (why != json_tokener_success || !json_object_is_type(document, json_type_object))
        return saved_fail(document, "no JSON object", error);
    json_object *schema = tree_get(document, "schema");
    if (strcmp(tree_get_text(schema, "name"), "connreuse.report") != 0)
        return saved_fail(document, "JSON, but no report", error);
    if (!g_str_has_prefix(tree_get_text(schema, "version"), "1."))
        return saved_fail(document, "a report of another version than 1", error);
    char *lacks = saved_lacks(document);
    if (lacks)
        document = saved_fail(document, lacks, error);
    g_free(lacks);
    return document;
}

void saved_entitle(json_object *document, const char *title)
{
    json_object *run = tree_get(document, "run");
    if (json_object_is_type(run, json_type_object))
        json_object_object_add(run, "title", tree_text(title));
}
