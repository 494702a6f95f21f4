// SPDX-License-Identifier: BSD-2-Clause
// One report document is the truth; text, HTML, JSON and NDJSON are views of it.
#pragma once

#include <json-c/json.h>
#include <stdio.h>

#include "capture/source.h"
#include "engine/engine.h"
#include "judge/analysis.h"

enum report_format { REPORT_TEXT, REPORT_JSON, REPORT_NDJSON, REPORT_HTML, REPORT_FORMATS };

// Frames of an input that were read one after the other: from `before` + 1, as ordinals from
// `first_frame` + 1.
struct report_run {
    uint32_t first_frame;
    uint32_t before;
};

// One input as it was when reading ended: a copy whose strings outlive the source.
struct report_input {
    struct source_info info;
    const struct report_run *runs; // in order; none: ordinals are its frames
    size_t run_count;
};

struct report_options {
    const char *command;     // the command line, for run.command
    const char *title;       // --title or NULL
    int64_t started;         // wall clock, ns since the epoch, for run.started
    char **labels;           // "key=value", NULL-terminated; NULL none
    int64_t max_connections; // rows held in JSON and HTML; -1 all
    uint32_t top;            // --top: rows of lists in text
    enum cause only_cause;   // --cause: rows listed; CAUSE_NONE all
    bool verbose, color;
    int width; // columns for text; 80 when not a terminal
};

struct report {
    const struct analysis *analysis;
    const struct report_input *inputs; // in argument order
    size_t input_count;
    struct engine_counts counts;
    const struct skipped_row *skipped; // rows with packets > 0
    size_t skipped_count;
    const struct report_options *options;
    const struct notes *notes; // what the captures say of processes and names; may be NULL
};

// The document of the report; connections.rows holds at most max_connections. Its rows are written
// from `report` when a view needs them, so `report` has to outlive it. Caller puts it.
json_object *document_new(const struct report *report);

// Writes one view of a document, made now or saved earlier (then `report` parts are not needed).
bool view_write(json_object *document, enum report_format format,
                const struct report_options *options, FILE *out, GError **error);

// NDJSON: every connection, then the summary.
bool ndjson_write(const struct report *report, json_object *document, FILE *out, GError **error);

// Its last line alone: live captures have written the connections already.
bool ndjson_write_summary(json_object *document, FILE *out, GError **error);

// Its connections alone, as a live capture settles them; `report` needs only the parts they show.
bool ndjson_write_rows(const struct report *report, FILE *out, GError **error);
