// SPDX-License-Identifier: BSD-2-Clause
// One series for opens and one per cause, each over the same steps.
#include "report/html_flow.h"

#include "base/moment.h"
#include "report/html_area.h"
#include "report/html_nanos.h"
#include "report/html_parts.h"

#define STEPS  120
#define CAUSES 6 // drawn by name; the rest is one series

enum { OPENS, OTHERS, NAMED, SERIES = NAMED + CAUSES };

struct html_flow {
    int64_t first, last;
    char *causes[CAUSES], *blamed[CAUSES];
    size_t cause_count;
    uint64_t counts[SERIES][STEPS];
    uint64_t totals[SERIES];
};

static void set_span(struct html_flow *flow, json_object *document)
{
    json_object *inputs = tree_get_array(document, "inputs");
    for (size_t i = 0; i < tree_length(inputs); i++) {
        int64_t first = html_nanos_of_time(tree_get(tree_at(inputs, i), "first"));
        int64_t last = html_nanos_of_time(tree_get(tree_at(inputs, i), "last"));
        if (first == NANOS_UNKNOWN || last == NANOS_UNKNOWN)
            continue;
        if (flow->first == NANOS_UNKNOWN || first < flow->first)
            flow->first = first;
        if (flow->last == NANOS_UNKNOWN || last > flow->last)
            flow->last = last;
    }
}

static size_t series_of(const struct html_flow *flow, const char *cause)
{
    for (size_t i = 0; i < flow->cause_count; i++)
        if (strcmp(flow->causes[i], cause) == 0)
            return NAMED + i;
    return OTHERS;
}

struct html_flow *html_flow_new(json_object *document)
{
    struct html_flow *flow = g_new0(struct html_flow, 1);
    json_object *causes = tree_get_array(document, "causes");
    flow->first = flow->last = NANOS_UNKNOWN;
    set_span(flow, document);
    for (size_t i = 0; i < tree_length(causes) && flow->cause_count < CAUSES; i++) {
        const char *id = tree_get_text(tree_at(causes, i), "id");
        if (series_of(flow, id) != OTHERS)
            continue;
        flow->blamed[flow->cause_count] = g_strdup(tree_get_text(tree_at(causes, i), "by"));
        flow->causes[flow->cause_count++] = g_strdup(id);
    }
    return flow;
}

void html_flow_free(struct html_flow *flow)
{
    for (size_t i = 0; i < flow->cause_count; i++) {
        g_free(flow->causes[i]);
        g_free(flow->blamed[i]);
    }
    g_free(flow);
}

static void count(struct html_flow *flow, size_t series, json_object *time)
{
    int64_t at = html_nanos_of_time(time);
    if (at == NANOS_UNKNOWN || flow->first == NANOS_UNKNOWN || at < flow->first || at > flow->last)
        return;
    double share = (double)(at - flow->first) / ((double)(flow->last - flow->first) + 1);
    flow->counts[series][MIN((size_t)(share * STEPS), STEPS - 1)]++;
    flow->totals[series]++;
}

void html_flow_add(struct html_flow *flow, json_object *row)
{
    json_object *close = tree_get(row, "close");
    count(flow, OPENS, tree_get(row, "start"));
    count(flow, series_of(flow, tree_get_text(close, "cause")), tree_get(close, "time"));
}

static void add_series(json_object *list, const struct html_flow *flow, size_t series,
                       const char *name, const char *by)
{
    uint64_t most = 0;
    for (size_t i = 0; i < STEPS; i++)
        most = MAX(most, flow->counts[series][i]);
    if (most == 0)
        return;
    json_object *object = json_object_new_object();
    html_put_words(object, "name", name);
    html_put_words(object, "by", by);
    html_put(object, "total", text_count(flow->totals[series]));
    html_put(object, "most", text_count(most));
    html_put(object, "points", html_area(flow->counts[series], STEPS, most));
    html_put_flag(object, "is_open", series == OPENS);
    json_object_array_add(list, object);
}

json_object *html_flow_chart(const struct html_flow *flow, json_object *document)
{
    json_object *connections = tree_get(document, "connections");
    uint64_t total = tree_get_count(connections, "total");
    uint64_t held = tree_length(tree_get_array(connections, "rows"));
    if (flow->totals[OPENS] == 0 || flow->last <= flow->first)
        return NULL;
    json_object *object = json_object_new_object(), *list = json_object_new_array();
    json_object *first = tree_time(flow->first), *last = tree_time(flow->last);
    add_series(list, flow, OPENS, "Opens", "opens");
    for (size_t i = 0; i < flow->cause_count; i++)
        add_series(list, flow, NAMED + i, flow->causes[i], flow->blamed[i]);
    add_series(list, flow, OTHERS, "other causes", "none");
    const char *from = json_object_get_string(first), *to = json_object_get_string(last);
    html_put(object, "first", html_clock(from, to));
    html_put(object, "last", html_clock(to, from));
    html_put(object, "step", html_seconds((double)(flow->last - flow->first) / 1e9 / STEPS));
    html_put(object, "held", text_count(held));
    html_put(object, "total", text_count(total));
    html_put_flag(object, "is_cut", held < total);
    html_put_list(object, "series", list);
    json_object_put(first);
    json_object_put(last);
    return object;
}
