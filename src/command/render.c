// SPDX-License-Identifier: BSD-2-Clause
// render: a saved JSON report in another format, without the capture.
#include "command/command.h"
#include "command/conclusion.h"
#include "report/saved.h"

static json_object *render_load(const char *path, GError **error)
{
    char *text;
    gsize length;
    if (!command_read(path, &text, &length, error))
        return NULL;
    json_object *document = saved_parse(text, length, error);
    g_free(text);
    return document;
}

static enum status render_report(const struct options *options)
{
    GError *error = NULL;
    json_object *document = render_load(options->files[0], &error);
    if (!document) {
        command_say("%s: %s", options->files[0], error->message);
        g_error_free(error);
        return STATUS_INPUT;
    }
    if (options->title)
        saved_entitle(document, options->title);
    const struct conclusion conclusion = {.options = options, .document = document};
    enum status status = STATUS_DONE;
    for (guint i = 0; i < options->outputs->len; i++) {
        const struct output *output = &g_array_index(options->outputs, struct output, i);
        status = status_join(status, conclusion_output(&conclusion, output));
    }
    json_object_put(document);
    return status;
}

static enum status render_run(int argc, char **argv, stop_flag stop)
{
    (void)stop;
    struct options options;
    GError *error = NULL;
    enum status status;
    bool parsed = options_parse(&options, &command_render, argc, argv, &error);
    if (parsed && !options.shows_version && g_strv_length(options.files) != 1) {
        error = g_error_new_literal(OPTIONS_ERROR, 0, "render takes one saved report");
        parsed = false;
    }
    if (!parsed)
        status = command_misused(&command_render, error);
    else if (options.shows_version)
        status = command_version();
    else
        status = output_check(options.outputs) ? render_report(&options) : STATUS_OUTPUT;
    options_free(&options);
    return status;
}

const struct command command_render = {"render", "REPORT|-",
                                       "A saved JSON report in another format", render_run};
