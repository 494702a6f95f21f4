// SPDX-License-Identifier: BSD-2-Clause
// live: the same engine on an interface. NDJSON rows are written when a window closes, every other
// format on stop.
#include <stdio.h>

#include "capture/interfaces.h"
#include "command/conclusion.h"
#include "command/feeds.h"
#include "command/live.h"
#include "command/privilege.h"

// Connections that ended within this time are judged among themselves and written.
#define WINDOW (3 * G_USEC_PER_SEC)

// Nobody waits a minute for a row: what comes later than this after its connection's end belongs to
// it still, but isn't told.
#define TOLD_AFTER (2 * NANOS_PER_SECOND)

// The kernel hands packets over up to 100 ms late.
#define ON_THE_WAY (150 * (G_USEC_PER_SEC / 1000))

struct live {
    const struct options *options;
    struct limits limits;
    struct conclusion conclusion;
    struct pipeline *pipeline;
    GPtrArray *feeds;    // the one interface
    int64_t window_ends; // monotonic, microseconds
    size_t written;      // records of closed windows
};

static enum status live_misused(const char *text)
{
    GError *error = g_error_new_literal(OPTIONS_ERROR, 0, text);
    return command_misused(&command_live, error);
}

static bool live_streams(const struct options *options)
{
    for (guint i = 0; i < options->outputs->len; i++) {
        const struct output *output = &g_array_index(options->outputs, struct output, i);
        if (!output->path && output->format == REPORT_NDJSON)
            return true;
    }
    return false;
}

static void live_refresh_inputs(struct live *live)
{
    if (live->conclusion.inputs)
        g_array_unref(live->conclusion.inputs);
    live->conclusion.inputs = feeds_inputs(live->feeds);
}

// Writes the rows of the connections that ended in this window; false when nobody reads them.
static bool live_close_window(struct live *live)
{
    const GArray *all = live->pipeline->records;
    GArray *window = g_array_new(FALSE, FALSE, sizeof(struct record));
    g_array_append_vals(window, &g_array_index(all, struct record, live->written),
                        all->len - (guint)live->written);
    live->written = all->len;
    live_refresh_inputs(live);
    return conclusion_stream(&live->conclusion, live->pipeline, window);
}

// Lets go of what is more than may be kept, once its rows are written.
static void live_settle(struct live *live)
{
    while (pipeline_is_full(live->pipeline)) {
        if (live->conclusion.rows_are_written && !ferror(stdout))
            live_close_window(live);
        live_refresh_inputs(live);
        conclusion_settle(&live->conclusion, live->pipeline);
        live->written = live->pipeline->records->len;
        pipeline_drain(live->pipeline);
    }
}

static bool live_window_is_due(struct live *live)
{
    int64_t now = g_get_monotonic_time();
    if (!live->conclusion.rows_are_written || now < live->window_ends)
        return false;
    live->window_ends = now + WINDOW;
    return live->pipeline->records->len > live->written;
}

// The wire is silent: what has ended is over. Packets may still be on their way from the kernel.
static void live_wait(struct live *live)
{
    shards_wait(live->pipeline->shards, g_get_real_time() * 1000 - NANOS_PER_SECOND / 2);
    pipeline_drain(live->pipeline);
}

// What has come before `ends`; returns how many packets came.
static size_t live_step(struct live *live, int64_t ends)
{
    struct pipeline *pipeline = live->pipeline;
    struct feed *feed = live->feeds->pdata[0];
    size_t count = feed_next(feed, pipeline_room(pipeline, FEED_BATCH));
    const struct turn turn = {.feed = feed, .end = count};
    struct task task;
    shards_next(pipeline->shards, true, &task);
    struct chunk *chunk = shards_chunk(pipeline->shards, &task);
    pipeline_read(pipeline, chunk, &turn, ends);
    pipeline_hand_on(pipeline, chunk, false);
    shards_flush(pipeline->shards);
    pipeline_drain(pipeline);
    return count;
}

static void live_read(struct live *live, stop_flag stop)
{
    const struct options *options = live->options;
    struct pipeline *pipeline = live->pipeline;
    struct feed *feed = live->feeds->pdata[0];
    int64_t ends =
        options->duration ? g_get_monotonic_time() + options->duration / 1000 : INT64_MAX;
    while (!*stop && !pipeline->is_over && g_get_monotonic_time() < ends) {
        size_t count = live_step(live, INT64_MAX);
        if (!count && source_is_over(feed->source))
            break;
        if (!count)
            live_wait(live);
        if (live_window_is_due(live) && !live_close_window(live))
            break;
        live_settle(live);
    }
}

// After a stop: what was on the wire before it.
static void live_read_rest(struct live *live)
{
    struct feed *feed = live->feeds->pdata[0];
    int64_t stopped = g_get_real_time() * 1000, until = g_get_monotonic_time() + ON_THE_WAY;
    while (!live->pipeline->is_over && !source_is_over(feed->source) &&
           g_get_monotonic_time() < until) {
        live_step(live, stopped);
        live_settle(live);
    }
}

static enum status live_report(struct live *live)
{
    live_read_rest(live);
    pipeline_finish(live->pipeline);
    live_settle(live);
    if (live->conclusion.rows_are_written && !ferror(stdout))
        live_close_window(live);
    live_refresh_inputs(live);
    enum status status = feeds_complain(live->feeds, live->options->quiet);
    live->conclusion.is_damaged = feeds_are_damaged(live->feeds);
    return status_join(status, conclusion_write(&live->conclusion, live->pipeline));
}

static enum status live_run_on(const struct options *options, struct source *source, stop_flag stop)
{
    struct feed *feed = feed_new(source);
    struct live live = {
        .options = options,
        .conclusion = {.options = options,
                       .started = g_get_real_time() * 1000,
                       .rows_are_written = live_streams(options)},
        .limits = options->limits,
        .feeds = feeds_new(),
        .window_ends = g_get_monotonic_time() + WINDOW,
    };
    live.limits.tell_ns = TOLD_AFTER;
    live.pipeline = pipeline_new(options, &live.limits, 1);
    g_ptr_array_add(live.feeds, feed);
    if (!options->quiet)
        command_say("watching %s; Ctrl-C stops and reports", options->interface);
    live_read(&live, stop);
    enum status status = live_report(&live);
    g_array_unref(live.conclusion.inputs);
    g_ptr_array_unref(live.feeds);
    pipeline_free(live.pipeline);
    return status;
}

enum status live_watch(const struct options *options, stop_flag stop)
{
    if (!options->interface || !*options->interface)
        return live_misused("live needs an interface: -i IFACE (-D lists them)");
    if (*options->files)
        return live_misused("an interface and captures can't be read together");
    if (options->separate)
        return live_misused("--separate is for captures; an interface gives one report");
    GError *error = NULL;
    struct source *source =
        source_open_live(options->interface, options->filter, options->snaplen, &error);
    if (!source) {
        command_say("%s: %s", options->interface, error->message);
        g_error_free(error);
        return STATUS_START;
    }
    enum status status = STATUS_DONE;
    if (!privilege_drop(options->user))
        status = STATUS_START;
    else if (options->user && !output_check(options->outputs))
        status = STATUS_OUTPUT;
    if (status == STATUS_DONE)
        return live_run_on(options, source, stop);
    source_free(source);
    return status;
}

enum status live_list(void)
{
    GError *error = NULL;
    GPtrArray *lines = interfaces_list(&error);
    if (!lines) {
        command_say("%s", error->message);
        g_error_free(error);
        return STATUS_START;
    }
    for (guint i = 0; i < lines->len; i++)
        puts(lines->pdata[i]);
    g_ptr_array_unref(lines);
    return command_flush();
}

static enum status live_run(int argc, char **argv, stop_flag stop)
{
    struct options options;
    GError *error = NULL;
    enum status status;
    if (!options_parse(&options, &command_live, argc, argv, &error))
        status = command_misused(&command_live, error);
    else if (options.shows_version)
        status = command_version();
    else if (options.lists_interfaces)
        status = live_list();
    else
        status = output_check(options.outputs) ? live_watch(&options, stop) : STATUS_OUTPUT;
    options_free(&options);
    return status;
}

const struct command command_live = {"live", "-i IFACE",
                                     "Watch an interface; Ctrl-C stops and reports", live_run};
