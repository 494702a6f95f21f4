// SPDX-License-Identifier: BSD-2-Clause
// Where reports go, and in which form.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "report/report.h"

struct output {
    const char *path; // NULL: standard output; borrowed from the command line
    enum report_format format;
};

// The outputs that -o (repeatable, the suffix names the format) and -T ask for: text on standard
// output when neither is given; `paths` NULL: none. NULL and an error for an unknown format or
// suffix.
GArray *output_plan(char **paths, const char *format, GError **error);

// Whether all outputs can be written, as far as folders and permissions say: told before a capture
// is read rather than after it, and again as the user of -Z.
bool output_check(const GArray *outputs);

// Whether none of them would take the place of an input.
bool output_spares(const GArray *outputs, char *const *inputs);

// A file being written: beside its final name until output_close() renames it. Devices and pipes
// are written directly.
struct output_file {
    FILE *stream;
    char *path, *temporary; // temporary NULL: not to be renamed
};

bool output_open(struct output_file *file, const char *path, GError **error);

// Ends the file: under its name when `written`, else gone. False and an error when the last bytes
// or the name could not be written; `error` may be NULL when not `written`.
bool output_close(struct output_file *file, bool written, GError **error);

// The reports of --separate: the base of `input` without its suffix, and "-2" ... behind it when
// that is among the names `used` already (a set that owns strings). It is then; caller frees.
char *output_stem(const char *input, GHashTable *used);

// PATH with "-STEM" before its suffix. Caller frees.
char *output_path_for(const char *path, const char *stem);
