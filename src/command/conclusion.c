// SPDX-License-Identifier: BSD-2-Clause
// From records to reports: select, judge, make the document, write its views, ask the gates.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/command.h"
#include "command/conclusion.h"
#include "judge/settled.h"

// The part of a window, one in so many, that stays for the next one.
#define KEPT_PART 4

// What a window of a live capture may look at beside its own connections: it must not hold up.
#define STREAM_OPEN      100000
#define STREAM_EXCHANGES 200000

// More than can be open at once.
#define RECORDS_OPEN (UINT32_MAX / 2)

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
        .width = is_standard ? command_columns(STDOUT_FILENO) : COMMAND_COLUMNS,
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

// Opens the file of an output; false and told when it can't be.
static bool conclusion_open(const struct conclusion *conclusion, const struct output *output,
                            struct output_file *file)
{
    GError *error = NULL;
    char *path = conclusion->separate ? output_path_for(output->path, conclusion->stem)
                                      : g_strdup(output->path);
    if (!output_open(file, path, &error)) {
        conclusion_lost_output(path, error->message);
        g_error_free(error);
    }
    g_free(path);
    return file->stream != NULL;
}

// Where NDJSON rows of earlier windows stand already, the rest follows them.
static enum status conclusion_to_file(const struct conclusion *conclusion,
                                      const struct output *output, struct output_file *begun)
{
    GError *error = NULL;
    struct output_file file = {.stream = NULL};
    if (begun)
        file = *begun;
    else
        conclusion_open(conclusion, output, &file);
    if (!file.stream)
        return STATUS_OUTPUT;
    char *path = g_strdup(file.path);
    bool written = conclusion_view(conclusion, output, file.stream, &error);
    bool good = output_close(&file, written, error ? NULL : &error) && written;
    enum status status = STATUS_DONE;
    if (!good)
        status = conclusion_lost_output(path, error ? error->message : "not written");
    g_clear_error(&error);
    g_free(path);
    return status;
}

enum status conclusion_output(const struct conclusion *conclusion, const struct output *output)
{
    return output->path ? conclusion_to_file(conclusion, output, NULL)
                        : conclusion_to_standard(conclusion, output);
}

static enum status conclusion_outputs(const struct conclusion *conclusion)
{
    enum status status = STATUS_DONE;
    const GArray *outputs = conclusion->options->outputs;
    stop_restarts(true);
    for (guint i = 0; i < outputs->len; i++) {
        const struct output *output = &g_array_index(outputs, struct output, i);
        bool is_begun = conclusion->files && output->path && output->format == REPORT_NDJSON;
        status = status_join(
            status, is_begun ? conclusion_to_file(conclusion, output, &conclusion->files[i])
                             : conclusion_output(conclusion, output));
    }
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
        case GATE_PASSES:
            break;
        case GATE_FAILS:
            command_say("--fail-on '%s' holds: the value is %.6g%s", gate_text(gate), value,
                        gate_unit(gate));
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

// Takes records; those that --client and --server choose are judged, with their exchanges.
// `settled` NULL: they are a window, and its exchanges among the last `most`.
static struct analysis *conclusion_judge(const struct conclusion *conclusion,
                                         const struct pipeline *pipeline, GArray *records,
                                         const struct settled *settled, size_t most)
{
    struct analysis_input input = {
        .names = pipeline->names,
        .first = pipeline->first,
        .last = pipeline->last,
        .without_probes = conclusion->options->without_probes,
        .is_window = !settled,
        .settled = settled,
        .threads = conclusion->options->threads,
    };
    GArray *seams = shards_seams(pipeline->shards);
    input.seams = (const struct seam *)seams->data;
    input.seam_count = seams->len;
    // At the end nobody asks for them again.
    struct logged logged = settled ? shards_take_exchanges(pipeline->shards)
                                   : shards_exchanges(pipeline->shards, most);
    input.exchanges = logged.exchanges;
    input.exchange_count = logged.count;
    GArray *chosen = NULL;
    if (!select_is_empty(&conclusion->options->selection)) {
        select_records(&conclusion->options->selection, records);
        chosen = select_exchanges(records, input.exchanges, input.exchange_count);
        input.exchanges = (const struct exchange *)chosen->data;
        input.exchange_count = chosen->len;
    }
    input.record_count = records->len;
    input.records = (struct record *)g_array_free(records, FALSE);
    struct analysis *analysis = analysis_new(&input);
    if (chosen)
        g_array_free(chosen, TRUE);
    logged_free(&logged);
    g_array_free(seams, TRUE);
    return analysis;
}

enum status conclusion_write(struct conclusion *conclusion, struct pipeline *pipeline)
{
    if (!conclusion->settled)
        conclusion->settled = settled_new(conclusion->options->limits.settled_pairs);
    struct analysis *analysis = conclusion_judge(conclusion, pipeline, pipeline_records(pipeline),
                                                 conclusion->settled, SIZE_MAX);
    GArray *skipped = pipeline_skipped(pipeline);
    const struct report_options options = conclusion_options(conclusion, true);
    struct report report = {
        .analysis = analysis,
        .notes = pipeline->notes,
        .inputs = (const struct report_input *)conclusion->inputs->data,
        .input_count = conclusion->inputs->len,
        .counts = pipeline_counts(pipeline),
        .skipped = (const struct skipped_row *)skipped->data,
        .skipped_count = skipped->len,
        .options = &options,
    };
    if (!report.counts.segments && !conclusion->options->quiet)
        command_say("no TCP segments were read: the report is empty");
    conclusion->report = &report;
    conclusion->document = document_new(&report);
    enum status status = conclusion_gates(conclusion->options, analysis);
    status = status_join(status, conclusion_outputs(conclusion));
    if (conclusion->options->strict && (conclusion->is_damaged || analysis->totals.lost_bytes)) {
        command_say("--strict: the capture is cut short or misses packets");
        status = status_join(status, STATUS_STRICT);
    }
    json_object_put(conclusion->document);
    conclusion->document = NULL;
    conclusion->report = NULL;
    g_array_free(skipped, TRUE);
    analysis_free(analysis);
    settled_free(conclusion->settled);
    g_free(conclusion->files);
    return status;
}

static void conclusion_rows(const struct conclusion *conclusion, const struct pipeline *pipeline,
                            const struct analysis *analysis, FILE *stream)
{
    const struct report_options options = conclusion_options(conclusion, true);
    const struct report report = {
        .analysis = analysis,
        .notes = pipeline->notes,
        .inputs = (const struct report_input *)conclusion->inputs->data,
        .input_count = conclusion->inputs->len,
        .counts = pipeline_counts(pipeline),
        .options = &options,
    };
    // What can't be written is told when the stream is closed.
    stop_restarts(true);
    ndjson_write_rows(&report, stream, NULL);
    stop_restarts(false);
}

// The rows of a window, to every output of NDJSON.
static void conclusion_window(struct conclusion *conclusion, const struct pipeline *pipeline,
                              const struct analysis *window)
{
    const GArray *outputs = conclusion->options->outputs;
    bool is_first = !conclusion->files;
    if (is_first)
        conclusion->files = g_new0(struct output_file, outputs->len + 1);
    for (guint i = 0; i < outputs->len; i++) {
        const struct output *output = &g_array_index(outputs, struct output, i);
        struct output_file *file = &conclusion->files[i];
        if (output->format != REPORT_NDJSON)
            continue;
        if (is_first && output->path)
            conclusion_open(conclusion, output, file);
        FILE *stream = output->path ? file->stream : stdout;
        if (stream && !(stream == stdout && conclusion->rows_are_written))
            conclusion_rows(conclusion, pipeline, window, stream);
    }
}

static gint compare_frames(gconstpointer a, gconstpointer b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

// The frames that records begin with, in order.
static GArray *conclusion_frames(const GArray *records)
{
    GArray *frames = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), records->len);
    for (guint i = 0; i < records->len; i++)
        g_array_append_val(frames, g_array_index(records, struct record, i).at[AT_START].frame);
    g_array_sort(frames, compare_frames);
    return frames;
}

// Adds connections that are open still: neighbours of those that have ended. None, if more than
// `most`.
static void conclusion_add_open(const struct pipeline *pipeline, GArray *records, guint most)
{
    guint before = records->len;
    shards_peek(pipeline->shards, pipeline->names, records, before + most);
    if (records->len == before + most)
        g_array_set_size(records, before);
}

void conclusion_settle(struct conclusion *conclusion, struct pipeline *pipeline)
{
    GArray *records = pipeline_records(pipeline), *frames = conclusion_frames(records);
    conclusion_add_open(pipeline, records, RECORDS_OPEN);
    struct analysis *window = conclusion_judge(conclusion, pipeline, records, NULL, SIZE_MAX);
    // The rest stays: what is judged together has neighbours on both sides.
    guint count = frames->len - frames->len / KEPT_PART;
    analysis_keep(window, frames, g_array_index(frames, uint32_t, count - 1), pipeline->records);
    shards_forget(pipeline->shards, (const uint32_t *)frames->data, count);
    if (!conclusion->settled)
        conclusion->settled = settled_new(conclusion->options->limits.settled_pairs);
    settled_add(conclusion->settled, window);
    pipeline->settled += count;
    conclusion_window(conclusion, pipeline, window);
    analysis_free(window);
    g_array_free(frames, TRUE);
}

bool conclusion_stream(const struct conclusion *conclusion, const struct pipeline *pipeline,
                       GArray *records)
{
    GArray *frames = conclusion_frames(records);
    conclusion_add_open(pipeline, records, STREAM_OPEN);
    struct analysis *window =
        conclusion_judge(conclusion, pipeline, records, NULL, STREAM_EXCHANGES);
    analysis_keep(window, frames, UINT32_MAX, NULL);
    conclusion_rows(conclusion, pipeline, window, stdout);
    analysis_free(window);
    g_array_free(frames, TRUE);
    return !ferror(stdout);
}
