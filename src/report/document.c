// SPDX-License-Identifier: BSD-2-Clause
// The report document: its keys in the order of their specification, every one always there.
#include "report/document_parts.h"
#include "report/document_rows.h"
#include "report/tree.h"

static json_object *document_schema(void)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "name", tree_text("connreuse.report"));
    json_object_object_add(object, "version", tree_text("1.0"));
    return object;
}

static json_object *document_tool(void)
{
    json_object *object = json_object_new_object();
    json_object_object_add(object, "name", tree_text("connreuse"));
    json_object_object_add(object, "version", tree_text(PACKAGE_VERSION));
    return object;
}

static json_object *document_run(const struct rows *rows)
{
    const struct report_options *options = rows->report->options;
    json_object *object = json_object_new_object();
    json_object_object_add(object, "started", tree_time(options->started));
    json_object_object_add(object, "command", tree_text(options->command));
    json_object_object_add(object, "labels", json_tokener_parse(rows->labels->str));
    json_object_object_add(object, "title", tree_text(options->title));
    return object;
}

static void add_groups(json_object *document, const struct rows *rows)
{
    const struct analysis *analysis = rows->report->analysis;
    json_object_object_add(document, "pairs", document_pairs(rows->report));
    json_object_object_add(document, "findings", document_findings(rows));
    json_object_object_add(document, "settings", document_settings(analysis));
    json_object_object_add(document, "conflicts", document_conflicts(analysis));
    json_object_object_add(document, "sockets", document_sockets(analysis));
    json_object_object_add(document, "what_if", document_what_if(analysis));
}

json_object *document_new(const struct report *report)
{
    const struct analysis *analysis = report->analysis;
    const struct totals *totals = &analysis->totals;
    bool has_span = analysis->first != NANOS_UNKNOWN && analysis->last != NANOS_UNKNOWN;
    json_object *document = json_object_new_object();
    struct rows *rows = rows_new(report);
    json_object_object_add(document, "schema", document_schema());
    json_object_object_add(document, "tool", document_tool());
    json_object_object_add(document, "run", document_run(rows));
    json_object_object_add(document, "inputs", document_inputs(report));
    json_object_object_add(document, "coverage", document_coverage(report));
    json_object_object_add(
        document, "totals",
        document_totals(totals, has_span ? analysis->last - analysis->first : 0));
    json_object_object_add(document, "requests_per_connection",
                           document_histogram(analysis->spread));
    json_object_object_add(document, "families",
                           document_families(analysis->families, totals->connections));
    json_object_object_add(document, "causes",
                           document_causes(analysis->causes, totals->connections));
    add_groups(document, rows);
    json_object_object_add(document, "connections", document_connections(rows));
    json_object_object_add(document, "warnings", document_warnings(rows));
    json_object_object_add(
        document, "pairs_total",
        tree_count((analysis->pairs ? analysis->pairs->len : 0) + analysis->pairs_dropped));
    return document;
}
