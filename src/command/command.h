// SPDX-License-Identifier: BSD-2-Clause
// Commands of the program as rows of a table.
#pragma once

#include <glib.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>

#include "command/status.h"

// Set by the first SIGINT or SIGTERM: stop reading, write the reports.
typedef const volatile sig_atomic_t *stop_flag;

// While a report is written the first signal must not interrupt: `writing` lets system calls go on.
void stop_restarts(bool writing);

struct command {
    const char *name;
    const char *operands; // what follows the name and the options
    const char *summary;  // one line for the list of commands
    enum status (*run)(int argc, char **argv, stop_flag stop); // argv[0] is the command's name
};

extern const struct command command_analyze;
extern const struct command command_live;
extern const struct command command_render;
extern const struct command command_explain;
extern const struct command command_rules;
extern const struct command command_schema;

#define COMMAND_ERROR (g_quark_from_static_string("connreuse-command"))

// Runs the command that argv[1] names, else analyze.
enum status command_run(int argc, char **argv, stop_flag stop);

// "connreuse: " and a line on standard error.
void command_say(const char *format, ...) G_GNUC_PRINTF(1, 2);

#define COMMAND_COLUMNS 80

// Columns of the terminal behind a file descriptor, COMMAND_COLUMNS where there is none.
int command_columns(int fd);

// Reads a whole file, "-" standard input; the error doesn't repeat its name. Caller frees `text`.
bool command_read(const char *path, char **text, gsize *length, GError **error);

// Says what is wrong with the command line and where help is. Frees `error`.
enum status command_misused(const struct command *command, GError *error);

// The short help that a lone `connreuse` on a terminal gets.
void command_help(FILE *out);

// Tells the version on standard output.
enum status command_version(void);

// Ends what was written to standard output; STATUS_OUTPUT, and said, when it didn't arrive.
enum status command_flush(void);

// Parses the options of a context and --help, which ends the program. Leaves operands in argv
// unless the context takes them.
bool command_parse(const struct command *command, GOptionContext *context, int *argc, char ***argv,
                   GError **error);

// The same for a command that knows no other option.
bool command_parse_none(const struct command *command, int *argc, char ***argv, GError **error);
