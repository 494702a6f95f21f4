// SPDX-License-Identifier: BSD-2-Clause
// One pass: what a section holds is found by its end tag and rendered once for each value.
#include "report/template.h"

#include <string.h>

#define TEMPLATE_ERROR (g_quark_from_static_string("connreuse-template"))

struct scope {
    json_object *value;
    const struct scope *outer;
    unsigned depth;
};

struct tag {
    char kind;           // '=' value, '#', '^', '/', '!'
    struct slice path;   // or the words of a comment
    struct slice before; // text up to the tag
    struct slice after;  // text behind it
};

enum scan { SCAN_TAG, SCAN_END, SCAN_BAD };

void template_escape(GString *out, struct slice text)
{
    size_t plain = 0;
    for (size_t i = 0; i < text.length; i++) {
        const char *entity = text.at[i] == '&'    ? "&amp;"
                             : text.at[i] == '<'  ? "&lt;"
                             : text.at[i] == '>'  ? "&gt;"
                             : text.at[i] == '"'  ? "&quot;"
                             : text.at[i] == '\'' ? "&#39;"
                             : text.at[i] == '`'  ? "&#96;"
                                                  : NULL;
        if (entity == NULL)
            continue;
        g_string_append_len(out, (const char *)text.at + plain, (gssize)(i - plain));
        g_string_append(out, entity);
        plain = i + 1;
    }
    g_string_append_len(out, (const char *)text.at + plain, (gssize)(text.length - plain));
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

static struct slice trimmed(struct slice s)
{
    while (s.length > 0 && is_blank(s.at[0]))
        s = slice_from(s, 1);
    while (s.length > 0 && is_blank(s.at[s.length - 1]))
        s.length--;
    return s;
}

// A tag alone on its line takes the line with it. `begins_line`: the text starts a line.
static void take_line(struct tag *tag, bool begins_line)
{
    size_t start = tag->before.length, end = 0;
    while (start > 0 && is_blank(tag->before.at[start - 1]))
        start--;
    bool is_first = start > 0 ? tag->before.at[start - 1] == '\n' : begins_line;
    while (end < tag->after.length && is_blank(tag->after.at[end]))
        end++;
    if (!is_first || end == tag->after.length || tag->after.at[end] != '\n')
        return;
    tag->before.length = start;
    tag->after = slice_from(tag->after, end + 1);
}

// The next tag of the text.
static enum scan scan_tag(struct slice text, bool begins_line, struct tag *tag)
{
    const uint8_t *open = text.length ? memmem(text.at, text.length, "{{", 2) : NULL;
    if (open == NULL)
        return SCAN_END;
    size_t start = (size_t)(open - text.at);
    struct slice inner = slice_from(text, start + 2);
    const uint8_t *close = inner.length ? memmem(inner.at, inner.length, "}}", 2) : NULL;
    if (close == NULL)
        return SCAN_BAD;
    tag->before = slice_first(text, start);
    tag->after = slice_from(inner, (size_t)(close - inner.at) + 2);
    inner = slice_first(inner, (size_t)(close - inner.at));
    tag->kind = inner.length > 0 && strchr("#^/!", inner.at[0]) != NULL ? (char)inner.at[0] : '=';
    tag->path = trimmed(tag->kind == '=' ? inner : slice_from(inner, 1));
    if (tag->path.length == 0 && tag->kind != '!')
        return SCAN_BAD;
    if (tag->kind != '=')
        take_line(tag, begins_line);
    return SCAN_TAG;
}

static bool begins_line_after(const struct tag *tag)
{
    return tag->after.at[-1] == '\n';
}

static bool find_key(json_object *value, struct slice key, json_object **found)
{
    char *name = g_strndup((const char *)key.at, key.length);
    bool has = json_object_is_type(value, json_type_object) &&
               json_object_object_get_ex(value, name, found);
    g_free(name);
    return has;
}

// The value in the object around: texts and numbers have no keys, so what is outside counts.
static json_object *find_outward(const struct scope *scope, struct slice key)
{
    json_object *found = NULL;
    while (scope != NULL && !json_object_is_type(scope->value, json_type_object))
        scope = scope->outer;
    if (scope != NULL)
        find_key(scope->value, key, &found);
    return found;
}

static json_object *find_path(const struct scope *scope, struct slice path)
{
    json_object *value = NULL;
    if (path.length == 1 && path.at[0] == '.')
        return scope->value;
    for (bool is_first = true; path.length > 0; is_first = false) {
        const uint8_t *dot = memchr(path.at, '.', path.length);
        struct slice key = dot ? slice_first(path, (size_t)(dot - path.at)) : path;
        if (is_first)
            value = find_outward(scope, key);
        else if (!find_key(value, key, &value))
            value = NULL;
        path = slice_from(path, dot ? key.length + 1 : key.length);
    }
    return value;
}

static bool is_something(json_object *value)
{
    switch (json_object_get_type(value)) {
    case json_type_null:
        return false;
    case json_type_boolean:
        return json_object_get_boolean(value);
    case json_type_string:
        return json_object_get_string_len(value) > 0;
    case json_type_array:
        return json_object_array_length(value) > 0;
    case json_type_object:
    case json_type_int:
    case json_type_double:
        return true;
    }
    return false;
}

static void append_value(GString *out, json_object *value)
{
    const char *text = NULL;
    size_t length = 0;
    if (json_object_is_type(value, json_type_string)) {
        text = json_object_get_string(value);
        length = (size_t)json_object_get_string_len(value);
    } else if (json_object_is_type(value, json_type_int) ||
               json_object_is_type(value, json_type_double) ||
               json_object_is_type(value, json_type_boolean)) {
        text = json_object_to_json_string(value);
        length = strlen(text);
    }
    if (text != NULL)
        template_escape(out, slice_of(text, length));
}

static bool fail(GError **error, const char *why, struct slice where)
{
    g_set_error(error, TEMPLATE_ERROR, 0, "template: %s at '%.*s'", why, (int)MIN(where.length, 40),
                (const char *)where.at);
    return false;
}

// Gives the text up to the end tag of the section that `tag` begins, and moves `tag` behind it.
static bool find_section(struct tag *tag, struct slice *inside, GError **error)
{
    const struct slice path = tag->path, text = tag->after;
    bool begins_line = begins_line_after(tag);
    struct tag next = *tag;
    for (unsigned level = 1; level > 0; begins_line = begins_line_after(&next)) {
        if (scan_tag(next.after, begins_line, &next) != SCAN_TAG)
            return fail(error, "section without an end", path);
        level += next.kind == '#' || next.kind == '^';
        level -= next.kind == '/';
        if (level > TEMPLATE_DEPTH)
            return fail(error, "too deep", path);
    }
    if (next.path.length != path.length || memcmp(next.path.at, path.at, path.length) != 0)
        return fail(error, "section with another's end", path);
    *inside = slice_first(text, (size_t)(next.before.at + next.before.length - text.at));
    tag->after = next.after;
    return true;
}

static bool render(GString *out, struct slice text, bool begins_line, const struct scope *scope,
                   GError **error);

static bool render_list(GString *out, struct slice inside, bool begins_line, struct scope *within,
                        GError **error)
{
    json_object *list = within->value;
    for (size_t i = 0; i < json_object_array_length(list); i++) {
        within->value = json_object_array_get_idx(list, i);
        if (!render(out, inside, begins_line, within, error))
            return false;
    }
    return true;
}

static bool render_section(GString *out, struct tag *tag, const struct scope *scope, GError **error)
{
    json_object *value = find_path(scope, tag->path);
    bool is_wanted = is_something(value) == (tag->kind == '#');
    bool begins_line = begins_line_after(tag);
    struct slice inside;
    if (!find_section(tag, &inside, error))
        return false;
    if (!is_wanted)
        return true;
    struct scope within = {value, scope, scope->depth + 1};
    if (within.depth > TEMPLATE_DEPTH)
        return fail(error, "too deep", tag->path);
    if (tag->kind == '^')
        within.value = scope->value;
    else if (json_object_is_type(value, json_type_array))
        return render_list(out, inside, begins_line, &within, error);
    return render(out, inside, begins_line, &within, error);
}

static bool render(GString *out, struct slice text, bool begins_line, const struct scope *scope,
                   GError **error)
{
    for (;;) {
        struct tag tag;
        enum scan scan = scan_tag(text, begins_line, &tag);
        if (scan == SCAN_BAD)
            return fail(error, "bad tag", text);
        if (scan == SCAN_END) {
            g_string_append_len(out, (const char *)text.at, (gssize)text.length);
            return true;
        }
        g_string_append_len(out, (const char *)tag.before.at, (gssize)tag.before.length);
        if (tag.kind == '/')
            return fail(error, "end without a section", tag.path);
        if (tag.kind == '=')
            append_value(out, find_path(scope, tag.path));
        else if (tag.kind != '!' && !render_section(out, &tag, scope, error))
            return false;
        text = tag.after;
        begins_line = begins_line_after(&tag);
    }
}

bool template_render(GString *out, struct slice text, json_object *tree, GError **error)
{
    const struct scope scope = {tree, NULL, 0};
    return render(out, text, true, &scope, error);
}
