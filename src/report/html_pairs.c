// SPDX-License-Identifier: BSD-2-Clause
// Pairs as rows of a table, each with a bar of its causes.
#include <math.h>

#include "report/html_parts.h"

char *html_pair_words(json_object *pair)
{
    char *client = text_named_endpoint(tree_get(pair, "client"));
    char *server = text_named_endpoint(tree_get(pair, "server"));
    char *words = g_strdup_printf("%s → %s", client, server);
    g_free(client);
    g_free(server);
    return words;
}

char *html_pair_at(json_object *document, uint64_t index)
{
    json_object *pair = tree_at(tree_get_array(document, "pairs"), index);
    return pair != NULL ? html_pair_words(pair) : g_strdup("a pair beyond those listed");
}

// The bar: one rectangle per cause, with the blamed side as its pattern; and the biggest in words.
static void put_causes(json_object *object, json_object *pair)
{
    json_object *causes = tree_get_array(pair, "causes"), *bar = json_object_new_array();
    double before = 0, all = tree_get_number(pair, "connections");
    for (size_t i = 0; i < tree_length(causes); i++) {
        json_object *row = tree_at(causes, i), *piece = json_object_new_object();
        double share = tree_get_number(row, "connections") / all;
        share = share > 0 ? share : 0;
        html_put_words(piece, "by", tree_get_text(row, "by"));
        html_put_words(piece, "id", tree_get_text(row, "id"));
        html_put(piece, "share", text_percent(share));
        html_put(piece, "x", html_part(before, 1));
        html_put(piece, "width", html_part(share, 1));
        json_object_array_add(bar, piece);
        before += share;
    }
    html_put(object, "causes", text_pair_causes(pair, 3));
    html_put_list(object, "bar", bar);
}

// "10.0.0.1 is web-1, 10.0.0.2 is api", as far as the capture names them.
static void put_names(json_object *object, json_object *pair)
{
    static const char *const ends[] = {"client", "server"};
    GString *words = g_string_new(NULL);
    for (int i = 0; i < 2; i++) {
        json_object *end = tree_get(pair, ends[i]);
        const char *name = tree_get_text(end, "name");
        if (*name)
            g_string_append_printf(words, "%s%s is %s", words->len ? ", " : "",
                                   tree_get_text(end, "address"), name);
    }
    if (words->len)
        html_put_words(object, "names", words->str);
    g_string_free(words, TRUE);
}

static void put_processes(json_object *object, json_object *pair)
{
    json_object *processes = tree_get_array(pair, "processes"), *list = json_object_new_array();
    for (size_t i = 0; i < tree_length(processes); i++) {
        json_object *row = json_object_new_object();
        html_put(row, "words", text_process(tree_at(processes, i)));
        json_object_array_add(list, row);
    }
    html_put_list(object, "processes", list);
}

static json_object *pair_row(json_object *pair, size_t index)
{
    json_object *object = json_object_new_object();
    json_object *per = tree_get(pair, "requests_per_connection_summary");
    json_object_object_add(object, "index", tree_count(index));
    html_put(object, "client", text_endpoint(tree_get(pair, "client")));
    html_put(object, "server", text_endpoint(tree_get(pair, "server")));
    html_put(object, "hosts", text_join(tree_get_array(pair, "hosts")));
    html_put(object, "agents", text_join(tree_get_array(pair, "user_agents")));
    html_put(object, "software", text_join(tree_get_array(pair, "servers")));
    put_names(object, pair);
    put_processes(object, pair);
    html_put_flag(object, "probe", tree_get_bool(pair, "probe"));
    html_put_flag(object, "proxy", tree_get_bool(pair, "proxy"));
    html_put(object, "connections", html_count_of(pair, "connections"));
    html_put(object, "requests", html_count_of(pair, "requests"));
    html_put(object, "mean", text_number(tree_get_number(per, "mean")));
    html_put(object, "reuse", text_percent(tree_get_number(pair, "reuse_ratio")));
    html_put(object, "peak", html_count_of(pair, "peak_concurrent"));
    html_put(object, "idle", text_percent(tree_get_number(pair, "idle_available_at_open")));
    html_put(object, "handshake", html_seconds(tree_get_number(pair, "handshake_seconds")));
    put_causes(object, pair);
    return object;
}

json_object *html_pairs(json_object *document)
{
    json_object *pairs = tree_get_array(document, "pairs"), *list = json_object_new_array();
    json_object *object = json_object_new_object();
    size_t count = tree_length(pairs), shown = MIN(count, HTML_PAIRS);
    uint64_t total = MAX(tree_get_count(document, "pairs_total"), count);
    for (size_t i = 0; i < shown; i++)
        json_object_array_add(list, pair_row(tree_at(pairs, i), i));
    html_put(object, "shown", text_count(shown));
    html_put(object, "total", text_count(total));
    html_put_flag(object, "is_cut", shown < total);
    html_put_list(object, "table", list);
    return object;
}
