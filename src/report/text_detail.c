// SPDX-License-Identifier: BSD-2-Clause
// Every list of the document that people read, each with its heading; empty ones are left out.
#include "report/text_detail.h"

#include <inttypes.h>
#include <math.h>

#include "report/text_lists.h"
#include "report/tree.h"

#define TABLE_COLUMNS 80 // of the table of causes

enum ink text_severity_ink(const char *severity)
{
    return strcmp(severity, "critical") == 0  ? INK_BAD
           : strcmp(severity, "warning") == 0 ? INK_WARN
           : strcmp(severity, "good") == 0    ? INK_GOOD
                                              : INK_PLAIN;
}

static void write_finding(struct text_page *page, json_object *finding)
{
    json_object *advice = tree_get_array(finding, "advice");
    const char *severity = tree_get_text(finding, "severity");
    char *first = g_strdup_printf("  %-8s  ", severity);
    text_page_wrap(page, text_severity_ink(severity), first, tree_get_text(finding, "title"), 4);
    text_page_wrap(page, INK_PLAIN, "            ", tree_get_text(finding, "detail"), 12);
    if (*tree_get_text(finding, "why") != '\0')
        text_page_wrap(page, INK_DIM, "            ", tree_get_text(finding, "why"), 8);
    for (size_t i = 0; i < tree_length(advice); i++) {
        json_object *row = tree_at(advice, i);
        char *stack = g_strdup_printf("            %-8s ", tree_get_text(row, "stack"));
        text_page_wrap(page, INK_PLAIN, stack, tree_get_text(row, "text"), 8);
        g_free(stack);
    }
    g_free(first);
}

static void write_findings(struct text_page *page, json_object *document,
                           const struct report_options *options)
{
    json_object *list = tree_get_array(document, "findings");
    size_t count = text_list_begin(page, "FINDINGS", list, options);
    for (size_t i = 0; i < count; i++)
        write_finding(page, tree_at(list, i));
}

// "Label: a, b" on a line of its own, when there is anything.
static void write_texts(struct text_page *page, const char *label, json_object *list)
{
    char *texts = text_join(list);
    if (*texts != '\0')
        text_page_line(page, INK_DIM, "      %s: %s", label, texts);
    g_free(texts);
}

// Appends a number after its words, if it is known; frees its text.
static void append_known(GString *words, const char *before, double number, char *text)
{
    if (isfinite(number))
        g_string_append_printf(words, "%s %s", before, text);
    g_free(text);
}

static void write_pair_counts(struct text_page *page, json_object *pair)
{
    double reuse = tree_get_number(pair, "reuse_ratio");
    double idle = tree_get_number(pair, "idle_available_at_open");
    double handshake = tree_get_number(pair, "handshake_seconds");
    char *connections = text_plural(tree_get_count(pair, "connections"), "connection");
    char *requests = text_plural(tree_get_count(pair, "requests"), "request");
    GString *words = g_string_new(NULL);
    g_string_append_printf(words, "%s, %s", connections, requests);
    append_known(words, ", reused", reuse, text_percent(reuse));
    g_string_append_printf(words, ", %" PRIu64 " at once at most",
                           tree_get_count(pair, "peak_concurrent"));
    append_known(words, "; opens with an idle one there", idle, text_percent(idle));
    append_known(words, "; handshake", handshake, text_seconds(handshake));
    text_page_wrap(page, INK_PLAIN, "      ", words->str, 3);
    g_string_free(words, TRUE);
    g_free(requests);
    g_free(connections);
}

// As the capture tells them, on a line each.
static void write_processes(struct text_page *page, json_object *list)
{
    for (size_t i = 0; i < tree_length(list); i++) {
        char *words = text_process(tree_at(list, i));
        text_page_wrap(page, INK_DIM, "      process: ", words, 3);
        g_free(words);
    }
}

static void write_pair(struct text_page *page, size_t index, json_object *pair)
{
    char *client = text_named_endpoint(tree_get(pair, "client"));
    char *server = text_named_endpoint(tree_get(pair, "server"));
    char *causes = text_pair_causes(pair, SIZE_MAX);
    text_page_line(page, INK_STRONG, "  %-3zu %s -> %s%s", index, client, server,
                   tree_get_bool(pair, "probe") ? "  (health probe)" : "");
    write_pair_counts(page, pair);
    text_page_wrap(page, INK_PLAIN, "      ", causes, 3);
    write_texts(page, "hosts", tree_get_array(pair, "hosts"));
    write_texts(page, "user agents", tree_get_array(pair, "user_agents"));
    write_texts(page, "servers", tree_get_array(pair, "servers"));
    write_processes(page, tree_get_array(pair, "processes"));
    g_free(causes);
    g_free(server);
    g_free(client);
}

static void write_pairs(struct text_page *page, json_object *document,
                        const struct report_options *options)
{
    json_object *list = tree_get_array(document, "pairs");
    size_t count = text_list_begin(page, "PAIRS", list, options);
    for (size_t i = 0; i < count; i++)
        write_pair(page, i, tree_at(list, i));
}

// For a terminal that has no room for the table.
static void write_cause_words(struct text_page *page, json_object *row)
{
    static const char *const levels[] = {"proven", "strong", "consistent", "ambiguous"};
    json_object *sure = tree_get(row, "confidence");
    GString *words = g_string_new(NULL);
    g_string_append_printf(words, "%s (%s): %" PRIu64, tree_get_text(row, "id"),
                           tree_get_text(row, "by"), tree_get_count(row, "connections"));
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        if (tree_get_count(sure, levels[i]) > 0)
            g_string_append_printf(words, ", %" PRIu64 " %s", tree_get_count(sure, levels[i]),
                                   levels[i]);
    text_page_wrap(page, INK_PLAIN, "  ", words->str, 3);
    g_string_free(words, TRUE);
}

static void write_all_causes(struct text_page *page, json_object *document)
{
    json_object *list = tree_get_array(document, "causes");
    if (tree_length(list) == 0)
        return;
    text_page_blank(page);
    if (page->width < TABLE_COLUMNS) {
        text_page_line(page, INK_STRONG, "ALL CAUSES, AND HOW SURE");
        for (size_t i = 0; i < tree_length(list); i++)
            write_cause_words(page, tree_at(list, i));
        return;
    }
    text_page_line(page, INK_STRONG, "%-34s %-7s %8s %6s %6s %6s %6s", "ALL CAUSES, AND HOW SURE",
                   "BY", "ALL", "PROVEN", "STRONG", "CONSIS", "AMBIG");
    for (size_t i = 0; i < tree_length(list); i++) {
        json_object *row = tree_at(list, i), *sure = tree_get(row, "confidence");
        text_page_line(page, INK_PLAIN,
                       "  %-32s %-7s %8" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64,
                       tree_get_text(row, "id"), tree_get_text(row, "by"),
                       tree_get_count(row, "connections"), tree_get_count(sure, "proven"),
                       tree_get_count(sure, "strong"), tree_get_count(sure, "consistent"),
                       tree_get_count(sure, "ambiguous"));
    }
}

void text_detail_write(struct text_page *page, json_object *document,
                       const struct report_options *options)
{
    write_all_causes(page, document);
    write_findings(page, document, options);
    write_pairs(page, document, options);
    text_lists_write(page, document, options);
}
