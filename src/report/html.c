// SPDX-License-Identifier: BSD-2-Clause
// The page is data/page.html: a template up to a line "{{!data}}", where the document goes, and
// from there on. Its policy allows its own script and style alone, by their hashes.
#include "report/html.h"

#include <math.h>
#include <string.h>

#include "base/embedded.h"
#include "base/moment.h"
#include "report/document_rows.h"
#include "report/html_data.h"
#include "report/html_flow.h"
#include "report/html_gaps.h"
#include "report/html_nanos.h"
#include "report/html_parts.h"
#include "report/template.h"

#define DATA_MARK "{{!data}}"

// What one pass over the connections gives.
struct seen {
    struct html_table *table;
    struct html_gaps *gaps;
    struct html_flow *flow;
    json_object *first; // the first HTML_ROWS rows
};

static void see_rows(struct seen *seen, json_object *document)
{
    json_object *rows = tree_get_array(tree_get(document, "connections"), "rows");
    *seen = (struct seen){html_table_new(), html_gaps_new(), html_flow_new(document),
                          json_object_new_array()};
    for (size_t i = 0; i < tree_length(rows); i++) {
        json_object *row = document_row_open(tree_at(rows, i));
        html_table_add(seen->table, row);
        html_gaps_add(seen->gaps, row);
        html_flow_add(seen->flow, row);
        if (i < HTML_ROWS)
            json_object_array_add(seen->first, row);
        else
            json_object_put(row);
    }
}

static void forget_rows(struct seen *seen)
{
    html_table_free(seen->table);
    html_gaps_free(seen->gaps);
    html_flow_free(seen->flow);
    json_object_put(seen->first);
}

// The bytes between the first `open` and the `close` behind it.
static struct slice between(struct slice page, const char *open, const char *close)
{
    const uint8_t *start = memmem(page.at, page.length, open, strlen(open));
    g_assert(start != NULL);
    struct slice rest = slice_from(page, (size_t)(start - page.at) + strlen(open));
    const uint8_t *end = memmem(rest.at, rest.length, close, strlen(close));
    g_assert(end != NULL);
    return slice_first(rest, (size_t)(end - rest.at));
}

// SHA-256 in base 64, as a content security policy has it.
static char *hash_of(struct slice bytes)
{
    uint8_t digest[32];
    gsize length = sizeof digest;
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(checksum, bytes.at, (gssize)bytes.length);
    g_checksum_get_digest(checksum, digest, &length);
    g_checksum_free(checksum);
    return g_base64_encode(digest, length);
}

// The title that was given, else the files' names.
static char *page_title(json_object *document)
{
    const char *title = tree_get_text(tree_get(document, "run"), "title");
    json_object *inputs = tree_get_array(document, "inputs");
    const char *name = tree_get_text(tree_at(inputs, 0), "name");
    if (*title != '\0' || tree_length(inputs) == 0)
        return g_strdup(title);
    char *base = strcmp(name, "-") == 0 ? g_strdup("standard input") : g_path_get_basename(name);
    char *words = tree_length(inputs) == 1
                      ? g_strdup(base)
                      : g_strdup_printf("%s and %zu more", base, tree_length(inputs) - 1);
    g_free(base);
    return words;
}

static char *span_words(const char *first, const char *last)
{
    json_object *from = json_object_new_string(first), *to = json_object_new_string(last);
    int64_t begin = html_nanos_of_time(from), end = html_nanos_of_time(to);
    json_object_put(from);
    json_object_put(to);
    return html_seconds(begin == NANOS_UNKNOWN || end == NANOS_UNKNOWN
                            ? (double)NAN
                            : (double)(end - begin) / (double)NANOS_PER_SECOND);
}

// When the packets were captured: the first of the inputs to the last.
static void put_span(json_object *page, json_object *document)
{
    json_object *inputs = tree_get_array(document, "inputs");
    const char *first = "", *last = "";
    for (size_t i = 0; i < tree_length(inputs); i++) {
        const char *from = tree_get_text(tree_at(inputs, i), "first");
        const char *to = tree_get_text(tree_at(inputs, i), "last");
        if (*from != '\0' && (*first == '\0' || strcmp(from, first) < 0))
            first = from;
        if (strcmp(to, last) > 0)
            last = to;
    }
    if (*first != '\0') {
        html_put(page, "first", html_time(first));
        html_put(page, "last", html_time(last));
        html_put(page, "span", span_words(first, last));
    }
}

static json_object *page_tree(json_object *document, const struct seen *seen, struct slice page)
{
    json_object *tree = json_object_new_object();
    html_put(tree, "script_hash", hash_of(between(page, "<script>", "</script>")));
    html_put(tree, "style_hash", hash_of(between(page, "<style>", "</style>")));
    html_put(tree, "title", page_title(document));
    put_span(tree, document);
    json_object_object_add(tree, "verdict", html_verdict(document));
    html_put_list(tree, "figures", html_figures(document));
    html_put_list(tree, "causes", html_causes(document));
    html_put_list(tree, "findings", html_findings(document));
    json_object_object_add(tree, "histogram", html_histogram(document));
    json_object_object_add(tree, "gaps", html_gaps_chart(seen->gaps, document));
    html_put_list(tree, "settings", html_settings(document));
    html_put_list(tree, "conflicts", html_conflicts(document));
    json_object_object_add(tree, "flow", html_flow_chart(seen->flow, document));
    json_object_object_add(tree, "sockets", html_sockets(document));
    html_put_list(tree, "what_if", html_what_if(document));
    json_object_object_add(tree, "pairs", html_pairs(document));
    json_object_object_add(tree, "connections", html_connections(document, seen->first));
    json_object_object_add(tree, "probes", html_probes(document));
    json_object_object_add(tree, "limits", html_limits(document));
    json_object_object_add(tree, "run", html_run(document));
    return tree;
}

// A template of ours that is malformed is a fault of ours.
static void fill(struct tree_stream *stream, struct slice part, json_object *tree)
{
    GError *error = NULL;
    if (!template_render(stream->text, part, tree, &error))
        g_error("page.html: %s", error->message);
    tree_stream_pass(stream);
}

bool html_write(json_object *document, const struct report_options *options, FILE *out,
                GError **error)
{
    (void)options;
    struct slice page = embedded_find("page.html");
    const uint8_t *mark = memmem(page.at, page.length, DATA_MARK, strlen(DATA_MARK));
    g_assert(mark != NULL);
    size_t before = (size_t)(mark - page.at);
    struct seen seen;
    struct tree_stream stream;
    see_rows(&seen, document);
    json_object *tree = page_tree(document, &seen, page);
    tree_stream_begin(&stream, out);
    fill(&stream, slice_first(page, before), tree);
    html_data_write(&stream, document, seen.table);
    fill(&stream, slice_from(page, before + strlen(DATA_MARK)), tree);
    json_object_put(tree);
    forget_rows(&seen);
    return tree_stream_end(&stream, error);
}
