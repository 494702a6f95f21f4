// SPDX-License-Identifier: BSD-2-Clause
// The end of the page: probes, what could not be known, how the report was made.
#include <math.h>

#include "report/html_parts.h"

json_object *html_probes(json_object *document)
{
    json_object *probes = tree_get(tree_get(document, "totals"), "probes");
    json_object *pairs = tree_get_array(document, "pairs"), *list = json_object_new_array();
    json_object *object = json_object_new_object();
    for (size_t i = 0; i < tree_length(pairs) && tree_length(list) < HTML_PAIRS; i++) {
        json_object *pair = tree_at(pairs, i), *row;
        if (!tree_get_bool(pair, "probe"))
            continue;
        row = json_object_new_object();
        html_put(row, "pair", html_pair_words(pair));
        html_put(row, "agents", text_join(tree_get_array(pair, "user_agents")));
        html_put(row, "connections", html_count_of(pair, "connections"));
        html_put(row, "requests", html_count_of(pair, "requests"));
        json_object_array_add(list, row);
    }
    html_put_flag(object, "any", tree_get_count(probes, "connections") > 0);
    html_put(object, "connections",
             text_plural(tree_get_count(probes, "connections"), "connection"));
    html_put(object, "requests", text_plural(tree_get_count(probes, "requests"), "request"));
    html_put_list(object, "table", list);
    return object;
}

static void add_row(json_object *list, const char *label, char *value)
{
    json_object *object = json_object_new_object();
    html_put_words(object, "label", label);
    html_put(object, "value", value);
    json_object_array_add(list, object);
}

// What the capture lacks; rows of 0 are told too, so that one sees what was looked for.
static json_object *coverage_rows(json_object *coverage)
{
    static const struct {
        const char *key, *label;
    } rows[] = {
        {"midstream", "Connections open before the capture began"},
        {"one_direction", "Connections seen in one direction only"},
        {"snaplen_cut", "Connections with payload cut by the snapshot length"},
        {"opaque", "Connections that are not HTTP/1 (TLS, HTTP/2, others)"},
        {"evicted", "Connections dropped from a full table"},
        {"duplicates", "Segments captured twice (they count once)"},
        {"nat_twins", "Connections captured under a second name (NAT)"},
        {"strays", "Segments that belong to no connection"},
    };
    json_object *list = json_object_new_array();
    char *skipped = text_skipped(tree_get(coverage, "skipped"));
    add_row(list, "Packets", html_count_of(coverage, "packets"));
    add_row(list, "TCP segments", html_count_of(coverage, "tcp_segments"));
    add_row(list, "Other packets, by reason", g_strdup(*skipped != '\0' ? skipped : "none"));
    add_row(list, "Acknowledged, but not captured",
            html_bytes(tree_get_number(coverage, "lost_bytes")));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        add_row(list, rows[i].label, html_count_of(coverage, rows[i].key));
    add_row(list, "Connections with a cause",
            text_percent(tree_get_number(coverage, "attributed_share")));
    g_free(skipped);
    return list;
}

json_object *html_limits(json_object *document)
{
    json_object *object = json_object_new_object(), *list = json_object_new_array();
    json_object *warnings = tree_get_array(document, "warnings");
    for (size_t i = 0; i < tree_length(warnings); i++) {
        json_object *warning = tree_at(warnings, i), *row = json_object_new_object();
        html_put_words(row, "id", tree_get_text(warning, "id"));
        html_put_words(row, "text", tree_get_text(warning, "text"));
        json_object_array_add(list, row);
    }
    html_put_list(object, "warnings", list);
    html_put_list(object, "coverage", coverage_rows(tree_get(document, "coverage")));
    return object;
}

static json_object *input_row(json_object *input)
{
    json_object *object = json_object_new_object();
    const char *compression = tree_get_text(input, "compression");
    html_put_words(object, "name", tree_get_text(input, "name"));
    html_put(object, "format",
             g_strdup_printf("%s%s%s", tree_get_text(input, "format"), *compression ? ", " : "",
                             compression));
    html_put(object, "packets", html_count_of(input, "packets"));
    html_put(object, "bytes", html_bytes(tree_get_number(input, "bytes")));
    html_put(object, "first", html_time(tree_get_text(input, "first")));
    html_put(object, "last", html_time(tree_get_text(input, "last")));
    html_put(object, "drops", html_count_of(input, "kernel_drops"));
    html_put_words(object, "damage", tree_get_text(input, "damage"));
    return object;
}

static void put_labels(json_object *object, json_object *labels)
{
    json_object *list = json_object_new_array();
    if (json_object_is_type(labels, json_type_object)) {
        json_object_object_foreach(labels, key, value)
        {
            add_row(list, key, g_strdup(json_object_get_string(value)));
        }
    }
    html_put_list(object, "labels", list);
}

json_object *html_run(json_object *document)
{
    json_object *object = json_object_new_object(), *list = json_object_new_array();
    json_object *run = tree_get(document, "run"), *tool = tree_get(document, "tool");
    json_object *inputs = tree_get_array(document, "inputs");
    for (size_t i = 0; i < tree_length(inputs); i++)
        json_object_array_add(list, input_row(tree_at(inputs, i)));
    html_put(object, "started", html_time(tree_get_text(run, "started")));
    html_put_words(object, "command", tree_get_text(run, "command"));
    html_put(object, "tool",
             g_strdup_printf("%s %s", tree_get_text(tool, "name"), tree_get_text(tool, "version")));
    html_put(object, "schema",
             g_strdup_printf("%s %s", tree_get_text(tree_get(document, "schema"), "name"),
                             tree_get_text(tree_get(document, "schema"), "version")));
    put_labels(object, tree_get(run, "labels"));
    html_put_list(object, "inputs", list);
    return object;
}
