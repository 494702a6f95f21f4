// SPDX-License-Identifier: BSD-2-Clause
// JSON views: the tree as it stands, streamed.
#include "report/json_view.h"

#include "report/document_rows.h"
#include "report/json_text.h"
#include "report/tree_write.h"

// Elements that are objects stand on lines of their own: lists of numbers don't.
static void write_list(struct tree_stream *stream, json_object *array)
{
    GString *text = stream->text;
    size_t count = tree_length(array);
    json_text_literal(text, "[");
    for (size_t i = 0; i < count && tree_stream_pass(stream); i++) {
        json_text_words(text, i > 0 ? ",\n" : "\n");
        tree_write(text, tree_at(array, i));
    }
    json_text_words(text, count > 0 ? "\n]" : "]");
}

static void write_value(struct tree_stream *stream, json_object *value, int depth);

static void write_members(struct tree_stream *stream, json_object *object, int depth)
{
    GString *text = stream->text;
    bool is_first = true;
    json_text_literal(text, "{");
    json_object_object_foreach(object, key, value)
    {
        json_text_words(text, is_first ? "" : ",");
        json_text_words(text, depth == 0 ? "\n" : "");
        is_first = false;
        json_text_string(text, slice_of(key, strlen(key)), strlen(key), false);
        json_text_words(text, depth == 0 ? ": " : ":");
        write_value(stream, value, depth + 1);
    }
    json_text_words(text, depth == 0 ? "\n}\n" : "}");
}

static void write_value(struct tree_stream *stream, json_object *value, int depth)
{
    if (json_object_is_type(value, json_type_object) && depth < 2)
        write_members(stream, value, depth);
    else if (json_object_is_type(value, json_type_array) && depth < 3)
        write_list(stream, value);
    else
        tree_write(stream->text, value);
}

bool json_view_write(json_object *document, FILE *out, GError **error)
{
    struct tree_stream stream;
    tree_stream_begin(&stream, out);
    write_value(&stream, document, 0);
    return tree_stream_end(&stream, error);
}

// What NDJSON holds of a report made now: every connection, or every one of --cause.
static void write_all(GString *text, const struct report *report)
{
    enum cause only = report->options->only_cause;
    const GArray *causes = report->analysis->causes;
    uint64_t count = only == CAUSE_NONE ? report->analysis->totals.connections : 0;
    for (guint i = 0; causes != NULL && i < causes->len; i++) {
        const struct cause_row *row = &g_array_index(causes, struct cause_row, i);
        count += row->cause == only ? row->connections : 0;
    }
    json_text_count(text, count);
    json_text_literal(text, ",\"selection\":\"all");
    if (only != CAUSE_NONE) {
        json_text_literal(text, " of cause ");
        json_text_words(text, cause_key(only));
    }
    json_text_literal(text, "\"}");
}

// connections{} without rows.
static void write_connections(GString *text, json_object *connections, const struct rows *rows)
{
    json_text_literal(text, "{\"total\":");
    tree_write(text, tree_get(connections, "total"));
    json_text_literal(text, ",\"included\":");
    if (rows != NULL) {
        write_all(text, rows->report);
        return;
    }
    tree_write(text, tree_get(connections, "included"));
    json_text_literal(text, ",\"selection\":");
    tree_write(text, tree_get(connections, "selection"));
    json_text_literal(text, "}");
}

static void write_summary(GString *text, json_object *document, const struct rows *rows)
{
    json_text_literal(text, "{\"type\":\"summary\"");
    json_object_object_foreach(document, key, value)
    {
        json_text_literal(text, ",");
        json_text_string(text, slice_of(key, strlen(key)), strlen(key), false);
        json_text_literal(text, ":");
        if (strcmp(key, "connections") == 0)
            write_connections(text, value, rows);
        else
            tree_write(text, value);
    }
    json_text_literal(text, "}\n");
}

bool ndjson_view_write(json_object *document, FILE *out, GError **error)
{
    json_object *list = tree_get_array(tree_get(document, "connections"), "rows");
    struct tree_stream stream;
    tree_stream_begin(&stream, out);
    for (size_t i = 0; i < tree_length(list) && tree_stream_pass(&stream); i++) {
        tree_write(stream.text, tree_at(list, i));
        json_text_literal(stream.text, "\n");
    }
    write_summary(stream.text, document, NULL);
    return tree_stream_end(&stream, error);
}

static void write_rows(struct tree_stream *stream, const struct report *report,
                       const struct rows *rows)
{
    for (size_t i = 0; i < report->analysis->record_count && tree_stream_pass(stream); i++) {
        uint32_t index = rows_nth(rows, i);
        if (!rows_lists(report, index))
            continue;
        rows_write(stream->text, rows, index);
        json_text_literal(stream->text, "\n");
    }
}

bool ndjson_write(const struct report *report, json_object *document, FILE *out, GError **error)
{
    const struct rows *rows = document_rows(document);
    struct tree_stream stream;
    tree_stream_begin(&stream, out);
    write_rows(&stream, report, rows);
    write_summary(stream.text, document, rows);
    return tree_stream_end(&stream, error);
}

bool ndjson_write_rows(const struct report *report, FILE *out, GError **error)
{
    struct rows *rows = rows_new(report);
    struct tree_stream stream;
    tree_stream_begin(&stream, out);
    write_rows(&stream, report, rows);
    rows_free(rows);
    return tree_stream_end(&stream, error);
}

bool ndjson_write_summary(json_object *document, FILE *out, GError **error)
{
    struct tree_stream stream;
    tree_stream_begin(&stream, out);
    write_summary(stream.text, document, document_rows(document));
    return tree_stream_end(&stream, error);
}
