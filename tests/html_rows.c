// SPDX-License-Identifier: BSD-2-Clause
// Each column is read in order, as a stream: rows come one after the other.
#include "html_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/moment.h"
#include "report/html_nanos.h"
#include "report/tree.h"

struct stream {
    const char *path, *kind, *data; // data of numbers
    json_object *list;              // of texts
    size_t next;
};

struct reader {
    struct stream *columns;
    size_t count;
    json_object *texts;
    json_object *row;        // the one that is compared with
    int64_t start, previous; // ns
};

// The next number; false for null.
static bool next_number(struct stream *stream, int64_t *number)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint64_t code = 0;
    for (unsigned shift = 0;; shift += 5) {
        const char *at = strchr(digits, stream->data[stream->next]);
        if (at == NULL || stream->data[stream->next] == '\0')
            abort();
        stream->next++;
        code |= (uint64_t)((at - digits) & 31) << shift;
        if (at - digits < 32)
            break;
    }
    if (code == 0)
        return false;
    *number = (code - 1) % 2 ? -(int64_t)((code - 1) / 2) : (int64_t)((code - 1) / 2);
    return true;
}

static const char *next_text(struct reader *reader, struct stream *stream)
{
    int64_t index;
    if (!next_number(stream, &index))
        return NULL;
    return json_object_get_string(tree_at(reader->texts, (size_t)index));
}

static struct stream *stream_of(struct reader *reader, const char *path)
{
    for (size_t i = 0; i < reader->count; i++)
        if (strcmp(reader->columns[i].path, path) == 0)
            return &reader->columns[i];
    abort();
}

static void append_mark(GString *text, struct reader *reader, gunichar mark)
{
    json_object *end = tree_get(reader->row, mark <= 0xe002 ? "client" : "server");
    int64_t number;
    if (mark == 0xe000) {
        if (!next_number(stream_of(reader, "numbers"), &number))
            abort();
        char *digits = g_strdup_printf("%" G_GINT64_FORMAT, number);
        g_string_append(text, digits + 1);
        g_free(digits);
    } else if (mark == 0xe001 || mark == 0xe003) {
        g_string_append(text, tree_get_text(end, "address"));
    } else {
        g_string_append_printf(text, "%" G_GUINT64_FORMAT, tree_get_count(end, "port"));
    }
}

static bool is_words(struct reader *reader, struct stream *stream, json_object *value)
{
    const char *skeleton = next_text(reader, stream);
    if (skeleton == NULL)
        return value == NULL;
    GString *text = g_string_new(NULL);
    for (const char *at = skeleton; *at != '\0'; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        if (c >= 0xe000 && c <= 0xe004)
            append_mark(text, reader, c);
        else
            g_string_append_unichar(text, c);
    }
    bool is_same = g_strcmp0(text->str, json_object_get_string(value)) == 0;
    g_string_free(text, TRUE);
    return is_same;
}

// The next of "seconds" or "after" in nanoseconds.
static int64_t next_nanos(struct stream *stream)
{
    int64_t number;
    if (!next_number(stream, &number))
        return NANOS_UNKNOWN;
    return number % 2 == 0 ? number / 2 * 1000 : (number - (number < 0 ? -1 : 1)) / 2;
}

static bool is_time(struct reader *reader, struct stream *stream, json_object *value)
{
    int64_t after = next_nanos(stream), base = reader->start;
    if (after == NANOS_UNKNOWN)
        return value == NULL;
    if (strcmp(stream->path, "start") == 0) {
        base = reader->previous;
        reader->start = base + after;
    }
    if (strcmp(stream->path, "end") == 0)
        base += html_nanos_of_seconds(tree_get(reader->row, "duration_seconds"));
    return html_nanos_of_time(value) == base + after;
}

static bool is_count(struct stream *stream, json_object *value)
{
    int64_t number;
    if (!next_number(stream, &number))
        return value == NULL;
    return value != NULL && json_object_get_int64(value) == number;
}

static bool is_json(struct reader *reader, struct stream *stream, json_object *value)
{
    json_object *parsed = json_tokener_parse(next_text(reader, stream));
    bool is_same = json_object_equal(parsed, value);
    json_object_put(parsed);
    return is_same;
}

static bool is_value(struct reader *reader, struct stream *stream, json_object *value)
{
    const char *kind = stream->kind;
    if (strcmp(kind, "text") == 0)
        return json_object_equal(tree_at(stream->list, stream->next++), value);
    if (strcmp(kind, "name") == 0)
        return g_strcmp0(next_text(reader, stream), json_object_get_string(value)) == 0;
    if (strcmp(kind, "words") == 0)
        return is_words(reader, stream, value);
    if (strcmp(kind, "seconds") == 0)
        return next_nanos(stream) == html_nanos_of_seconds(value);
    if (strcmp(kind, "after") == 0)
        return is_time(reader, stream, value);
    if (strcmp(kind, "json") == 0)
        return is_json(reader, stream, value);
    if (strcmp(kind, "list") == 0) {
        json_object *length = value ? json_object_new_int64((int64_t)tree_length(value)) : NULL;
        bool is_same = is_count(stream, length);
        json_object_put(length);
        return is_same;
    }
    return is_count(stream, value);
}

static json_object *find_path(json_object *value, const char *path)
{
    char **keys = g_strsplit(path, ".", -1);
    for (char **key = keys; *key != NULL; key++)
        value = tree_get(value, *key);
    g_strfreev(keys);
    return value;
}

// Whether columns `list` + 1 and on, whose paths begin with that of `list`, hold its items.
static bool are_items(struct reader *reader, size_t list, json_object *items)
{
    char *prefix = g_strconcat(reader->columns[list].path, ".", NULL);
    bool is_same = true;
    for (size_t i = 0; i < tree_length(items); i++)
        for (size_t k = list + 1; g_str_has_prefix(reader->columns[k].path, prefix); k++)
            is_same &=
                is_value(reader, &reader->columns[k],
                         tree_get(tree_at(items, i), reader->columns[k].path + strlen(prefix)));
    g_free(prefix);
    return is_same;
}

static bool is_row(struct reader *reader)
{
    const char *list = "-";
    bool is_same = true;
    for (size_t i = 0; i < reader->count && strcmp(reader->columns[i].path, "numbers") != 0; i++) {
        struct stream *stream = &reader->columns[i];
        if (g_str_has_prefix(stream->path, list) && stream->path[strlen(list)] == '.')
            continue;
        json_object *value = find_path(reader->row, stream->path);
        bool is_right = is_value(reader, stream, value);
        if (strcmp(stream->kind, "list") == 0) {
            list = stream->path;
            is_right &= are_items(reader, i, value);
        }
        if (!is_right && is_same)
            printf("\n    differs: %s %s", stream->path, json_object_to_json_string(value));
        is_same &= is_right;
    }
    reader->previous = reader->start;
    return is_same;
}

unsigned html_rows_check(json_object *table, json_object *rows)
{
    json_object *columns = tree_get_array(table, "columns");
    struct reader reader = {.count = tree_length(columns), .texts = tree_get_array(table, "texts")};
    unsigned right = 0;
    reader.previous = reader.start = html_nanos_of_time(tree_get(table, "base"));
    reader.columns = g_new0(struct stream, reader.count);
    for (size_t i = 0; i < reader.count; i++) {
        json_object *column = tree_at(columns, i);
        reader.columns[i] = (struct stream){
            json_object_get_string(tree_at(column, 0)), json_object_get_string(tree_at(column, 1)),
            json_object_get_string(tree_at(column, 2)), tree_at(column, 2), 0};
    }
    for (size_t i = 0; i < tree_length(rows); i++) {
        reader.row = tree_at(rows, i);
        right += is_row(&reader);
    }
    g_free(reader.columns);
    return right;
}
