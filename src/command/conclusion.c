// SPDX-License-Identifier: BSD-2-Clause
// From records to reports: select, judge, make the document, write its views, ask the gates.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "command/command.h"
#include "command/conclusion.h"

#define WIDTH 80

// Columns of the terminal that the report goes to, 80 elsewhere.
static int conclusion_width(bool is_standard)
{
    struct winsize size;
    if (is_standard && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return MAX(size.ws_col, WIDTH);
    return WIDTH;
}

static bool conclusion_has_color(enum when when)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (when == WHEN_AUTO && ((no_color && *no_color) || (term && strcmp(term, "dumb") == 0)))
        return false;
    return options_is_on(when, stdout);
}

static struct report_options conclusion_options(const struct conclusion *conclusion,
                                                bool is_standard)
{
    const struct options *options = conclusion->options;
    return (struct report_options){
        .command = options->line,
        .title = options->title ? options->title : conclusion->separate,
        .started = conclusion->started,
        .labels = options->labels,
        .max_connections = options->max_connections,
        .top = options->top,
        .only_cause = options->only_cause,
        .verbose = options->verbose,
        .color = is_standard && conclusion_has_color(options->color),
        .width = conclusion_width(is_standard),
    };
}

static enum status conclusion_lost_output(const char *path, const char *why)
{
    command_say("%s: %s; the report is not complete", path, why);
    return STATUS_OUTPUT;
}

// The connections of NDJSON come from the records, not from the selection in the document.
static bool conclusion_view(const struct conclusion *conclusion, const struct output *output,
                            FILE *stream, GError **error)
{
    const struct report_options options = conclusion_options(conclusion, !output->path);
    bool is_standard = !output->path, is_ndjson = output->format == REPORT_NDJSON;
    if (is_ndjson && is_standard && conclusion->rows_are_written)
        return ndjson_write_summary(conclusion->document, stream, error);
    if (is_ndjson && conclusion->report)
        return ndjson_write(conclusion->report, conclusion->document, stream, error);
    return view_write(conclusion->document, output->format, &options, stream, error);
}

static enum status conclusion_to_standard(const struct conclusion *conclusion,
                                          const struct output *output)
{
    GError *error = NULL;
    bool written = conclusion_view(conclusion, output, stdout, &error);
    if (fflush(stdout) == 0 && written && !ferror(stdout))
        return STATUS_DONE;
    enum status status =
        conclusion_lost_output("standard output", error ? error->message : g_strerror(errno));
    g_clear_error(&error);
    return status;
}

static enum status conclusion_to_file(const struct conclusion *conclusion,
                                      const struct output *output)
{
    GError *error = NULL;
    struct output_file file;
    char *path = conclusion->separate ? output_path_for(output->path, conclusion->separate)
                                      : g_strdup(output->path);
    bool good = output_open(&file, path, &error);
    if (good) {
        bool written = conclusion_view(conclusion, output, file.stream, &error);
        good = output_close(&file, written, error ? NULL : &error) && written;
    }
    enum status status = STATUS_DONE;
    if (!good)
        status = conclusion_lost_output(path, error ? error->message : "not written");
    g_clear_error(&error);
    g_free(path);
    return status;
}

enum status conclusion_output(const struct conclusion *conclusion, const struct output *output)
{
    return output->path ? conclusion_to_file(conclusion, output)
                        : conclusion_to_standard(conclusion, output);
}

static enum status conclusion_outputs(const struct conclusion *conclusion)
{
    enum status status = STATUS_DONE;
    const GArray *outputs = conclusion->options->outputs;
    stop_restarts(true);
    for (guint i = 0; i < outputs->len; i++)
        status = status_join(
            status, conclusion_output(conclusion, &g_array_index(outputs, struct output, i)));
    stop_restarts(false);
    return status;
}

static enum status conclusion_gates(const struct options *options, const struct analysis *analysis)
{
    enum status status = STATUS_DONE;
    for (guint i = 0; i < options->gates->len; i++) {
        const struct gate *gate = options->gates->pdata[i];
        double value;
        switch (gate_judge(gate, analysis, &value)) {
        case GATE_HOLDS:
            break;
        case GATE_FAILS:
            command_say("--fail-on '%s' holds: the value is %.6g", gate_text(gate), value);
            status = status_join(status, STATUS_GATE);
            break;
        case GATE_NOTHING:
            command_say("--fail-on '%s': the capture has nothing to measure it on",
                        gate_text(gate));
            status = status_join(status, STATUS_NOTHING);
            break;
        }
    }
    return status;
}

// The pipeline's records, chosen by --client and --server, with their exchanges.
static struct analysis *conclusion_judge(const struct conclusion *conclusion,
                                         struct pipeline *pipeline)
{
    struct analysis_input input = {
        .names = pipeline->names,
        .first = pipeline->first,
        .last = pipeline->last,
        .without_probes = conclusion->options->without_probes,
        .threads = conclusion->options->threads,
    };
    input.exchanges = (const struct exchange *)pipeline->exchanges->data;
    input.exchange_count = pipeline->exchanges->len;
    GArray *chosen = NULL;
    if (!select_is_empty(&conclusion->options->selection)) {
        select_records(&conclusion->options->selection, pipeline->records);
        chosen = select_exchanges(pipeline->records, input.exchanges, input.exchange_count);
        input.exchanges = (const struct exchange *)chosen->data;
        input.exchange_count = chosen->len;
    }
    input.record_count = pipeline->records->len;
    input.records = (struct record *)g_array_free(pipeline->records, FALSE);
    pipeline->records = g_array_new(FALSE, FALSE, sizeof(struct record));
    struct analysis *analysis = analysis_new(&input);
    if (chosen)
        g_array_free(chosen, TRUE);
    return analysis;
}

enum status conclusion_write(struct conclusion *conclusion, struct pipeline *pipeline)
{
    struct analysis *analysis = conclusion_judge(conclusion, pipeline);
    conclusion->lost_bytes = analysis->totals.lost_bytes;
    GArray *skipped = pipeline_skipped(pipeline);
    const struct report_options options = conclusion_options(conclusion, true);
    struct report report = {
        .analysis = analysis,
        .notes = pipeline->notes,
        .inputs = (const struct report_input *)conclusion->inputs->data,
        .input_count = conclusion->inputs->len,
        .counts = shards_counts(pipeline->shards),
        .skipped = (const struct skipped_row *)skipped->data,
        .skipped_count = skipped->len,
        .options = &options,
    };
    conclusion->report = &report;
    conclusion->document = document_new(&report);
    enum status status = conclusion_gates(conclusion->options, analysis);
    status = status_join(status, conclusion_outputs(conclusion));
    json_object_put(conclusion->document);
    conclusion->document = NULL;
    conclusion->report = NULL;
    g_array_free(skipped, TRUE);
    analysis_free(analysis);
    return status;
}

bool conclusion_stream(struct conclusion *conclusion, struct pipeline *pipeline,
                       struct record *records, size_t count)
{
    const struct analysis_input input = {
        .records = records,
        .record_count = count,
        .names = pipeline->names,
        .first = pipeline->first,
        .last = pipeline->last,
        .without_probes = conclusion->options->without_probes,
    };
    struct analysis *analysis = analysis_new(&input);
    const struct report_options options = conclusion_options(conclusion, true);
    const struct report report = {
        .analysis = analysis,
        .notes = pipeline->notes,
        .inputs = (const struct report_input *)conclusion->inputs->data,
        .input_count = conclusion->inputs->len,
        .counts = shards_counts(pipeline->shards),
        .options = &options,
    };
    stop_restarts(true);
    bool written = ndjson_write_rows(&report, stdout, NULL);
    stop_restarts(false);
    analysis_free(analysis);
    return written;
}
