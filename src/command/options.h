// SPDX-License-Identifier: BSD-2-Clause
// The options of analyze and live, parsed and checked before anything is opened.
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

#include "base/limits.h"
#include "command/command.h"
#include "command/gate.h"
#include "command/output.h"
#include "command/select.h"
#include "judge/verdict.h"

#define THREADS_MOST 4

enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

struct options {
    char **files;         // arguments, -r and --files-from in their order; NULL-terminated
    char *interface;      // -i; NULL when captures are read
    char *filter;         // -f; NULL none
    char *user;           // -Z; NULL none
    char *title;          // --title; NULL none
    char *line;           // the command line, for the report
    char **labels;        // --label, "key=value"; NULL none
    uint16_t *http_ports; // ends with 0
    GPtrArray *gates;     // struct gate *
    GArray *outputs;      // struct output
    char **paths;         // of -o; borrowed by outputs
    struct selection selection;
    int64_t packets;         // -c, -a packets:N; 0 no end
    int64_t duration;        // -a duration:N in ns; 0 no end
    int64_t max_connections; // -1 all
    struct limits limits;    // the caps, --max-records among them
    int snaplen;             // -s; 0 the whole packet
    uint32_t top;
    unsigned threads;      // -j; 1 to THREADS_MOST
    enum cause only_cause; // --cause; CAUSE_NONE all
    enum when color, progress;
    bool quiet, verbose, strict, separate, without_probes, has_arguments;
    bool lacks_list; // of --files-from: not read, or empty
    bool lists_interfaces, shows_version;
};

// Parses argv[1...] of a command; render knows only the options that shape and place a report.
// False and a usage error when anything in it can't be used. Free with
// options_free(), also after an error.
bool options_parse(struct options *options, const struct command *command, int argc, char **argv,
                   GError **error);
void options_free(struct options *options);

// Whether something that is `when` is on for this stream.
bool options_is_on(enum when when, FILE *stream);

#define OPTIONS_ERROR (g_quark_from_static_string("connreuse-options"))
