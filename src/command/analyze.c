// SPDX-License-Identifier: BSD-2-Clause
// analyze, the default command: captures in, report out.
#include <stdio.h>
#include <unistd.h>

#include "base/crew.h"
#include "base/pages.h"
#include "command/command.h"
#include "command/conclusion.h"
#include "command/feeds.h"
#include "command/live.h"
#include "command/output.h"
#include "command/privilege.h"
#include "command/progress.h"
#include "command/turns.h"

static void analyze_progress(struct progress *progress, const GPtrArray *feeds,
                             const struct pipeline *pipeline)
{
    struct progress_state state = {.packets = pipeline->frames,
                                   .connections = shards_connections(pipeline->shards)};
    bool is_known = true;
    for (guint i = 0; i < feeds->len; i++) {
        struct feed *feed = feeds->pdata[i];
        const struct source_info *info = source_info(feed->source);
        state.bytes += info->bytes_read;
        state.bytes_total += info->bytes_total;
        is_known = is_known && info->bytes_total;
    }
    if (!is_known)
        state.bytes_total = 0;
    progress_show(progress, &state);
}

static void analyze_refresh_inputs(struct conclusion *conclusion, const GPtrArray *feeds)
{
    if (conclusion->inputs)
        g_array_unref(conclusion->inputs);
    conclusion->inputs = feeds_inputs(feeds);
}

// Settles windows of what is more than may be kept.
static void analyze_settle(struct conclusion *conclusion, struct pipeline *pipeline,
                           const GPtrArray *feeds)
{
    pipeline_drain(pipeline);
    while (pipeline_is_full(pipeline)) {
        analyze_refresh_inputs(conclusion, feeds);
        conclusion_settle(conclusion, pipeline);
        pipeline_drain(pipeline);
    }
}

// Reading every feed to its end, or until a signal, -c or -a. What threads share; but for the
// shards, who reads looks at it alone.
struct reading {
    struct conclusion *conclusion;
    struct pipeline *pipeline;
    const GPtrArray *feeds;
    stop_flag stop;
    GThread *reader; // the only thread that may read; NULL: any
    GPtrArray *order;
    struct progress progress;
    struct turn turn; // what is left of it
    int64_t ends;
    bool is_over;
};

// Whether there are packets left of a turn.
static bool reading_has_turn(struct reading *reading)
{
    struct pipeline *pipeline = reading->pipeline;
    struct turn *turn = &reading->turn;
    if (turn->first < turn->end)
        return true;
    if (progress_is_due(&reading->progress))
        analyze_progress(&reading->progress, reading->feeds, pipeline);
    if (!turns_next(reading->order, pipeline_room(pipeline, FEED_BATCH), turn))
        return false;
    turn_place(turn, pipeline->frames);
    if (turn->is_begin && pipeline->frames > 0)
        pipeline->part += pipeline->part < UINT16_MAX;
    if (pipeline->options->duration && reading->ends == INT64_MAX)
        reading->ends = turn->feed->packets[turn->first].time + pipeline->options->duration;
    return true;
}

// Fills the chunk with the next packets; false: there are none any more.
static bool reading_next(struct reading *reading, struct chunk *chunk)
{
    struct pipeline *pipeline = reading->pipeline;
    if (*reading->stop || pipeline->is_over || !reading_has_turn(reading))
        return false;
    struct turn part = reading->turn;
    part.end = MIN(part.end, part.first + pipeline_until_due(pipeline));
    pipeline_read(pipeline, chunk, &part, reading->ends);
    reading->turn.first = part.end;
    return true;
}

// Reads a chunk, and decodes it while others read on.
static void reading_take(struct reading *reading, const struct task *task)
{
    struct pipeline *pipeline = reading->pipeline;
    if (!reading->is_over && pipeline_is_due(pipeline))
        analyze_settle(reading->conclusion, pipeline, reading->feeds);
    struct chunk *chunk = shards_chunk(pipeline->shards, task);
    reading->is_over = reading->is_over || !reading_next(reading, chunk);
    pipeline_hand_on(pipeline, chunk, reading->is_over);
}

// What each thread does.
static gpointer reading_work(gpointer data)
{
    struct reading *reading = data;
    struct shards *shards = reading->pipeline->shards;
    bool may_read = !reading->reader || reading->reader == g_thread_self();
    struct task task;
    while (shards_next(shards, may_read, &task)) {
        if (task.is_reading)
            reading_take(reading, &task);
        else
            shards_work(shards, &task);
    }
    return NULL;
}

static void analyze_read(struct conclusion *conclusion, struct pipeline *pipeline,
                         const GPtrArray *feeds, stop_flag stop)
{
    const struct options *options = pipeline->options;
    struct reading reading = {
        .conclusion = conclusion,
        .pipeline = pipeline,
        .feeds = feeds,
        .stop = stop,
        .reader = feeds_are_plain(feeds) ? NULL : g_thread_self(),
        .order = feeds_in_time(feeds),
        .ends = INT64_MAX,
    };
    feeds_map(feeds);
    progress_begin(&reading.progress, !options->quiet && options_is_on(options->progress, stderr));
    crew_run(MIN(options->threads, SHARDS), reading_work, &reading);
    progress_end(&reading.progress);
    g_ptr_array_unref(reading.order);
}

// One report over the captures; of --separate it has `stem` in its name. Takes the feeds.
static enum status analyze_set(const struct options *options, GPtrArray *feeds, const char *stem,
                               stop_flag stop)
{
    struct conclusion conclusion = {.options = options, .started = g_get_real_time() * 1000};
    struct pipeline *pipeline = pipeline_new(options, &options->limits, options->threads);
    char *name = stem ? g_strdup(feeds_first_name(feeds)) : NULL;
    conclusion.separate = name;
    conclusion.stem = stem;
    feeds_keep_notes(feeds, pipeline->notes);
    if (options->threads > 1)
        feeds_work_ahead(feeds);
    analyze_read(&conclusion, pipeline, feeds, stop);
    pipeline_finish(pipeline);
    pages_keep_below(PAGES_KEPT_ALL);
    analyze_settle(&conclusion, pipeline, feeds);
    analyze_refresh_inputs(&conclusion, feeds);
    enum status status = feeds_complain(feeds, options->quiet);
    conclusion.is_damaged = feeds_are_damaged(feeds);
    g_ptr_array_unref(feeds);
    status = status_join(status, conclusion_write(&conclusion, pipeline));
    pages_keep_below(PAGES_KEPT);
    pipeline_free(pipeline);
    g_array_unref(conclusion.inputs);
    g_free(name);
    return status;
}

// One report for each feed. Takes them.
static enum status analyze_each(const struct options *options, GPtrArray *feeds, stop_flag stop)
{
    enum status status = STATUS_DONE;
    GHashTable *used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    while (feeds->len && !*stop) {
        GPtrArray *one = feeds_new();
        g_ptr_array_add(one, g_ptr_array_steal_index(feeds, 0));
        char *stem = output_stem(feeds_first_name(one), used);
        status = status_join(status, analyze_set(options, one, stem, stop));
        g_free(stem);
    }
    g_hash_table_destroy(used);
    g_ptr_array_unref(feeds);
    return status;
}

static enum status analyze_files(const struct options *options, stop_flag stop)
{
    static char *const standard_input[] = {"-", NULL};
    enum status status = options->lacks_list ? STATUS_INPUT : STATUS_DONE;
    if (options->lacks_list && !*options->files)
        return status;
    char *const *paths = *options->files ? options->files : standard_input;
    GPtrArray *feeds = feeds_open(paths, &limits_default, &status);
    if (feeds->len && !privilege_drop(options->user))
        status = STATUS_USAGE;
    else if (feeds->len && options->user && !output_check(options->outputs))
        status = STATUS_OUTPUT;
    if (!feeds->len || status == STATUS_USAGE || status == STATUS_OUTPUT) {
        g_ptr_array_unref(feeds);
        return status;
    }
    return status_join(status, options->separate ? analyze_each(options, feeds, stop)
                                                 : analyze_set(options, feeds, NULL, stop));
}

static enum status analyze_run(int argc, char **argv, stop_flag stop)
{
    if (argc == 1 && isatty(STDIN_FILENO)) {
        command_help(stderr);
        return STATUS_USAGE;
    }
    struct options options;
    GError *error = NULL;
    enum status status;
    if (!options_parse(&options, &command_analyze, argc, argv, &error))
        status = command_misused(&command_analyze, error);
    else if (options.shows_version)
        status = command_version();
    else if (options.lists_interfaces)
        status = live_list();
    else if (!output_check(options.outputs) || !output_spares(options.outputs, options.files))
        status = STATUS_OUTPUT;
    else if (options.interface)
        status = live_watch(&options, stop);
    else
        status = analyze_files(&options, stop);
    options_free(&options);
    return status;
}

const struct command command_analyze = {"analyze", "[FILE...|-]",
                                        "Captures in, report out (the default)", analyze_run};
