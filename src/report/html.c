// SPDX-License-Identifier: BSD-2-Clause
// The HTML page: the document as data in a page of its own.
#include "report/html.h"

#include "report/tree_write.h"

// JSON inside HTML text: the three characters that could end it are written as entities.
static void append_text(GString *page, const GString *json)
{
    for (size_t i = 0; i < json->len; i++) {
        char c = json->str[i];
        if (c == '&' || c == '<' || c == '>')
            g_string_append_printf(page, "&#%d;", c);
        else
            g_string_append_c(page, c);
    }
}

bool html_write(json_object *document, const struct report_options *options, FILE *out,
                GError **error)
{
    (void)options;
    struct tree_stream stream;
    GString *json = g_string_new(NULL);
    tree_stream_begin(&stream, out);
    tree_write(json, document);
    g_string_append(stream.text, "<!doctype html>\n<meta charset=\"utf-8\">\n"
                                 "<title>connreuse</title>\n<pre>");
    append_text(stream.text, json);
    g_string_append(stream.text, "</pre>\n");
    g_string_free(json, TRUE);
    return tree_stream_end(&stream, error);
}
