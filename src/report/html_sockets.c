// SPDX-License-Identifier: BSD-2-Clause
// Sockets per state over time: one small chart per state that occurs, for the busiest hosts.
#include <inttypes.h>
#include <math.h>

#include "report/html_area.h"
#include "report/html_parts.h"

static const char *const states[] = {"ESTABLISHED", "TIME_WAIT", "SYN_SENT",
                                     "SYN_RECV",    "FIN_WAIT1", "FIN_WAIT2",
                                     "CLOSE_WAIT",  "CLOSING",   "LAST_ACK"};

// What a state means to whom sees many sockets in it.
static const char *const meanings[] = {
    "open",
    "closed first; the port is taken for 60 s",
    "waiting for a SYN-ACK",
    "waiting for the ACK that ends the handshake",
    "own FIN not acknowledged yet",
    "own FIN acknowledged; the peer has not closed",
    "the peer has closed; this side has not",
    "both closed at once",
    "answered the peer's FIN, waiting for the last ACK",
};

static json_object *state_row(json_object *host, size_t state)
{
    json_object *series = tree_get_array(tree_get(host, "series"), states[state]);
    size_t count = tree_length(series);
    uint64_t peak = tree_get_count(tree_get(host, "peak"), states[state]);
    if (peak == 0)
        return NULL;
    uint64_t *values = g_new(uint64_t, count + 1);
    for (size_t i = 0; i < count; i++)
        values[i] = json_object_get_uint64(tree_at(series, i));
    json_object *object = json_object_new_object();
    html_put_words(object, "state", states[state]);
    html_put_words(object, "meaning", meanings[state]);
    html_put(object, "peak", text_count(peak));
    html_put(object, "points", html_area(values, count, peak));
    g_free(values);
    return object;
}

static char *ports_words(json_object *host)
{
    json_object *ports = tree_get(host, "ports");
    uint64_t used = tree_get_count(ports, "used_peak");
    double seconds = tree_get_number(ports, "exhaustion_seconds");
    if (used == 0)
        return NULL;
    char *peak = text_count(used), *limit = html_count_of(ports, "limit");
    char *time = html_seconds(seconds);
    char *words = g_strdup_printf("at most %s of %s ephemeral ports in use to one server%s%s", peak,
                                  limit, isnan(seconds) ? "" : "; at this rate they run out in ",
                                  isnan(seconds) ? "" : time);
    g_free(peak);
    g_free(limit);
    g_free(time);
    return words;
}

static char *rate_words(json_object *host)
{
    double rate = tree_get_number(host, "closes_per_second");
    if (!(rate > 0))
        return NULL;
    char *steady = text_number(ceil(rate * 60));
    char *closes = rate < 0.01 ? g_strdup("<0.01")
                   : rate < 1  ? g_strdup_printf("%.2f", rate)
                               : text_number(rate);
    char *words = g_strdup_printf("%s closes per second leave it a TIME_WAIT, so about %s of them "
                                  "in a steady state (x 60 s)",
                                  closes, steady);
    g_free(closes);
    g_free(steady);
    return words;
}

// A paragraph for each wait for a program.
static json_object *wait_rows(json_object *host)
{
    json_object *list = json_object_new_array(), *waits = tree_get_array(host, "waits");
    for (size_t i = 0; i < tree_length(waits); i++) {
        json_object *row = json_object_new_object();
        html_put(row, "words", text_wait(tree_at(waits, i)));
        json_object_array_add(list, row);
    }
    return list;
}

static json_object *host_chart(json_object *host)
{
    json_object *object = json_object_new_object(), *list = json_object_new_array();
    json_object *time = tree_get_array(tree_get(host, "series"), "time");
    json_object *first = tree_at(time, 0), *last = tree_at(time, MAX(tree_length(time), 1) - 1);
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        json_object *row = state_row(host, i);
        if (row != NULL)
            json_object_array_add(list, row);
    }
    html_put_words(object, "address", tree_get_text(host, "address"));
    html_put_words(object, "role", tree_get_text(host, "role"));
    if (json_object_is_type(first, json_type_string) &&
        json_object_is_type(last, json_type_string)) {
        const char *from = json_object_get_string(first), *to = json_object_get_string(last);
        html_put(object, "first", html_clock(from, to));
        html_put(object, "last", html_clock(to, from));
    }
    html_put(object, "ports", ports_words(host));
    html_put(object, "rate", rate_words(host));
    html_put_list(object, "states", list);
    html_put_list(object, "waits", wait_rows(host));
    return object;
}

// The peaks that are not 0: "ESTABLISHED 12, TIME_WAIT 61".
static json_object *host_peaks(json_object *host)
{
    json_object *object = json_object_new_object();
    GString *words = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        uint64_t peak = tree_get_count(tree_get(host, "peak"), states[i]);
        char *count = text_count(peak);
        if (peak > 0)
            g_string_append_printf(words, "%s%s %s", words->len ? ", " : "", states[i], count);
        g_free(count);
    }
    html_put_words(object, "address", tree_get_text(host, "address"));
    html_put_words(object, "role", tree_get_text(host, "role"));
    html_put(object, "peaks", g_string_free(words, FALSE));
    html_put(object, "ports", ports_words(host));
    return object;
}

json_object *html_sockets(json_object *document)
{
    json_object *sockets = tree_get(document, "sockets");
    json_object *hosts = tree_get_array(sockets, "hosts");
    if (tree_length(hosts) == 0)
        return NULL;
    json_object *object = json_object_new_object();
    json_object *charts = json_object_new_array(), *rest = json_object_new_array();
    for (size_t i = 0; i < tree_length(hosts); i++) {
        json_object *host = tree_at(hosts, i);
        if (i < HTML_HOSTS)
            json_object_array_add(charts, host_chart(host));
        else
            json_object_array_add(rest, host_peaks(host));
    }
    html_put(object, "step", html_seconds(tree_get_number(sockets, "step")));
    html_put_list(object, "hosts", charts);
    html_put_list(object, "rest", rest);
    return object;
}
