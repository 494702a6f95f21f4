// SPDX-License-Identifier: BSD-2-Clause
// Reads a saved report and checks that it is one.
#include "report/saved.h"

#include <limits.h>
#include <string.h>

#include "report/tree.h"

#define SAVED_DEPTH 32 // a report nests less than half of it
#define SAVED_ERROR (g_quark_from_static_string("connreuse-saved"))

static json_object *saved_fail(json_object *document, const char *why, GError **error)
{
    g_set_error(error, SAVED_ERROR, 0, "%s; it has to be a report saved with -T json", why);
    json_object_put(document);
    return NULL;
}

json_object *saved_parse(const char *text, size_t length, GError **error)
{
    if (length > INT_MAX)
        return saved_fail(NULL, "larger than a report can be", error);
    json_tokener *tokener = json_tokener_new_ex(SAVED_DEPTH);
    json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
    json_object *document = json_tokener_parse_ex(tokener, text, (int)length);
    enum json_tokener_error why = json_tokener_get_error(tokener);
    json_tokener_free(tokener);
    if (why != json_tokener_success || !json_object_is_type(document, json_type_object))
        return saved_fail(document, "no JSON object", error);
    json_object *schema = tree_get(document, "schema");
    if (strcmp(tree_get_text(schema, "name"), "connreuse.report") != 0)
        return saved_fail(document, "JSON, but no report", error);
    if (!g_str_has_prefix(tree_get_text(schema, "version"), "1."))
        return saved_fail(document, "a report of another version than 1", error);
    return document;
}

void saved_entitle(json_object *document, const char *title)
{
    json_object *run = tree_get(document, "run");
    if (json_object_is_type(run, json_type_object))
        json_object_object_add(run, "title", tree_text(title));
}
