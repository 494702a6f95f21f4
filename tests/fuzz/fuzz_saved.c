// SPDX-License-Identifier: BSD-2-Clause
// Fuzz target for rendering saved reports: a sound report with a few values deleted, replaced or
// moved, so that every view meets every value with the wrong type. Every view is still printable,
// and those made of JSON are JSON.
//
// The input is edits: a path from the root (one byte for each step, the index of a child; ends with
// 0xff), and what becomes of the value there (enum edit).
#include <stdlib.h>

#include "../report_fixture.h"
#include "judge/sockets.h"
#include "report/saved.h"
#include "views.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#define EDITS_MOST 64
#define DEPTH_MOST 8
#define PATH_END   0xff

enum edit {
    EDIT_DELETE,
    EDIT_NULL,
    EDIT_TRUE,
    EDIT_NUMBER,   // one byte: its place in a list of extremes
    EDIT_FRACTION, // one byte
    EDIT_TEXT,     // one byte: the length; bytes
    EDIT_ARRAY,
    EDIT_OBJECT,
    EDIT_ROOT, // a copy of the whole report
    EDIT_COPY, // a copy of the value that the last path led to
    EDITS
};

static unsigned take_byte(struct slice *rest)
{
    unsigned byte = rest->length ? rest->at[0] : PATH_END;
    *rest = slice_from(*rest, 1);
    return byte;
}

static json_object *copy_of(json_object *value)
{
    json_object *copy = NULL;
    if (value)
        require(json_object_deep_copy(value, &copy, NULL) == 0);
    return copy;
}

static json_object *new_text(struct slice *rest)
{
    struct slice text = slice_first(*rest, take_byte(rest));
    text = slice_first(*rest, text.length);
    *rest = slice_from(*rest, text.length);
    return json_object_new_string_len((const char *)text.at, (int)text.length);
}

static json_object *new_value(struct slice *rest, json_object *root, json_object *last)
{
    static const int64_t numbers[] = {0, 1, -1, 101, INT32_MAX, INT64_MAX, INT64_MIN};
    static const double fractions[] = {0.5, -1e300, 1e300, 1e-300, 9.2e18, -0.0};
    switch (take_byte(rest) % EDITS) {
    case EDIT_TRUE:
        return json_object_new_boolean(TRUE);
    case EDIT_NUMBER:
        return json_object_new_int64(numbers[take_byte(rest) % G_N_ELEMENTS(numbers)]);
    case EDIT_FRACTION:
        return json_object_new_double(fractions[take_byte(rest) % G_N_ELEMENTS(fractions)]);
    case EDIT_TEXT:
        return new_text(rest);
    case EDIT_ARRAY:
        return json_object_new_array();
    case EDIT_OBJECT:
        return json_object_new_object();
    case EDIT_ROOT:
        return copy_of(root);
    case EDIT_COPY:
        return copy_of(last);
    default:
        return NULL;
    }
}

// The key of a child, or NULL when there is none.
static const char *key_at(json_object *object, unsigned index)
{
    unsigned count = (unsigned)json_object_object_length(object), i = 0;
    json_object_object_foreach(object, key, value)
    {
        (void)value;
        if (i++ == index % count)
            return key;
    }
    return NULL;
}

static json_object *child_at(json_object *value, unsigned index)
{
    if (json_object_is_type(value, json_type_array) && json_object_array_length(value) > 0)
        return json_object_array_get_idx(value, index % json_object_array_length(value));
    const char *key = json_object_is_type(value, json_type_object) ? key_at(value, index) : NULL;
    return key ? json_object_object_get(value, key) : NULL;
}

static void set_child(json_object *parent, unsigned index, bool is_deleted, json_object *child)
{
    const char *key = json_object_is_type(parent, json_type_object) ? key_at(parent, index) : NULL;
    size_t count =
        json_object_is_type(parent, json_type_array) ? json_object_array_length(parent) : 0;
    if (key && is_deleted)
        json_object_object_del(parent, key);
    else if (key)
        json_object_object_add(parent, key, child);
    else if (count && is_deleted)
        json_object_array_del_idx(parent, index % count, 1);
    else if (count)
        json_object_array_put_idx(parent, index % count, child);
    else
        json_object_put(child);
}

static void edit(json_object *root, struct slice *rest)
{
    json_object *parent = NULL, *value = root;
    unsigned index = 0;
    for (unsigned depth = 0, step; depth < DEPTH_MOST; depth++) {
        if ((step = take_byte(rest)) == PATH_END)
            break;
        json_object *child = child_at(value, step);
        parent = value;
        index = step;
        value = child;
    }
    bool is_deleted = rest->length > 0 && rest->at[0] % EDITS == EDIT_DELETE;
    json_object *with = new_value(rest, root, value);
    if (parent && !json_object_is_type(parent, json_type_null))
        set_child(parent, index, is_deleted, with);
    else
        json_object_put(with);
}

static char *sound_report(void)
{
    struct fixture f;
    fixture_init(&f, 12, slice_of(NULL, 0));
    sockets_free(f.analysis.sockets); // thousands of numbers
    f.analysis.sockets = NULL;
    json_object *document = document_new(&f.report);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    require(out && view_write(document, REPORT_JSON, &f.options, out, NULL));
    fclose(out);
    json_object_put(document);
    fixture_clear(&f);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct slice rest = slice_of(bytes, length);
    char *sound = sound_report();
    json_object *tree = json_tokener_parse(sound);
    require(tree != NULL);
    for (unsigned edits = 0; rest.length > 0 && edits < EDITS_MOST; edits++)
        edit(tree, &rest);
    const char *text = json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN);
    json_object *document = saved_parse(text, strlen(text), NULL);
    const struct report_options options = {.width = 80, .top = 3, .verbose = true};
    for (int format = 0; document && format < REPORT_FORMATS; format++)
        require_view(document, (enum report_format)format, &options);
    json_object_put(document);
    json_object_put(tree);
    free(sound);
    return 0;
}
