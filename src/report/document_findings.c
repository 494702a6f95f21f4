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

// A connection as evidence of a finding: its close, else its first packet.
static json_object *evidence_item(const struct rows *rows, uint32_t index)
{
    const struct record *r = &rows->report->analysis->records[index];
    struct moment close = record_close(r);
    bool is_closed = moment_is_set(close);
    struct moment moment = is_closed ? close : r->at[AT_START];
    struct place place = places_find(&rows->places, moment.frame);
    char id[ROW_ID];
    rows_id(rows, index, id);
    json_object *object = json_object_new_object();
    json_object_object_add(object, "connection", json_object_new_string(id));
    json_object_object_add(object, "input", tree_count(place.input));
    json_object_object_add(object, "frame", tree_count(place.frame));
    json_object_object_add(object, "time", tree_time(moment.time));
    json_object_object_add(object, "what",
                           tree_text(is_closed
                                         ? cause_key(rows->report->analysis->verdicts[index].cause)
                                         : moment_words(AT_START)));
    return object;
}

static json_object *finding_evidence(const struct rows *rows, const struct finding *finding)
{
    json_object *array = json_object_new_array();
    for (uint32_t i = 0; i < finding->evidence_count; i++)
        json_object_array_add(array, evidence_item(rows, finding->evidence[i]));
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
