// SPDX-License-Identifier: BSD-2-Clause
// Charts that are rows with a bar each: requests per connection, what another pool would do; and
// what stands beside the gaps: settings and conflicts.
#include <math.h>

#include "report/html_parts.h"

#define OPEN_CURVES 3  // what-if tables that are not folded away
#define EXACT_ROWS  20 // histograms of up to as many rows are shown as they are

// Ranges for more: 1-2-5 decades beyond ten.
static uint64_t range_end(uint64_t from)
{
    if (from <= 10)
        return from;
    for (uint64_t decade = 10;; decade *= 10)
        for (uint64_t step = 1; step <= 5; step += step == 1 ? 1 : 3)
            if (from <= decade * step || decade > UINT64_MAX / 100)
                return decade * step;
}

static void add_bar(json_object *list, uint64_t from, uint64_t to, uint64_t connections)
{
    json_object *object = json_object_new_object();
    char *first = text_count(from), *last = text_count(to);
    html_put(object, "range", from == to ? g_strdup(first) : g_strdup_printf("%s–%s", first, last));
    json_object_object_add(object, "count", tree_count(connections));
    json_object_array_add(list, object);
    g_free(first);
    g_free(last);
}

static json_object *histogram_bars(json_object *histogram)
{
    json_object *list = json_object_new_array();
    bool is_exact = tree_length(histogram) <= EXACT_ROWS;
    for (size_t i = 0; i < tree_length(histogram);) {
        json_object *row = tree_at(histogram, i);
        uint64_t from = tree_get_count(row, "from"), to = tree_get_count(row, "to"), sum = 0;
        uint64_t end = is_exact ? to : MAX(range_end(from), to);
        do {
            sum += tree_get_count(row, "connections");
            to = MAX(to, tree_get_count(row, "to"));
            row = tree_at(histogram, ++i);
        } while (!is_exact && row != NULL && tree_get_count(row, "to") <= end);
        add_bar(list, from, to, sum);
    }
    return list;
}

static uint64_t most_of(json_object *list, const char *key)
{
    uint64_t most = 0;
    for (size_t i = 0; i < tree_length(list); i++)
        most = MAX(most, tree_get_count(tree_at(list, i), key));
    return most;
}

json_object *html_histogram(json_object *document)
{
    json_object *histogram = tree_get_array(document, "requests_per_connection");
    if (tree_length(histogram) == 0)
        return NULL;
    json_object *per = tree_get(tree_get(document, "totals"), "requests_per_connection");
    json_object *object = json_object_new_object(), *list = histogram_bars(histogram);
    uint64_t most = most_of(list, "count");
    for (size_t i = 0; i < tree_length(list); i++) {
        json_object *row = tree_at(list, i);
        uint64_t count = tree_get_count(row, "count");
        html_put(row, "part", html_part((double)count, (double)most));
        html_put(row, "count", text_count(count));
    }
    html_put(object, "mean", text_number(tree_get_number(per, "mean")));
    html_put(object, "p50", html_count_of(per, "p50"));
    html_put(object, "p90", html_count_of(per, "p90"));
    html_put(object, "p99", html_count_of(per, "p99"));
    html_put(object, "most", html_count_of(per, "max"));
    html_put_list(object, "bars", list);
    return object;
}

static char *setting_value(json_object *setting)
{
    double value = tree_get_number(setting, "value");
    return strcmp(tree_get_text(setting, "unit"), "count") == 0 ? text_number(value)
                                                                : html_seconds(value);
}

static json_object *setting_row(json_object *setting)
{
    json_object *object = json_object_new_object(), *products = json_object_new_array();
    json_object *candidates = tree_get_array(setting, "candidates");
    for (size_t i = 0; i < tree_length(candidates); i++) {
        json_object *product = tree_get(tree_at(candidates, i), "product");
        if (product != NULL)
            json_object_array_add(products, json_object_get(product));
    }
    html_put(object, "host", text_endpoint(tree_get(setting, "host")));
    html_put_words(object, "role", tree_get_text(setting, "role"));
    html_put_words(object, "kind", tree_get_text(setting, "kind"));
    html_put(object, "value", setting_value(setting));
    html_put(object, "n", html_count_of(setting, "n"));
    html_put(object, "candidates", text_join(products));
    html_put_words(object, "words", tree_get_text(setting, "words"));
    json_object_put(products);
    return object;
}

json_object *html_settings(json_object *document)
{
    json_object *settings = tree_get_array(document, "settings"), *list = json_object_new_array();
    for (size_t i = 0; i < tree_length(settings); i++)
        json_object_array_add(list, setting_row(tree_at(settings, i)));
    return list;
}

json_object *html_conflicts(json_object *document)
{
    json_object *conflicts = tree_get_array(document, "conflicts"), *list = json_object_new_array();
    for (size_t i = 0; i < tree_length(conflicts); i++) {
        json_object *conflict = tree_at(conflicts, i), *object = json_object_new_object();
        html_put(object, "pair", html_pair_at(document, tree_get_count(conflict, "pair")));
        html_put(object, "client", html_seconds(tree_get_number(conflict, "client_setting")));
        html_put(object, "server", html_seconds(tree_get_number(conflict, "server_setting")));
        html_put(object, "raced", html_count_of(conflict, "raced"));
        html_put(object, "would_race", html_count_of(conflict, "would_race"));
        html_put(object, "advice", html_seconds(tree_get_number(conflict, "advice")));
        html_put_words(object, "words", tree_get_text(conflict, "words"));
        json_object_array_add(list, object);
    }
    return list;
}

static bool is_same(json_object *a, json_object *b, const char *key)
{
    double one = tree_get_number(a, key), other = tree_get_number(b, key);
    return one == other || (isnan(one) && isnan(other));
}

static bool is_same_pool(json_object *a, json_object *b)
{
    return is_same(a, b, "limit") && is_same(a, b, "idle_timeout");
}

static json_object *what_if_row(json_object *point, json_object *what_if, uint64_t most)
{
    json_object *object = json_object_new_object();
    double limit = tree_get_number(point, "limit"), idle = tree_get_number(point, "idle_timeout");
    html_put(object, "limit", isnan(limit) ? g_strdup("no limit") : text_number(limit));
    html_put(object, "idle", isnan(idle) ? g_strdup("no timeout") : html_seconds(idle));
    html_put(object, "opens", html_count_of(point, "opens"));
    html_put(object, "time_wait", html_count_of(point, "time_wait_peak"));
    html_put(object, "part", html_part(tree_get_number(point, "opens"), (double)most));
    html_put_flag(object, "is_captured", is_same_pool(point, tree_get(what_if, "captured")));
    html_put_flag(object, "is_best", is_same_pool(point, tree_get(what_if, "recommended")));
    return object;
}

static json_object *what_if_of(json_object *document, json_object *what_if, bool is_folded)
{
    json_object *object = json_object_new_object(), *list = json_object_new_array();
    json_object *curve = tree_get_array(what_if, "curve");
    json_object *captured = tree_get(what_if, "captured"), *best = tree_get(what_if, "recommended");
    uint64_t most = most_of(curve, "opens");
    double pools = tree_get_number(captured, "pools");
    for (size_t i = 0; i < tree_length(curve); i++)
        json_object_array_add(list, what_if_row(tree_at(curve, i), what_if, most));
    html_put(object, "pair", html_pair_at(document, tree_get_count(what_if, "pair")));
    html_put(object, "opens", html_count_of(captured, "opens"));
    html_put(object, "replayed", html_count_of(captured, "replayed_opens"));
    html_put_flag(object, "is_folded", is_folded);
    html_put(object, "pools", pools > 1 ? text_number(pools) : NULL);
    html_put_flag(object, "is_unsure", !best);
    html_put(object, "best_opens", best ? html_count_of(best, "opens") : NULL);
    if (best)
        json_object_object_add(object, "best", what_if_row(best, what_if, most));
    html_put_list(object, "bars", list);
    return object;
}

json_object *html_what_if(json_object *document)
{
    json_object *what_ifs = tree_get_array(document, "what_if"), *list = json_object_new_array();
    for (size_t i = 0; i < tree_length(what_ifs); i++)
        json_object_array_add(list, what_if_of(document, tree_at(what_ifs, i), i >= OPEN_CURVES));
    return list;
}
