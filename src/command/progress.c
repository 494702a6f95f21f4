// SPDX-License-Identifier: BSD-2-Clause
// Draws the progress line: bytes, packets per second, connections, time left.
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "command/command.h"
#include "command/progress.h"

#define PROGRESS_AFTER G_USEC_PER_SEC
#define PROGRESS_EVERY (G_USEC_PER_SEC / 5)
#define PROGRESS_CELLS 10

void progress_begin(struct progress *progress, bool is_on)
{
    *progress = (struct progress){.started = g_get_monotonic_time(), .is_on = is_on};
}

bool progress_is_due(struct progress *progress)
{
    if (!progress->is_on)
        return false;
    int64_t now = g_get_monotonic_time();
    if (now - progress->started < PROGRESS_AFTER || now - progress->shown < PROGRESS_EVERY)
        return false;
    progress->shown = now;
    return true;
}

static void progress_bar(GString *line, const struct progress_state *state, double seconds)
{
    double part = (double)state->bytes / (double)state->bytes_total;
    int filled = (int)(CLAMP(part, 0, 1) * PROGRESS_CELLS);
    g_string_append_c(line, '[');
    for (int i = 0; i < PROGRESS_CELLS; i++)
        g_string_append_c(line, i < filled ? '#' : '.');
    g_string_append_printf(line, "] %3.0f %%  ", part * 100);
    if (part > 0.01)
        g_string_append_printf(line, "%.0f s left  ", seconds * (1 - part) / part);
}

// A line that ran over the screen's edge couldn't be wiped.
void progress_show(struct progress *progress, const struct progress_state *state)
{
    double seconds = (double)(progress->shown - progress->started) / G_USEC_PER_SEC;
    GString *line = g_string_new(NULL);
    progress->is_visible = true;
    if (state->bytes_total)
        progress_bar(line, state, seconds);
    g_string_append_printf(line, "%.0f MB  %.0f packets/s  %" PRIu64 " connections",
                           (double)state->bytes / 1e6, (double)state->packets / seconds,
                           state->connections);
    fprintf(stderr, "\r\033[K%.*s", command_columns(STDERR_FILENO) - 1, line->str);
    fflush(stderr);
    g_string_free(line, TRUE);
}

void progress_end(struct progress *progress)
{
    if (progress->is_visible)
        fputs("\r\033[K", stderr);
    progress->is_visible = false;
}
