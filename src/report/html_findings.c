// SPDX-License-Identifier: BSD-2-Clause
// Findings: what, why, cost, evidence, fix per stack, display filter.
#include <math.h>

#include "report/html_parts.h"

// How people write the stacks of data/findings.ini.
static const struct {
    const char *id, *name;
} stacks[] = {{"go", "Go"},       {"java", "Java"},       {"python", "Python"}, {"node", "Node"},
              {"nginx", "nginx"}, {"haproxy", "HAProxy"}, {"envoy", "Envoy"},   {"all", "Any"}};

static const char *stack_name(const char *id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(stacks); i++)
        if (strcmp(stacks[i].id, id) == 0)
            return stacks[i].name;
    return id;
}

static json_object *finding_advice(json_object *finding)
{
    json_object *advice = tree_get_array(finding, "advice"), *list = json_object_new_array();
    for (size_t i = 0; i < tree_length(advice); i++) {
        json_object *row = tree_at(advice, i), *object = json_object_new_object();
        html_put_words(object, "stack", tree_get_text(row, "stack"));
        html_put_words(object, "name", stack_name(tree_get_text(row, "stack")));
        html_put_words(object, "text", tree_get_text(row, "text"));
        json_object_array_add(list, object);
    }
    return list;
}

// Evidence names the file too when there are several.
static char *frame_words(json_object *document, json_object *place)
{
    json_object *inputs = tree_get_array(document, "inputs");
    char *frame = html_count_of(place, "frame");
    if (tree_length(inputs) < 2)
        return frame;
    json_object *input = tree_at(inputs, tree_get_count(place, "input"));
    char *words = g_strdup_printf("%s of %s", frame, tree_get_text(input, "name"));
    g_free(frame);
    return words;
}

static json_object *finding_evidence(json_object *document, json_object *finding)
{
    json_object *evidence = tree_get_array(finding, "evidence"), *list = json_object_new_array();
    for (size_t i = 0; i < tree_length(evidence); i++) {
        json_object *row = tree_at(evidence, i), *object = json_object_new_object();
        html_put_words(object, "connection", tree_get_text(row, "connection"));
        html_put(object, "frame", frame_words(document, row));
        html_put(object, "time", html_time(tree_get_text(row, "time")));
        html_put_words(object, "what", tree_get_text(row, "what"));
        json_object_array_add(list, object);
    }
    return list;
}

static json_object *finding_pairs(json_object *document, json_object *finding)
{
    json_object *pairs = tree_get_array(finding, "pairs"), *list = json_object_new_array();
    for (size_t i = 0; i < tree_length(pairs); i++) {
        uint64_t index = json_object_get_uint64(tree_at(pairs, i));
        char *words = html_pair_at(document, index);
        json_object *object = json_object_new_object();
        html_put_words(object, "words", words);
        if (words != NULL && index < HTML_PAIRS)
            json_object_object_add(object, "index", tree_count(index));
        json_object_array_add(list, object);
        g_free(words);
    }
    return list;
}

static void append_cost(GString *words, uint64_t count, const char *noun)
{
    char *text = text_plural(count, noun);
    if (count > 0)
        g_string_append_printf(words, "%s%s", words->len ? ", " : "", text);
    g_free(text);
}

static char *cost_words(json_object *cost)
{
    GString *words = g_string_new(NULL);
    double seconds = tree_get_number(cost, "seconds");
    append_cost(words, tree_get_count(cost, "handshakes"), "handshake");
    append_cost(words, tree_get_count(cost, "round_trips"), "round trip");
    if (seconds > 0) {
        char *text = html_seconds(seconds);
        g_string_append_printf(words, "%s%s of waiting", words->len ? ", " : "", text);
        g_free(text);
    }
    return g_string_free(words, FALSE);
}

static json_object *finding_of(json_object *document, json_object *finding, size_t number)
{
    json_object *object = json_object_new_object();
    const char *severity = tree_get_text(finding, "severity");
    json_object_object_add(object, "number", tree_count(number));
    html_put_words(object, "id", tree_get_text(finding, "id"));
    html_put_words(object, "severity", severity);
    html_put_flag(object, severity, *severity != '\0');
    html_put_words(object, "title", tree_get_text(finding, "title"));
    html_put_words(object, "detail", tree_get_text(finding, "detail"));
    html_put_words(object, "why", tree_get_text(finding, "why"));
    html_put_words(object, "filter", tree_get_text(finding, "filter"));
    html_put(object, "connections",
             text_plural(tree_get_count(finding, "connections"), "connection"));
    html_put(object, "cost", cost_words(tree_get(finding, "cost")));
    html_put_list(object, "advice", finding_advice(finding));
    html_put_list(object, "evidence", finding_evidence(document, finding));
    html_put_list(object, "pairs", finding_pairs(document, finding));
    return object;
}

json_object *html_findings(json_object *document)
{
    json_object *findings = tree_get_array(document, "findings"), *list = json_object_new_array();
    for (size_t i = 0; i < tree_length(findings); i++)
        json_object_array_add(list, finding_of(document, tree_at(findings, i), i + 1));
    return list;
}
