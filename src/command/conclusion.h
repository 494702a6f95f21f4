// SPDX-License-Identifier: BSD-2-Clause
// The end of a run: records judged, the report written to every output, gates asked.
#pragma once

#include "command/pipeline.h"
#include "command/status.h"
#include "report/report.h"

struct conclusion {
    const struct options *options;
    GArray *inputs;              // struct report_input
    const char *separate;        // the input that this report is about, for --separate; NULL all
    int64_t started;             // wall clock, ns
    uint64_t lost_bytes;         // out: bytes missing from the capture
    bool rows_are_written;       // NDJSON on standard output has its connections already
    const struct report *report; // what the document was made of; NULL for a saved one
    json_object *document;
};

// Writes the document to one output. Errors are told.
enum status conclusion_output(const struct conclusion *conclusion, const struct output *output);

// Takes the pipeline's records. Errors are told on standard error.
enum status conclusion_write(struct conclusion *conclusion, struct pipeline *pipeline);

// Judges some records among themselves and writes their NDJSON rows to standard output: a window
// of a live capture. Takes `records` (g_malloc'ed); false when standard output is gone.
bool conclusion_stream(struct conclusion *conclusion, struct pipeline *pipeline,
                       struct record *records, size_t count);
