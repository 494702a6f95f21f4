// SPDX-License-Identifier: BSD-2-Clause
// The top of the page: verdict, key figures, causes.
#include <limits.h>
#include <math.h>

#include "report/cause_words.h"
#include "report/html_parts.h"
#include "report/verdict_words.h"

#define MOST_IDS 20 // of warnings: there are no more kinds of them

// The ids of the warnings, joined.
static char *warning_ids(json_object *document)
{
    json_object *warnings = tree_get_array(document, "warnings"), *ids = json_object_new_array();
    for (size_t i = 0; i < tree_length(warnings) && tree_length(ids) < MOST_IDS; i++) {
        json_object *id = tree_get(tree_at(warnings, i), "id");
        bool is_new = true;
        for (size_t j = 0; j < tree_length(ids); j++)
            is_new &= !json_object_equal(tree_at(ids, j), id);
        if (is_new)
            json_object_array_add(ids, json_object_get(id));
    }
    char *words = text_join(ids);
    json_object_put(ids);
    return words;
}

json_object *html_verdict(json_object *document)
{
    json_object *object = json_object_new_object();
    json_object *worst = tree_at(tree_get_array(document, "findings"), 0);
    const char *severity = tree_get_text(worst, "severity");
    html_put(object, "sentence", verdict_words(document, UINT_MAX));
    html_put(object, "warnings", warning_ids(document));
    html_put_words(object, "headline", tree_get_text(worst, "title"));
    html_put_words(object, "detail", tree_get_text(worst, "detail"));
    html_put_words(object, "severity", severity);
    html_put_flag(object, severity, worst != NULL);
    return object;
}

static json_object *add_figure(json_object *list, const char *label, char *value, char *note)
{
    json_object *object = json_object_new_object();
    html_put_words(object, "label", label);
    html_put(object, "value", value);
    html_put(object, "note", note);
    json_object_array_add(list, object);
    return object;
}

static void add_requests(json_object *list, json_object *totals)
{
    json_object *per = tree_get(totals, "requests_per_connection");
    double mean = tree_get_number(per, "mean"), rate = tree_get_number(totals, "opens_per_second");
    char *median = html_count_of(per, "p50"), *most = html_count_of(per, "max");
    add_figure(list, "Requests", html_count_of(totals, "requests"), NULL);
    add_figure(list, "Requests per connection", text_number(mean),
               isfinite(mean) ? g_strdup_printf("mean; median %s, most %s", median, most) : NULL);
    add_figure(list, "On a reused connection", text_percent(tree_get_number(totals, "reuse_ratio")),
               g_strdup("of requests"));
    add_figure(list, "Opens per second",
               rate > 0 && rate < 0.05 ? g_strdup("<0.1") : text_number(rate), NULL);
    g_free(median);
    g_free(most);
}

// The host with the most sockets in the state.
static json_object *peak_host(json_object *document, const char *state)
{
    json_object *hosts = tree_get_array(tree_get(document, "sockets"), "hosts"), *best = NULL;
    uint64_t most = 0;
    for (size_t i = 0; i < tree_length(hosts); i++) {
        json_object *host = tree_at(hosts, i);
        uint64_t peak = tree_get_count(tree_get(host, "peak"), state);
        if (peak > most)
            best = host;
        most = MAX(most, peak);
    }
    return best;
}

static void add_peak(json_object *list, json_object *document)
{
    json_object *host = peak_host(document, "TIME_WAIT");
    if (host != NULL)
        add_figure(list, "Most in TIME_WAIT", html_count_of(tree_get(host, "peak"), "TIME_WAIT"),
                   g_strdup_printf("at %s", tree_get_text(host, "address")));
}

json_object *html_figures(json_object *document)
{
    json_object *list = json_object_new_array();
    json_object *totals = tree_get(document, "totals"), *coverage = tree_get(document, "coverage");
    json_object *probes = tree_get(totals, "probes");
    char *closed = html_count_of(totals, "closed"), *open = html_count_of(totals, "open");
    add_figure(list, "Connections", html_count_of(totals, "connections"),
               g_strdup_printf("%s closed, %s still open", closed, open));
    add_requests(list, totals);
    add_figure(list, "Payload", html_bytes(tree_get_number(totals, "bytes")), NULL);
    add_peak(list, document);
    add_figure(list, "Explained", text_percent(tree_get_number(coverage, "attributed_share")),
               g_strdup("of connections have a cause"));
    if (tree_get_count(probes, "connections") > 0)
        add_figure(list, "Health probes", html_count_of(probes, "connections"),
                   g_strdup("connections, set apart from ratios"));
    g_free(closed);
    g_free(open);
    return list;
}

static char *confidence_words(json_object *confidence)
{
    static const char *const keys[] = {"proven", "strong", "consistent", "ambiguous"};
    GString *words = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        uint64_t count = tree_get_count(confidence, keys[i]);
        char *number = text_count(count);
        if (count > 0)
            g_string_append_printf(words, "%s%s %s", words->len ? ", " : "", number, keys[i]);
        g_free(number);
    }
    return g_string_free(words, FALSE);
}

static json_object *cause_row(json_object *row, const struct cause_words *words)
{
    json_object *object = json_object_new_object();
    const char *id = tree_get_text(row, "id"), *by = tree_get_text(row, "by");
    double share = tree_get_number(row, "share");
    html_put_words(object, "id", id);
    html_put(object, "title", cause_words_title(words, id));
    html_put(object, "advice", cause_words_advice(words, id));
    html_put_words(object, "by", by);
    html_put(object, "count", html_count_of(row, "connections"));
    html_put(object, "share", text_percent(share));
    html_put(object, "part", html_part(share, 1));
    html_put(object, "sure", confidence_words(tree_get(row, "confidence")));
    return object;
}

json_object *html_causes(json_object *document)
{
    json_object *causes = tree_get_array(document, "causes");
    json_object *list = json_object_new_array();
    struct cause_words *words = cause_words_new();
    for (size_t i = 0; i < tree_length(causes); i++)
        json_object_array_add(list, cause_row(tree_at(causes, i), words));
    cause_words_free(words);
    return list;
}
