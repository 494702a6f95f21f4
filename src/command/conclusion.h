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
    const char *stem;            // and what its outputs are called by
    int64_t started;             // wall clock, ns
    bool is_damaged;             // an input is cut short, or the kernel dropped packets
    bool rows_are_written;       // NDJSON on standard output has its connections already
    const struct report *report; // what the document was made of; NULL for a saved one
    struct settled *settled;     // windows that were judged before the end; NULL none
    struct output_file *files;   // [outputs] NDJSON that they were written to; NULL none
    json_object *document;
};

// Writes the document to one output. Errors are told.
enum status conclusion_output(const struct conclusion *conclusion, const struct output *output);

// The pipeline is full: judges its records, writes those that began first to every NDJSON output,
// adds them to `settled` and lets go of them. `inputs` have to be those so far.
void conclusion_settle(struct conclusion *conclusion, struct pipeline *pipeline);

// Takes the pipeline's records. Errors are told on standard error.
enum status conclusion_write(struct conclusion *conclusion, struct pipeline *pipeline);

// Judges some records beside those that are open still, and writes their NDJSON rows to standard
// output: a window of a live capture. Takes `records`; false when standard output is gone.
bool conclusion_stream(const struct conclusion *conclusion, const struct pipeline *pipeline,
                       GArray *records);
