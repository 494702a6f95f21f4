// SPDX-License-Identifier: BSD-2-Clause
// Connections as rows of a plain table, for readers without the script and for print.
#include "report/html_parts.h"

static char *close_words(json_object *close)
{
    const char *by = tree_get_text(close, "by"), *how = tree_get_text(close, "how");
    if (*by == '\0')
        return g_strdup("open");
    return g_strdup_printf("%s, %s%s", by, strcmp(how, "timeout") == 0 ? "silence" : how,
                           tree_get_bool(close, "simultaneous") ? ", both at once" : "");
}

static json_object *connection_row(json_object *row)
{
    json_object *object = json_object_new_object();
    json_object *close = tree_get(row, "close"), *last = tree_get(row, "last_request");
    html_put_words(object, "id", tree_get_text(row, "id"));
    html_put(object, "start", html_time(tree_get_text(row, "start")));
    html_put(object, "client", text_endpoint(tree_get(row, "client")));
    html_put(object, "server", text_endpoint(tree_get(row, "server")));
    html_put(object, "requests", html_count_of(row, "requests"));
    html_put(object, "duration", html_seconds(tree_get_number(row, "duration_seconds")));
    html_put(object, "idle", html_seconds(tree_get_number(row, "idle_before_close_seconds")));
    html_put_words(object, "cause", tree_get_text(close, "cause"));
    html_put_words(object, "sure", tree_get_text(close, "confidence"));
    html_put_words(object, "by", tree_get_text(close, "by"));
    html_put(object, "close", close_words(close));
    html_put(object, "frame", html_count_of(close, "frame"));
    html_put_words(object, "method", tree_get_text(last, "method"));
    html_put_words(object, "target", tree_get_text(last, "target"));
    return object;
}

json_object *html_connections(json_object *document, json_object *rows)
{
    json_object *connections = tree_get(document, "connections");
    json_object *object = json_object_new_object(), *list = json_object_new_array();
    size_t held = tree_length(tree_get_array(connections, "rows"));
    uint64_t total = tree_get_count(connections, "total");
    for (size_t i = 0; i < tree_length(rows); i++)
        json_object_array_add(list, connection_row(tree_at(rows, i)));
    html_put(object, "shown", text_count(tree_length(rows)));
    html_put(object, "held", text_count(held));
    html_put(object, "total", text_count(total));
    html_put_words(object, "selection", tree_get_text(connections, "selection"));
    html_put_flag(object, "is_selection", held < total);
    html_put_flag(object, "is_cut", tree_length(rows) < held);
    html_put_list(object, "table", list);
    return object;
}
