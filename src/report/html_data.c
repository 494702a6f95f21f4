// SPDX-License-Identifier: BSD-2-Clause
// Every piece is JSON first and escaped second; escapes are right as these characters stand in
// strings only.
#include "report/html_data.h"

#include <string.h>

#include "report/json_text.h"

// Appends JSON to the page and empties it.
static void pass_escaped(struct tree_stream *stream, GString *json)
{
    const char *at = json->str, *end = at + json->len;
    while (at < end) {
        size_t plain = 0;
        while (at + plain < end && strchr("<>&\xe2", at[plain]) == NULL)
            plain++;
        g_string_append_len(stream->text, at, (gssize)plain);
        at += plain;
        if (at == end)
            break;
        bool is_separator =
            end - at >= 3 && memcmp(at, "\xe2\x80", 2) == 0 && (at[2] == '\xa8' || at[2] == '\xa9');
        if (is_separator)
            g_string_append(stream->text, at[2] == '\xa8' ? "\\u2028" : "\\u2029");
        else if (*at == '\xe2')
            g_string_append_c(stream->text, *at);
        else
            g_string_append_printf(stream->text, "\\u%04x", (unsigned)*at);
        at += is_separator ? 3 : 1;
    }
    json->len = 0;
    tree_stream_pass(stream);
}

static void write_key(GString *json, const char *key, bool is_first)
{
    json_text_words(json, is_first ? "" : ",");
    json_text_string(json, slice_of(key, strlen(key)), strlen(key), false);
    json_text_literal(json, ":");
}

static void write_connections(GString *json, json_object *connections,
                              const struct html_table *table)
{
    bool is_first = true;
    json_text_literal(json, "{");
    if (json_object_is_type(connections, json_type_object)) {
        json_object_object_foreach(connections, key, value)
        {
            if (strcmp(key, "rows") == 0)
                continue;
            write_key(json, key, is_first);
            tree_write(json, value);
            is_first = false;
        }
    }
    write_key(json, "table", is_first);
    html_table_write(json, table);
    json_text_literal(json, "}");
}

void html_data_write(struct tree_stream *stream, json_object *document,
                     const struct html_table *table)
{
    GString *json = g_string_new(NULL);
    bool is_first = true;
    json_text_literal(json, "{");
    json_object_object_foreach(document, key, value)
    {
        json_text_words(json, is_first ? "" : ",\n");
        write_key(json, key, true);
        if (strcmp(key, "connections") == 0)
            write_connections(json, value, table);
        else
            tree_write(json, value);
        pass_escaped(stream, json);
        is_first = false;
    }
    json_text_literal(json, "}");
    pass_escaped(stream, json);
    g_string_free(json, TRUE);
}
