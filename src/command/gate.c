// SPDX-License-Identifier: BSD-2-Clause
// Reads and judges the expressions of --fail-on.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "command/gate.h"
#include "command/options.h"
#include "judge/finding.h"
#include "judge/sockets.h"

enum comparison {
    OPERATOR_LESS_OR_EQUAL,
    OPERATOR_GREATER_OR_EQUAL,
    OPERATOR_EQUAL,
    OPERATOR_LESS,
    OPERATOR_GREATER,
    OPERATORS
};

static const char *const operators[OPERATORS] = {"<=", ">=", "==", "<", ">"};

// A metric: its number over the analysis, NAN when there is nothing to measure. `id` is what
// follows the colon of its name.
struct metric {
    const char *name;
    bool has_share;                               // "%" after the number is allowed
    bool (*find)(const char *text, unsigned *id); // NULL: the name is all
    double (*measure)(const struct analysis *analysis, unsigned id);
};

struct gate {
    char *text;
    const struct metric *metric;
    unsigned id;
    enum comparison comparison;
    double number;
    bool is_share;
};

static double gate_reuse(const struct analysis *analysis, unsigned id)
{
    (void)id;
    const struct totals *totals = &analysis->totals;
    return totals->counted_requests ? (double)totals->reused / (double)totals->counted_requests
                                    : NAN;
}

static double gate_mean(const struct analysis *analysis, unsigned id)
{
    (void)id;
    return analysis->totals.per_connection.mean;
}

// `id` is the percentile.
static double gate_percentile(const struct analysis *analysis, unsigned id)
{
    const struct distribution *all = &analysis->totals.per_connection;
    if (!all->connections)
        return NAN;
    return id == 50 ? all->p50 : id == 90 ? all->p90 : all->p99;
}

static bool gate_find_percentile(const char *text, unsigned *id)
{
    *id = strcmp(text, "50") == 0 ? 50 : strcmp(text, "90") == 0 ? 90 : 99;
    return *id != 99 || strcmp(text, "99") == 0;
}

static double gate_connections(const struct analysis *analysis, unsigned id)
{
    (void)id;
    return (double)analysis->totals.connections;
}

static double gate_opens(const struct analysis *analysis, unsigned id)
{
    (void)id;
    if (analysis->first == NANOS_UNKNOWN || analysis->last <= analysis->first)
        return NAN;
    return (double)analysis->totals.opened_with_syn * 1e9 /
           (double)(analysis->last - analysis->first);
}

static double gate_time_wait(const struct analysis *analysis, unsigned id)
{
    (void)id;
    if (!analysis->sockets)
        return NAN;
    double peak = 0;
    for (guint i = 0; i < analysis->sockets->hosts->len; i++)
        peak = fmax(
            peak,
            g_array_index(analysis->sockets->hosts, struct socket_host, i).peak[TCP_TIME_WAIT]);
    return peak;
}

static bool gate_find_cause(const char *text, unsigned *id)
{
    *id = cause_find(text);
    return *id != CAUSE_NONE;
}

static double gate_cause(const struct analysis *analysis, unsigned id)
{
    double connections = 0;
    for (guint i = 0; i < analysis->causes->len; i++) {
        const struct cause_row *row = &g_array_index(analysis->causes, struct cause_row, i);
        if (row->cause == id)
            connections += (double)row->connections;
    }
    return connections;
}

static bool gate_find_family(const char *text, unsigned *id)
{
    for (*id = 0; *id < FAMILIES; ++*id)
        if (strcmp(family_key(*id), text) == 0)
            return true;
    return false;
}

static double gate_family(const struct analysis *analysis, unsigned id)
{
    for (guint i = 0; i < analysis->families->len; i++) {
        const struct family_row *row = &g_array_index(analysis->families, struct family_row, i);
        if (row->family == id)
            return (double)row->connections;
    }
    return 0;
}

static bool gate_find_finding(const char *text, unsigned *id)
{
    for (*id = 0; *id < FINDINGS; ++*id)
        if (strcmp(finding_key(*id), text) == 0)
            return true;
    return false;
}

static double gate_finding(const struct analysis *analysis, unsigned id)
{
    for (guint i = 0; i < analysis->findings->len; i++)
        if (g_array_index(analysis->findings, struct finding, i).id == id)
            return 1;
    return 0;
}

static const struct metric metrics[] = {
    {"reuse_ratio", false, NULL, gate_reuse},
    {"requests_per_connection.mean", false, NULL, gate_mean},
    {"requests_per_connection.p", false, gate_find_percentile, gate_percentile},
    {"connections", false, NULL, gate_connections},
    {"opens_per_second", false, NULL, gate_opens},
    {"time_wait_peak", false, NULL, gate_time_wait},
    {"cause:", true, gate_find_cause, gate_cause},
    {"family:", true, gate_find_family, gate_family},
    {"finding:", false, gate_find_finding, gate_finding},
};

// False with the metric of an id that there isn't, or with none.
static bool gate_read_metric(struct gate *gate, const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(metrics); i++) {
        const struct metric *metric = &metrics[i];
        size_t length = strlen(metric->name);
        gate->metric = metric;
        if (!metric->find && strcmp(name, metric->name) == 0)
            return true;
        if (metric->find && strncmp(name, metric->name, length) == 0)
            return metric->find(name + length, &gate->id);
    }
    gate->metric = NULL;
    return false;
}

// A decimal number; strtod() would read hexadecimal ones too.
static bool gate_read_number(struct gate *gate, const char *text)
{
    char *end;
    gate->number = g_ascii_strtod(text, &end);
    if (end == text || !isfinite(gate->number) || memchr(text, 'x', (size_t)(end - text)) ||
        memchr(text, 'X', (size_t)(end - text)))
        return false;
    while (g_ascii_isspace(*end))
        end++;
    gate->is_share = *end == '%' && gate->metric->has_share;
    return end[gate->is_share] == '\0';
}

// "METRIC", then the operator cut out of it; NULL when there is none. `rest` is what follows.
static char *gate_cut_operator(struct gate *gate, const char **rest)
{
    const char *at = strpbrk(gate->text, "<>=");
    if (!at)
        return NULL;
    for (gate->comparison = 0; gate->comparison < OPERATORS; gate->comparison++)
        if (g_str_has_prefix(at, operators[gate->comparison]))
            break;
    if (gate->comparison == OPERATORS)
        return NULL;
    *rest = at + strlen(operators[gate->comparison]);
    return g_strstrip(g_strndup(gate->text, (gsize)(at - gate->text)));
}

struct gate *gate_new(const char *expression, GError **error)
{
    struct gate *gate = g_new0(struct gate, 1);
    gate->text = g_strdup(expression);
    const char *rest = NULL;
    const char *wrong = NULL;
    char *name = gate_cut_operator(gate, &rest);
    if (!name)
        wrong = "has no operator (< <= > >= ==)";
    else if (!gate_read_metric(gate, name))
        wrong =
            gate->metric && strchr(name, ':')
                ? "names no cause, family or finding ('connreuse explain' lists causes)"
                : "names no metric (reuse_ratio, requests_per_connection.mean|p50|p90|p99, "
                  "connections, opens_per_second, time_wait_peak, cause:ID, family:ID, finding:ID)";
    else if (!gate_read_number(gate, rest))
        wrong = "has no number after the operator (a % only after cause: and family:)";
    g_free(name);
    if (!wrong)
        return gate;
    g_set_error(error, OPTIONS_ERROR, 0, "--fail-on: '%s' %s", expression, wrong);
    gate_free(gate);
    return NULL;
}

void gate_free(struct gate *gate)
{
    if (gate)
        g_free(gate->text);
    g_free(gate);
}

const char *gate_text(const struct gate *gate)
{
    return gate->text;
}

const char *gate_unit(const struct gate *gate)
{
    return gate->is_share ? "%" : "";
}

enum gate_result gate_judge(const struct gate *gate, const struct analysis *analysis, double *value)
{
    *value = gate->metric->measure(analysis, gate->id);
    if (!analysis->totals.connections || isnan(*value))
        return GATE_NOTHING;
    if (gate->is_share)
        *value = *value * 100 / (double)analysis->totals.connections;
    const bool is_true[OPERATORS] = {
        [OPERATOR_LESS_OR_EQUAL] = *value <= gate->number,
        [OPERATOR_GREATER_OR_EQUAL] = *value >= gate->number,
        [OPERATOR_EQUAL] = *value == gate->number,
        [OPERATOR_LESS] = *value<gate->number, [OPERATOR_GREATER] = *value> gate->number,
    };
    return is_true[gate->comparison] ? GATE_FAILS : GATE_PASSES;
}
