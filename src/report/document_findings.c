// SPDX-License-Identifier: BSD-2-Clause
// Findings of a document: a finding's numbers, and the words of data/findings.ini.
#include "report/document_parts.h"
#include "report/finding_words.h"
#include "report/row_parts.h"
#include "report/tree.h"

static json_object *finding_pairs(const struct analysis *analysis, const struct finding *finding)
{
    json_object *array = json_object_new_array();
    for (uint32_t i = 0; i < finding->pair_count; i++) {
        json_object *index = document_pair_index(analysis, finding->pairs[i]);
        if (index != NULL)
            json_object_array_add(array, index);
    }
    return array;
}

static json_object *finding_cost(const struct finding *finding)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "handshakes", tree_count(finding->handshakes));
    json_object_object_add(object, "round_trips", tree_count(finding->round_trips));
    json_object_object_add(object, "seconds", tree_seconds(finding->cost_time));
    return object;
}

static json_object *finding_advice(const struct finding_words *words)
{
    json_object *array = json_object_new_array();
    for (guint i = 0; i < words->advice->len; i++) {
        const struct advice *advice = &g_array_index(words->advice, struct advice, i);
        json_object *object = json_object_new_object();
        json_object_object_add(object, "stack", tree_text(advice->stack));
        json_object_object_add(object, "text", tree_text(advice->text));
        json_object_array_add(array, object);
    }
    return array;
}

static enum moment_id close_id(const struct record *r)
{
    if (r->close_by == CLOSE_BY_NOBODY)
        return AT_START;
    if (r->close_how == CLOSE_RST)
        return AT_RST;
    return r->close_by == CLOSE_BY_CLIENT ? AT_CLIENT_FIN : AT_SERVER_FIN;
}

// The moment of a connection that shows what is found: an open, a request, else the close.
static enum moment_id telling_moment(const struct record *r, enum finding_id id)
{
    bool is_request = id == FINDING_KEEPALIVE_RACES || id == FINDING_STALE_REUSE ||
                      id == FINDING_TIMEOUT_CONFLICT;
    enum moment_id moment = close_id(r);
    if (id == FINDING_POOL_NOT_SHARED || id == FINDING_ALL_OPAQUE)
        moment = AT_START;
    else if (id == FINDING_REUSE_GOOD)
        moment = AT_LAST_REQUEST;
    else if (is_request && moment_is_set(r->at[AT_BEYOND]))
        moment = AT_BEYOND;
    return moment_is_set(r->at[moment]) ? moment : AT_START;
}

// A connection as evidence of a finding: its cause, and what its moment adds.
static json_object *evidence_item(const struct rows *rows, uint32_t index, enum finding_id finding)
{
    const struct record *r = &rows->report->analysis->records[index];
    const struct verdict *v = &rows->report->analysis->verdicts[index];
    enum moment_id moment = telling_moment(r, finding);
    struct place place = places_find(&rows->places, r->at[moment].frame);
    char id[ROW_ID];
    rows_id(rows, index, id);
    GString *what = g_string_new(cause_key((enum cause)v->cause));
    g_string_append(what, ": ");
    row_details_append(what, r, v, moment);
    g_string_set_size(what, what->len); // ends the text, which rows don't need
    json_object *object = json_object_new_object();
    json_object_object_add(object, "connection", json_object_new_string(id));
    json_object_object_add(object, "input", tree_count(place.input));
    json_object_object_add(object, "frame", tree_count(place.frame));
    json_object_object_add(object, "time", tree_time(r->at[moment].time));
    json_object_object_add(object, "what", tree_text(what->str));
    g_string_free(what, TRUE);
    return object;
}

struct exhibit {
    uint32_t index; // of the record
    uint32_t frame; // of its telling moment
};

static int compare_exhibits(const void *a, const void *b)
{
    const struct exhibit *one = a, *other = b;
    if (one->frame != other->frame)
        return one->frame < other->frame ? -1 : 1;
    return (one->index > other->index) - (one->index < other->index);
}

// In the order of the capture, as one looks them up in it.
static json_object *finding_evidence(const struct rows *rows, const struct finding *finding)
{
    struct exhibit exhibits[FINDING_LIST];
    json_object *array = json_object_new_array();
    for (uint32_t i = 0; i < finding->evidence_count; i++) {
        const struct record *r = &rows->report->analysis->records[finding->evidence[i]];
        exhibits[i].index = finding->evidence[i];
        exhibits[i].frame = r->at[telling_moment(r, finding->id)].frame;
    }
    qsort(exhibits, finding->evidence_count, sizeof *exhibits, compare_exhibits);
    for (uint32_t i = 0; i < finding->evidence_count; i++)
        json_object_array_add(array, evidence_item(rows, exhibits[i].index, finding->id));
    return array;
}

static json_object *document_finding(const struct rows *rows, const struct phrases *phrases,
                                     const struct finding *finding)
{
    const struct analysis *analysis = rows->report->analysis;
    struct finding_words *words = finding_words_new(phrases, analysis, finding);
    json_object *object = json_object_new_object();
    json_object_object_add(object, "id", tree_text(finding_key(finding->id)));
    json_object_object_add(object, "severity", tree_text(severity_key(finding->severity)));
    json_object_object_add(object, "title", tree_text(words->title));
    json_object_object_add(object, "detail", tree_text(words->detail));
    json_object_object_add(object, "pairs", finding_pairs(analysis, finding));
    json_object_object_add(object, "connections", tree_count(finding->connections));
    json_object_object_add(object, "cost", finding_cost(finding));
    json_object_object_add(object, "advice", finding_advice(words));
    json_object_object_add(object, "evidence", finding_evidence(rows, finding));
    json_object_object_add(object, "filter", tree_text(words->filter));
    json_object_object_add(object, "why", tree_text(words->why));
    finding_words_free(words);
    return object;
}

json_object *document_findings(const struct rows *rows)
{
    const GArray *findings = rows->report->analysis->findings;
    json_object *array = json_object_new_array();
    struct phrases *phrases = phrases_new();
    for (guint i = 0; findings != NULL && i < findings->len; i++)
        json_object_array_add(
            array, document_finding(rows, phrases, &g_array_index(findings, struct finding, i)));
    phrases_free(phrases);
    return array;
}
